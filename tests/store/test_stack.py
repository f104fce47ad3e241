"""Stacks: what stages hand to each other, empty ones too."""

import numpy as np
import pytest

from sidewinder.errors import UserError
from sidewinder.store import open_stack, write_stack
from sidewinder.store import shards as shards_module

ATTRIBUTES = {"classes": ["cell", "border"], "first_frame": 12, "n_frames": 0, "model": "nuclei"}


@pytest.mark.parametrize("n_frames", [0, 1, 7])
@pytest.mark.parametrize(("frame_shape", "dtype"), [((2, 33, 70), "uint8"), ((33, 70), "uint16"), ((1, 9), "uint32")])
def test_what_went_in_comes_out(tmp_path, rng, monkeypatch, n_frames, frame_shape, dtype):
    monkeypatch.setattr(shards_module, "SHARD_BYTES", 2 * 2 * 33 * 70)
    frames = rng.integers(0, 200, (n_frames, *frame_shape)).astype(dtype)
    write_stack(
        tmp_path / "s", iter(frames), n_frames=n_frames, frame_shape=frame_shape, dtype=dtype, attributes=ATTRIBUTES
    )
    stack = open_stack(str(tmp_path / "s"))
    assert stack.attributes == ATTRIBUTES
    assert stack.data.shape == frames.shape
    assert stack.data.dtype == frames.dtype
    np.testing.assert_array_equal(stack.data[:], frames)


def test_small_labels_fit_into_a_larger_dtype_but_not_the_other_way(tmp_path):
    frame = np.full((3, 3), 300, "uint16")
    keywords = {"n_frames": 1, "frame_shape": (3, 3), "attributes": {}}
    write_stack(tmp_path / "s", [frame], dtype="uint32", **keywords)
    assert (open_stack(tmp_path / "s").data[:] == 300).all()
    with pytest.raises(ValueError, match="uint16 does not fit"):
        write_stack(tmp_path / "t", [frame], dtype="uint8", **keywords)
    assert not (tmp_path / "t").exists()


def test_same_frames_same_bytes(tmp_path, rng, digests):
    frames = rng.integers(0, 5, (3, 2, 40, 40)).astype("uint8")
    for name in "ab":
        write_stack(tmp_path / name, frames, n_frames=3, frame_shape=(2, 40, 40), dtype="u1", attributes=ATTRIBUTES)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert sorted(digests(tmp_path / "a")) == ["data/c/0/0/0/0", "data/zarr.json", "zarr.json"]


def test_an_image_is_no_stack(tmp_path, write):
    write(tmp_path / "m", np.zeros((1, 1, 2, 2), "uint8"))
    with pytest.raises(UserError, match="m: the array 'data' is missing"):
        open_stack(tmp_path / "m")
