"""Pixels to the nearest seed of their piece, against a distance transform of each piece and against all distances."""

import numpy as np
import pytest
from scipy import ndimage as ndi

from sidewinder.instances import nearest
from sidewinder.instances.nearest import REACH_PX, share_out
from sidewinder.instances.segment import segment_frame
from sidewinder.settings import InstanceSettings

EIGHT = np.ones((3, 3))


def shared(pieces: np.ndarray, cells: np.ndarray, piece_of_cell: np.ndarray) -> np.ndarray:
    """Pieces with a seed, all of which are shared."""
    wide = np.pad(cells, REACH_PX)
    labels = np.where(wide > 0, wide, -np.pad(pieces, REACH_PX)).astype(np.int32)
    share_out(labels, wide, piece_of_cell)
    return labels[REACH_PX:-REACH_PX, REACH_PX:-REACH_PX]


def scene(seed: int, smooth_px: float, share: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ragged pieces, some of them close to each other, with seeds of a pixel or a few."""
    rng = np.random.default_rng(seed)
    pieces, n_pieces = ndi.label(ndi.gaussian_filter(rng.normal(size=(150, 170)), smooth_px) > 0, EIGHT)
    seeds, n_seeds = ndi.label((rng.random(pieces.shape) < share) & (pieces > 0), EIGHT)
    piece_of_cell = np.zeros(n_seeds + 1, dtype=np.int64)
    piece_of_cell[seeds] = pieces
    piece_of_cell[0] = 0
    seeded = np.isin(pieces, piece_of_cell[1:])
    return np.where(seeded, pieces, 0), seeds.astype(np.int32), piece_of_cell


def by_transform(pieces: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """A distance transform of each piece alone."""
    expected = np.zeros_like(cells)
    for piece in np.unique(pieces[pieces > 0]):
        own = pieces == piece
        y, x = ndi.distance_transform_edt(~(own & (cells > 0)), return_distances=False, return_indices=True)
        expected[own] = cells[y, x][own]
    return expected


# many seeds, few, and so few that most pixels are beyond reach
@pytest.mark.parametrize("share", [0.2, 0.02, 0.0008])
@pytest.mark.parametrize("smooth_px", [1, 2, 8])
def test_the_nearest_are_those_of_a_transform_of_each_piece_ties_included(smooth_px, share):
    pieces, cells, piece_of_cell = scene(0, smooth_px, share)
    found = shared(pieces, cells, piece_of_cell)
    np.testing.assert_array_equal(found, by_transform(pieces, cells))


def test_no_seed_of_the_piece_is_nearer():
    pieces, cells, piece_of_cell = scene(1, 4, 0.003)
    found = shared(pieces, cells, piece_of_cell)
    for piece in np.unique(pieces[pieces > 0]):
        pixels, seeds = np.argwhere(pieces == piece), np.argwhere((pieces == piece) & (cells > 0))
        distances = np.hypot(*(pixels[:, None] - seeds).transpose(2, 0, 1))
        of_own = cells[tuple(seeds.T)] == found[tuple(pixels.T)][:, None]
        np.testing.assert_array_equal(np.where(of_own, distances, np.inf).min(axis=1), distances.min(axis=1))


def test_a_nearer_seed_of_another_piece_does_not_count():
    pieces, cells = np.zeros((2, 20, 60), np.int32)
    pieces[5], pieces[7] = 1, 2
    cells[5, 0], cells[5, 59], cells[7, 20], cells[7, 40] = 1, 2, 3, 4
    found = shared(pieces, cells, np.array([0, 1, 1, 2, 2]))
    np.testing.assert_array_equal(found[5], np.repeat([1, 2], 30))
    np.testing.assert_array_equal(found[7], np.where(np.arange(60) <= 30, 3, 4))


def test_batches_do_not_show(monkeypatch):
    pieces, cells, piece_of_cell = scene(2, 3, 0.05)
    expected = shared(pieces, cells, piece_of_cell)
    monkeypatch.setattr(nearest, "BATCH", 7)
    np.testing.assert_array_equal(shared(pieces, cells, piece_of_cell), expected)


def test_of_a_frame_each_pixel_goes_to_the_nearest_seed_of_its_piece():
    y, x = np.indices((200, 200))
    # rods, whose seeds touch neither each other nor, at the frame's edge, what surrounds them
    cell = ((y % 20 < 12) & (x % 40 < 31)).astype(np.uint8) * 255
    maps = np.stack([cell, np.where((x % 40 < 39) & (y < 190), 255 - cell, 0).astype(np.uint8)])
    found = segment_frame(maps, InstanceSettings())
    pieces = ndi.label(maps.any(axis=0), EIGHT)[0]
    seeds = ndi.label(cell, EIGHT)[0].astype(np.int32)
    expected = by_transform(pieces, seeds)
    assert found.max() == 50
    # the same cells, whatever their numbers
    assert len(np.unique(np.stack([found, expected]).reshape(2, -1), axis=1).T) == 51
