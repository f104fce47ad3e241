"""Tiles: they cover each pixel once, lie on the grid, carry their halo, and mirror as NumPy does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidewinder.tiling import Interval, around, bands, halves, intervals, mirrored, read_window

STRIDES = st.sampled_from([2, 4, 8, 16])


@given(size=st.integers(1, 700), stride=STRIDES, halos=st.integers(1, 6), cores=st.integers(1, 8))
def test_cores_cover_the_axis_once_and_windows_carry_the_halo(size, stride, halos, cores):
    halo = halos * stride
    tile = 2 * halo + cores * stride
    plan = intervals(size, tile, halo, stride)
    assert [part.core_start for part in plan] == [0, *(part.core_stop for part in plan[:-1])]
    assert plan[-1].core_stop == size
    frame_start, frame_stop = -stride, -(-size // stride) * stride + stride
    for part in plan:
        assert part.window_start % stride == part.window_stop % stride == part.core_start % stride == 0
        assert part.window_px == plan[0].window_px <= tile
        # the halo may be cut only where the mirrored frame itself ends
        assert part.window_start <= max(part.core_start - halo, frame_start)
        assert part.window_stop >= min(part.core_stop + halo, frame_stop)
        assert frame_start <= part.window_start
        assert part.window_stop <= frame_stop


@given(size=st.integers(1, 40), before=st.integers(0, 90), after=st.integers(0, 90))
def test_mirrored_is_numpys_reflect(size, before, after):
    axis = np.arange(size)
    expected = np.pad(axis, (before, after), mode="reflect")
    np.testing.assert_array_equal(mirrored(-before, size + after, size), expected)


def test_read_window_is_a_crop_of_the_mirrored_frame():
    frame = np.random.default_rng(0).random((2, 37, 21))
    padded = np.pad(frame, ((0, 0), (200, 200), (200, 200)), mode="reflect")
    for tile in (tile for band in bands((37, 21), tile_px=48, halo_px=16, stride_px=8) for tile in band):
        y, x = tile.y, tile.x
        expected = padded[:, 200 + y.window_start : 200 + y.window_stop, 200 + x.window_start : 200 + x.window_stop]
        np.testing.assert_array_equal(read_window(frame, tile), expected)


def test_a_tile_without_room_for_a_core_is_refused():
    with pytest.raises(ValueError, match="no room"):
        intervals(1000, tile_px=64, halo_px=32, stride_px=16)


def test_a_core_that_is_chosen_carries_its_halo_up_to_the_end_of_the_mirrored_frame():
    assert around(16, 31, 100, 12, 4) == Interval(4, 44, 16, 31)
    # the frame ends at 52 for the network, and a margin of a stride behind it
    assert around(8, 51, 51, 12, 4) == Interval(-4, 56, 8, 51)
    # that of a whole axis is what `intervals` makes of it
    assert [around(0, 51, 51, 12, 4)] == intervals(51, 1000, 12, 4)


def test_an_empty_frame_is_refused():
    with pytest.raises(ValueError, match="at least one pixel"):
        intervals(0, tile_px=64, halo_px=16, stride_px=16)


def test_a_band_is_a_row_of_tiles():
    plan = bands((300, 100), tile_px=128, halo_px=32, stride_px=16)
    assert [[(tile.y.core_start, tile.x.core_start) for tile in band] for band in plan] == [
        [(y, x) for x in (0, 64)] for y in (0, 80, 144, 208, 272)
    ]


@settings(max_examples=50)
@given(height=st.integers(1, 250), width=st.integers(1, 250), stride=STRIDES, halos=st.integers(1, 3))
def test_halves_lie_in_the_window_carry_the_halo_and_end(height, width, stride, halos):
    halo = halos * stride
    waiting, done, edge = (
        [bands((height, width), 1000, halo, stride)[0][0]],
        [],
        (
            -(-height // stride) * stride + stride,
            -(-width // stride) * stride + stride,
        ),
    )
    while waiting:
        tile = waiting.pop()
        parts = halves(tile, halo, stride)
        assert all(part.window_px < tile.window_px for part in parts)
        waiting += parts
        done += [tile] if not parts else []
    kept = np.zeros((height, width), dtype=int)
    for tile in done:
        kept[tile.y.core, tile.x.core] += 1
        for part, stop in ((tile.y, edge[0]), (tile.x, edge[1])):
            assert part.window_start % stride == part.window_stop % stride == 0
            assert -stride <= part.window_start <= max(part.core_start - halo, -stride)
            assert min(part.core_stop + halo, stop) <= part.window_stop <= stop
    assert (kept == 1).all()
