"""The blocks of a movie as one array."""

import numpy as np
import pytest

from sidewinder.store import Blocks, write_stack

# where each block begins and ends; two are empty
BLOCKS = ((0, 0), (0, 3), (3, 3), (3, 5))


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 0, 1)])
def test_frames_and_parts_of_frames(tmp_path, rng, order):
    frames = rng.integers(0, 9, (5, 6, 8)).astype(np.uint32)
    for block, (first, end) in enumerate(BLOCKS):
        write_stack(
            tmp_path / f"{block}", frames[first:end], n_frames=end - first, frame_shape=(6, 8), dtype=np.uint32,
            attributes={"first_frame": first, "n_frames": end - first},
        )  # fmt: skip
    blocks = Blocks(tmp_path / f"{block}" for block in order)
    assert len(blocks) == 5
    assert blocks.frames == [0, 1, 2, 3, 4]
    for frame in range(5):
        np.testing.assert_array_equal(blocks[frame], frames[frame])
        np.testing.assert_array_equal(blocks[frame, 1:3, 5:], frames[frame, 1:3, 5:])
    assert [blocks.path_of(frame).name for frame in range(5)] == ["1", "1", "1", "3", "3"]
