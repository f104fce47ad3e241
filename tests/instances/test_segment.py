"""Instances from ideal maps, against the instances that the maps were made of."""

import numpy as np
import pytest
from scipy import ndimage as ndi

from sidewinder.errors import UserError
from sidewinder.instances.segment import foreground, seeds, segment_and_count, segment_frame
from sidewinder.settings import InstanceSettings, from_section
from sidewinder.train.targets import BORDER, CELL, class_targets

SETTINGS = InstanceSettings()


def maps_of(labels: np.ndarray, blur_px: float = 0.7) -> np.ndarray:
    """The maps that a good network would give for these instances."""
    classes = class_targets(labels)
    soft = [ndi.gaussian_filter((classes == which).astype(float), blur_px) for which in (CELL, BORDER)]
    return np.rint(255 * np.clip(soft, 0, 1)).astype(np.uint8)


def disks(shape, centres, radius):
    """Disks that touch are separated where they are equally far from two centres."""
    y, x = np.indices(shape)
    distances = np.array([np.hypot(y - cy, x - cx) for cy, cx in centres])
    nearest = distances.argmin(axis=0)
    return np.where(distances.min(axis=0) <= radius, nearest + 1, 0).astype(np.int32)


def overlaps(truth: np.ndarray, found: np.ndarray) -> list[float]:
    """Intersection over union of each true cell with the found cell that covers it best."""
    result = []
    for label in range(1, truth.max() + 1):
        cell = truth == label
        best = np.bincount(found[cell])[1:]
        other = found == best.argmax() + 1 if best.any() else np.zeros_like(cell)
        result.append((cell & other).sum() / (cell | other).sum())
    return result


@pytest.mark.parametrize("radius", [6, 10, 20])
def test_touching_cells_are_separated_and_keep_their_area(radius):
    step = 1.8 * radius
    centres = [(30 + step * i, 30 + step * j) for i in range(4) for j in range(5)]
    truth = disks((220, 260), centres, radius)
    found = segment_frame(maps_of(truth), SETTINGS)
    assert found.max() == len(np.unique(truth)) - 1
    assert min(overlaps(truth, found)) > 0.9


def test_a_faint_border_parts_cells_but_texture_does_not():
    maps = maps_of(disks((100, 240), [(50, 40), (50, 100), (50, 160), (50, 200)], 20))
    cell = maps[0]
    cell[35:65, 178:183] = 150  # between two cells that touch, a border that the network was not sure of
    maps[1, 35:65, 178:183] = 100
    cell[45:55, 36:38] = 150  # a dark stripe inside of a cell
    found = segment_frame(maps, SETTINGS)
    assert found.max() == 4
    assert found[50, 160] != found[50, 200]
    assert found[50, 30] == found[50, 45]


def test_an_empty_frame_stays_empty():
    assert segment_frame(np.zeros((2, 30, 40), np.uint8), SETTINGS).max() == 0


@pytest.mark.parametrize("shape", [(1, 50), (50, 1), (1, 1)])
def test_frames_of_one_row_work(shape):
    maps = np.zeros((2, *shape), np.uint8)
    maps[0] = 255
    found = segment_frame(maps, InstanceSettings(min_area_px=1))
    assert (found == 1).all()


def test_one_cell_that_fills_the_frame():
    maps = np.stack([np.full((50, 50), 255, np.uint8), np.zeros((50, 50), np.uint8)])
    assert (segment_frame(maps, SETTINGS) == 1).all()


def test_what_a_cell_encloses_belongs_to_it():
    y, x = np.indices((60, 60))
    distance = np.hypot(y - 30, x - 30)
    maps = np.zeros((2, 60, 60), np.uint8)
    maps[0][(distance < 25) & (distance > 8)] = 255
    maps[0][distance < 5] = 255  # a speck inside of the hole
    found = segment_frame(maps, SETTINGS)
    np.testing.assert_array_equal(found, (distance < 25).astype(int))


def test_specks_however_many_do_not_make_each_other_typical():
    truth = disks((200, 200), [(50, 50), (50, 150)], 20)
    maps = maps_of(truth)
    maps[0, 100:200:10, 0:200:10] = 255
    maps[0, 101:200:10, 0:200:10] = 255
    assert segment_frame(maps, InstanceSettings(min_area_px=1)).max() == 202
    assert segment_frame(maps, SETTINGS).max() == 2


def test_debris_is_dropped_by_size_and_small_cells_without_a_seed_are_kept():
    truth = disks((100, 100), [(30, 30), (30, 70)], 12)
    maps = maps_of(truth)
    maps[0, 80:84, 20:24] = 255  # 16 px beside cells of 450 px
    assert segment_frame(maps, SETTINGS).max() == 2
    assert segment_frame(maps, InstanceSettings(min_area_px=10)).max() == 3
    maps = np.zeros((2, 40, 40), np.uint8)
    maps[1, 10:18, 10:18] = 200  # all border: a nucleus of a few pixels
    assert segment_frame(maps, SETTINGS).max() == 1


@pytest.mark.parametrize(("probability", "foreground", "found"), [(0.65, 0.5, 1), (0.75, 0.5, 2), (0.65, 0.15, 2)])
def test_an_object_that_is_all_doubts_is_dropped(probability, foreground, found):
    maps = maps_of(disks((100, 200), [(50, 50), (50, 150)], 20))
    maps[:, :, 100:] = np.minimum(maps[:, :, 100:], round(255 * probability))
    assert segment_frame(maps, InstanceSettings(foreground=foreground)).max() == found


def small_beside_large(n_small: int) -> np.ndarray:
    """Maps of three cells of 3217 px and of small ones of 97 px."""
    large = [(40, 40 + 80 * x) for x in range(3)]
    truth = disks((160, 240), large, 32) + 3 * (
        disks((160, 240), [(120, 15 + 18 * x) for x in range(n_small)], 5.6) > 0
    )
    return maps_of(truth)


@pytest.mark.parametrize(("n_small", "found"), [(12, 15), (2, 5), (1, 3)])
def test_small_cells_of_a_size_that_the_model_knows_are_kept_where_there_are_many(n_small, found):
    labels, n_left_out = segment_and_count(small_beside_large(n_small), SETTINGS, 50.0)
    assert (labels.max(), n_left_out) == (found, 3 + n_small - found)


@pytest.mark.parametrize(("known_area_px", "n_left_out"), [(None, 12), (150.0, 0), (90.0, 12)])
def test_what_is_left_out_is_counted_where_it_may_be_cells(known_area_px, n_left_out):
    settings = InstanceSettings(min_area_px=300) if known_area_px == 90 else SETTINGS
    labels, counted = segment_and_count(small_beside_large(12), settings, known_area_px)
    assert (labels.max(), counted) == (3, n_left_out)


def test_numbering_follows_reading_order_without_holes():
    truth = disks((80, 200), [(40, 30 + 35 * i) for i in range(5)], 12)
    found = segment_frame(maps_of(truth), SETTINGS)
    firsts = [np.flatnonzero(found == label)[0] for label in range(1, found.max() + 1)]
    assert list(np.unique(found)) == list(range(6))
    assert firsts == sorted(firsts)


def test_ten_thousand_touching_cells_each_keep_their_square():
    y, x = np.indices((12, 12)) - 5.5
    maps = np.tile(np.where(np.maximum(abs(y), abs(x)) < 4, [[[255]], [[0]]], [[[0]], [[255]]]), (1, 100, 100))
    found = segment_frame(maps.astype(np.uint8), SETTINGS)
    np.testing.assert_array_equal(found, np.kron(np.arange(1, 10_001).reshape(100, 100), np.ones((12, 12))))


def test_a_hole_that_is_filled_changes_the_area_by_which_objects_are_dropped():
    y, x = np.indices((60, 60))
    ring = abs(np.hypot(y - 30, x - 30) - 20) < 1.5
    maps = np.stack([np.where(ring, 255, 0), np.zeros((60, 60))]).astype(np.uint8)
    assert ring.sum() < 1000
    found = segment_frame(maps, InstanceSettings(min_area_px=1000))
    np.testing.assert_array_equal(found, np.hypot(y - 30, x - 30) < 21.5)


def test_unknown_settings_are_named():
    with pytest.raises(UserError, match=r"no key instances\.threshold; allowed are foreground, seed, min_area_px"):
        from_section(InstanceSettings, "instances", {"threshold": 1})


def test_cells_lie_in_the_foreground_and_each_has_one_of_the_seeds():
    truth = disks((120, 150), [(30, 30), (30, 60), (80, 70)], 16)
    maps = maps_of(truth)
    labels, grains = segment_frame(maps, SETTINGS), seeds(maps, SETTINGS).painted((120, 150))
    np.testing.assert_array_equal(labels > 0, foreground(maps, SETTINGS))
    pairs = {(label, grain) for label, grain in zip(labels.ravel(), grains.ravel(), strict=True) if grain}
    assert sorted(label for label, _ in pairs) == [1, 2, 3]
    assert len({grain for _, grain in pairs}) == 3
    assert 0 < (grains > 0).sum() < 0.8 * (labels > 0).sum()
