"""What Zarr itself has packed compiled code unpacks, and the other way round."""

import numpy as np
import pytest
import zarr

from sidewinder.infer.compiled import compiled
from sidewinder.store import open_stack, write_stack
from sidewinder.store import shards as shards_module


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    """Shards of two frames of 2 x 33 x 70 bytes, of chunks of 20 pixels at most."""
    monkeypatch.setattr(shards_module, "SHARD_BYTES", 2 * 2 * 33 * 70)
    monkeypatch.setattr(shards_module, "CHUNK_PX", 20)


def write(path, frames, **more) -> zarr.Array:
    write_stack(
        path, frames, n_frames=len(frames), frame_shape=frames.shape[1:], dtype=frames.dtype, attributes={}, **more
    )
    return open_stack(path).data


def codecs_of(array: zarr.Array) -> str:
    """The package that packs and unpacks an array's chunks."""
    return type(array.async_array.codec_pipeline).__module__.split(".")[0]


@pytest.mark.parametrize("n_behind", [1, 3])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_each_reads_what_the_other_wrote(tmp_path, dtype, n_behind):
    # the last shard is not full
    frames = np.random.default_rng(0).integers(1, 200, (7, 2, 33, 70)).astype(dtype)
    # chunks of zeros
    frames[6, 1, :20] = 0
    ours, theirs = write(tmp_path / "a", frames, n_behind=n_behind, through=compiled), write(tmp_path / "b", frames)
    read = compiled(theirs)
    assert [codecs_of(array) for array in (ours, theirs, read)] == ["zarr", "zarr", "zarrs"]
    np.testing.assert_array_equal(ours[:], frames)
    np.testing.assert_array_equal(read[:], frames)
    # rows across the borders of chunks, as the stage reads them
    np.testing.assert_array_equal(read[6, 1, 3:32], frames[6, 1, 3:32])


@pytest.mark.parametrize("zeros", [slice(2, 4), slice(6, 7), slice(0, 7)])
def test_shards_of_zeros_are_written_too(tmp_path, zeros):
    frames = np.ones((7, 2, 33, 70), np.uint8)
    frames[zeros] = 0
    # opening counts the shards
    np.testing.assert_array_equal(write(tmp_path / "s", frames, through=compiled)[:], frames)


def test_same_frames_same_bytes_however_many_shards_at_a_time(tmp_path, monkeypatch):
    # large enough for several threads to take turns: five shards of 32 chunks of 128 pixels
    monkeypatch.setattr(shards_module, "SHARD_BYTES", 2 * 512**2)
    monkeypatch.setattr(shards_module, "CHUNK_PX", 128)
    frames = np.random.default_rng(0).integers(0, 200, (5, 2, 512, 512)).astype(np.uint8)
    for n_behind in (1, 3, 5):
        write(tmp_path / str(n_behind), frames, n_behind=n_behind, through=compiled)
    one, *others = (
        {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
        for folder in (tmp_path / "1", tmp_path / "3", tmp_path / "5")
    )
    assert len(one) == 5 + 2
    assert others == [one, one]


def test_zarr_s_own_threads_stay_as_many_as_they_are(tmp_path, monkeypatch):
    array = write(tmp_path / "s", np.ones((1, 33, 70), np.uint8))
    monkeypatch.setattr(zarr.core.sync, "_executor", None)
    compiled(array)[:]
    assert zarr.core.sync._executor is None
