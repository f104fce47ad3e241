"""Frames in any pieces of rows give the same shards, each written once; what goes wrong behind is said in front."""

import threading

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from sidewinder.store import open_stack, write_stack
from sidewinder.store import shards as shards_module
from sidewinder.store.shards import FrameWriter, create_array


@pytest.fixture
def small_shards(monkeypatch):
    """Shards of 5 kB with chunks of 10 pixels."""
    monkeypatch.setattr(shards_module, "SHARD_BYTES", 5000)
    monkeypatch.setattr(shards_module, "CHUNK_PX", 10)


def test_a_large_frame_is_cut_into_rows_of_chunks(small_shards):
    group = zarr.create_group({}, zarr_format=3)
    # a row of chunks: 2 planes x 10 rows x 60 columns = 1200 bytes
    array = create_array(group, "0", shape=(3, 2, 95, 57), dtype="uint8")
    assert array.shards == (1, 2, 40, 60)
    # not even one row of chunks fits
    assert create_array(group, "1", shape=(3, 95, 5700), dtype="uint8").shards == (1, 10, 5700)


@settings(deadline=None, max_examples=30)
@given(height=st.integers(1, 95), width=st.integers(1, 60), n_frames=st.integers(1, 12), piece=st.integers(1, 100))
def test_pieces_of_rows_become_the_frames(height, width, n_frames, piece):
    data = np.random.default_rng(0).integers(0, 256, (n_frames, 2, height, width)).astype(np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards_module, "SHARD_BYTES", 5000)
        patch.setattr(shards_module, "CHUNK_PX", 10)
        array = create_array(zarr.create_group({}, zarr_format=3), "0", shape=data.shape, dtype="uint8")
        written: list[tuple] = []
        with FrameWriter(array) as writer:
            submit = writer.pool.submit
            patch.setattr(writer.pool, "submit", lambda f, place, rows: written.append(place) or submit(f, place, rows))
            for frame in data:
                for start in range(0, height, piece):
                    writer.append(frame[:, start : start + piece])
    np.testing.assert_array_equal(array[:], data)
    n_shards = -(-n_frames // array.shards[0]) * -(-height // array.shards[2])
    assert len(written) == n_shards
    for frames, _, rows, _ in written:
        assert frames.start % array.shards[0] == rows.start % array.shards[2] == 0


def test_rows_that_reach_into_the_next_frame_are_refused(tmp_path):
    pieces = [np.zeros((30, 8), np.uint8), np.zeros((30, 8), np.uint8)]
    with pytest.raises(ValueError, match=r"rows of shape \(30, 8\) in an array of frames of shape \(40, 8\)"):
        write_stack(tmp_path / "s", pieces, n_frames=2, frame_shape=(40, 8), dtype="uint8", attributes={})
    assert list(tmp_path.iterdir()) == []


def test_a_frame_that_lacks_rows_is_refused(tmp_path):
    frames = [np.zeros((40, 8), np.uint8), np.zeros((39, 8), np.uint8)]
    with pytest.raises(ValueError, match="1 frames where 2 were announced"):
        write_stack(tmp_path / "s", frames, n_frames=2, frame_shape=(40, 8), dtype="uint8", attributes={})


def test_a_full_disk_behind_stops_the_frames_in_front(tmp_path, small_shards, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zarr.Array, "__setitem__", full)
    given_out = []

    def frames():
        for number in range(100):
            given_out.append(number)
            yield np.zeros((50, 50), np.uint8)

    with pytest.raises(OSError, match="No space left"):
        write_stack(tmp_path / "s", frames(), n_frames=100, frame_shape=(50, 50), dtype="uint8", attributes={})
    # two frames a shard: the second shard finds out
    assert len(given_out) <= 6
    assert list(tmp_path.iterdir()) == []


def test_as_many_shards_are_written_at_a_time_as_are_asked_for(tmp_path, small_shards, monkeypatch):
    together = threading.Barrier(3, timeout=60)
    write = zarr.Array.__setitem__

    def once_three_have_come(array, place, rows):
        together.wait()
        write(array, place, rows)

    monkeypatch.setattr(zarr.Array, "__setitem__", once_three_have_come)
    data = np.random.default_rng(0).integers(0, 256, (12, 50, 50)).astype(np.uint8)
    # two frames a shard
    write_stack(tmp_path / "s", data, n_frames=12, frame_shape=(50, 50), dtype="uint8", attributes={}, n_behind=3)
    np.testing.assert_array_equal(open_stack(tmp_path / "s").data[:], data)


def test_a_stack_of_large_frames_is_read_back(tmp_path, small_shards):
    data = np.random.default_rng(0).integers(0, 256, (3, 95, 57)).astype(np.uint8)
    write_stack(tmp_path / "s", data, n_frames=3, frame_shape=(95, 57), dtype="uint8", attributes={"a": 1})
    np.testing.assert_array_equal(open_stack(tmp_path / "s").data[:], data)
