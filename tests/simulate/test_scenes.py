"""Simulated movies and frames: deterministic, valid, exact, and different from each other where they should be."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
import tifffile
from scipy import ndimage
from skimage.registration import phase_cross_correlation
from skimage.segmentation import expand_labels

from sidewinder.errors import UserError
from sidewinder.simulate import SCENES, simulate, training_frames, write_scene
from sidewinder.simulate.nuclei import Canvas, Nucleus, chromatin, draw


@pytest.fixture(scope="module")
def movies():
    return {name: simulate(scene) for name, scene in SCENES.items()}


@pytest.fixture(scope="module")
def training():
    return training_frames(60, seed=3, shape=(128, 128))


@pytest.fixture
def small_scene():
    return replace(
        SCENES["rough"], n_frames=6, shape=(64, 72), n_cells=6, cycle_frames=10, n_deaths=1, jumps_px={3: (2.0, 1.0)}
    )


def spans_seen(labels: np.ndarray) -> dict[int, list[int]]:
    """The frames in which each label has pixels."""
    frames: dict[int, list[int]] = {}
    for frame, picture in enumerate(labels):
        for label in np.unique(picture)[1:]:
            frames.setdefault(int(label), []).append(frame)
    return frames


def n_divisions(tracks: np.ndarray) -> int:
    parents, n_children = np.unique(tracks[tracks[:, 3] > 0, 3], return_counts=True)
    return int((n_children == 2).sum())


def test_scenes_are_the_same_every_time(small_scene):
    first, second = simulate(small_scene), simulate(small_scene)
    other = simulate(replace(small_scene, seed=small_scene.seed + 1))
    for one, two in zip(first, second, strict=True):
        assert one.tobytes() == two.tobytes()
    assert not np.array_equal(first.frames, other.frames)


@pytest.mark.parametrize("name", SCENES)
def test_scenes_have_the_shape_and_kind_that_they_announce(movies, name):
    movie, scene = movies[name], SCENES[name]
    assert movie.frames.shape == movie.labels.shape == (scene.n_frames, *scene.shape)
    assert movie.frames.dtype == movie.labels.dtype == np.uint16
    assert 36 <= scene.n_frames <= 48
    # no frame is clipped by the counts' range
    assert movie.frames.max() < 65535
    areas_px = np.bincount(movie.labels[0].ravel())[1:]
    assert 17 < 2 * np.sqrt(np.median(areas_px[areas_px > 0]) / np.pi) < 24


@pytest.mark.parametrize("name", SCENES)
def test_track_rows_are_those_of_the_labels(movies, name):
    movie = movies[name]
    spans = spans_seen(movie.labels)
    assert movie.tracks[:, 0].tolist() == sorted(spans)
    for label, first, last, _ in movie.tracks.tolist():
        assert spans[label] == list(range(first, last + 1))


@pytest.mark.parametrize("name", SCENES)
def test_mothers_end_before_their_two_daughters_begin(movies, name):
    tracks = movies[name].tracks
    assert n_divisions(tracks) >= 6
    last = dict(zip(tracks[:, 0], tracks[:, 2], strict=True))
    for _, first, _, parent in tracks[tracks[:, 3] > 0]:
        assert last[parent] == first - 1
    _, n_children = np.unique(tracks[tracks[:, 3] > 0, 3], return_counts=True)
    assert set(n_children) == {2}


@pytest.mark.parametrize("name", SCENES)
def test_daughters_have_about_half_of_their_mothers_area(movies, name):
    movie = movies[name]
    ratios = []
    for label, first, _, parent in movie.tracks[movie.tracks[:, 3] > 0]:
        grown = max(first - 3, movie.tracks[parent - 1, 1])
        ratios.append((movie.labels[first] == label).sum() / (movie.labels[grown] == parent).sum())
    assert 0.3 < np.median(ratios) < 0.55


def test_cells_come_leave_and_die(movies):
    movie = movies["plain"]
    mothers = set(movie.tracks[:, 3])
    at_edge = {}
    for label, first, last, _ in movie.tracks.tolist():
        for frame in (first, last):
            rows, columns = np.nonzero(movie.labels[frame] == label)
            at_edge[label, frame] = min(rows.min(), columns.min(), 255 - rows.max(), 255 - columns.max()) == 0
    came = [row for row in movie.tracks.tolist() if row[1] > 0 and row[3] == 0]
    ended = [row for row in movie.tracks.tolist() if row[2] < 39 and row[0] not in mothers]
    assert came
    assert all(at_edge[row[0], row[1]] for row in came)
    left = [row for row in ended if at_edge[row[0], row[2]]]
    assert left
    assert len(ended) - len(left) == SCENES["plain"].n_deaths


@pytest.mark.parametrize("name", SCENES)
def test_nuclei_are_brighter_than_their_surroundings(movies, name):
    """A label that were one frame or a few pixels off would cover the background."""
    movie = movies[name]
    brighter = []
    for frame in (0, SCENES[name].n_frames - 1):
        labels, image = movie.labels[frame].astype(np.int32), movie.frames[frame].astype(float)
        ring = expand_labels(labels, 5)
        ring[expand_labels(labels, 2) > 0] = 0
        for label in np.intersect1d(np.unique(labels)[1:], np.unique(ring)):
            brighter.append(image[labels == label].mean() - image[ring == label].mean())
    assert np.mean(np.array(brighter) > 0) > (0.95 if name == "rough" else 0.99)


def test_each_label_is_one_piece(movies):
    for movie in movies.values():
        for label in np.unique(movie.labels[20])[1:]:
            assert ndimage.label(movie.labels[20] == label)[1] == 1


def test_only_rough_drifts_and_jumps(movies):
    assert not movies["plain"].drift_px.any()
    assert not movies["crowded"].drift_px.any()
    scene, steps = SCENES["rough"], np.diff(movies["rough"].drift_px, axis=0)
    for frame, jump_px in scene.jumps_px.items():
        np.testing.assert_allclose(steps[frame - 1], jump_px, atol=4 * scene.drift_px_per_frame)
        assert np.hypot(*steps[frame - 1]) > 3


def test_the_picture_moves_as_the_stage_says():
    """With cells that keep still, the pictures before and after a jump are the same picture, shifted."""
    optics = replace(SCENES["rough"].optics, photons=1000.0, haze=0.0, vignetting=0.0)
    scene = replace(SCENES["rough"], optics=optics, n_frames=2, speed_px=0.0, n_deaths=0, jumps_px={1: (4.0, -6.0)})
    movie = simulate(scene)
    before, after = movie.frames.astype(float)
    shift, *_ = phase_cross_correlation(after, before, upsample_factor=10, normalization=None)
    np.testing.assert_allclose(shift, movie.drift_px[1], atol=0.4)
    assert np.hypot(*movie.drift_px[1]) > 6


def test_a_round_nucleus_has_the_area_and_place_that_it_says():
    canvas = Canvas.empty((60, 80))
    draw(Nucleus(y_px=30.25, x_px=41.5, radius_px=12.0, dome=0.0), 7, canvas, chromatin(np.random.default_rng(0)))
    assert set(np.unique(canvas.labels)) == {0, 7}
    assert (canvas.labels == 7).sum() == pytest.approx(np.pi * 12**2, rel=0.02)
    np.testing.assert_allclose(np.argwhere(canvas.labels == 7).mean(axis=0), [30.25, 41.5], atol=0.05)
    assert canvas.light.sum() == pytest.approx(np.pi * 12**2, rel=0.01)


def test_overlapping_nuclei_share_the_overlap_half_way():
    canvas, texture = Canvas.empty((40, 60)), chromatin(np.random.default_rng(0))
    draw(Nucleus(y_px=20, x_px=20, radius_px=12.0, dome=0.0), 1, canvas, texture)
    draw(Nucleus(y_px=20, x_px=39, radius_px=12.0, dome=0.0), 2, canvas, texture)
    assert canvas.labels[20, 29] == 1
    assert canvas.labels[20, 30] == 2
    # light adds up
    assert canvas.light[20, 29] == pytest.approx(2)


def test_training_frames_do_not_depend_on_how_many_are_asked_for(training):
    images, labels = training
    fewer_images, fewer_labels = training_frames(3, seed=3, shape=(128, 128))
    np.testing.assert_array_equal(fewer_images, images[:3])
    np.testing.assert_array_equal(fewer_labels, labels[:3])
    assert not np.array_equal(training_frames(1, seed=4, shape=(128, 128))[0], images[:1])


def test_training_frames_are_counts_with_labels_without_gaps(training):
    images, labels = training
    assert images.dtype == np.float32
    assert labels.dtype == np.int32
    assert images.min() >= 0
    np.testing.assert_array_equal(images, np.rint(images))
    for frame in labels:
        assert np.unique(frame).tolist() == list(range(frame.max() + 1))


def test_training_frames_are_varied(training):
    images, labels = training
    counts = np.array([frame.max() for frame in labels])
    assert (counts == 0).any()
    assert counts.max() > 30
    medians = [np.median(np.bincount(frame.ravel())[1:]) for frame in labels if frame.max() > 3]
    diameters_px = 2 * np.sqrt(np.array(medians) / np.pi)
    assert diameters_px.min() < 15
    assert diameters_px.max() > 40
    offsets = np.percentile(images, 1, axis=(1, 2))
    assert offsets.max() > 100 * max(offsets.min(), 1)


def test_training_nuclei_are_brighter_than_what_is_around_them():
    images, labels = training_frames(20, seed=8)
    brighter = []
    for image, frame in zip(images, labels, strict=True):
        ring = expand_labels(frame, 6)
        ring[expand_labels(frame, 3) > 0] = 0
        for label in np.intersect1d(np.unique(frame)[1:], np.unique(ring)):
            brighter.append(image[frame == label].mean() > image[ring == label].mean())
    assert np.mean(brighter) > 0.9


def test_a_written_scene_reads_back_with_its_metadata(tmp_path, monkeypatch, small_scene):
    monkeypatch.setitem(SCENES, "plain", small_scene)
    movie = simulate(small_scene)
    write_scene("plain", tmp_path / "data" / "plain.ome.tif", tmp_path / "data" / "01_GT")
    with tifffile.TiffFile(tmp_path / "data" / "plain.ome.tif") as tif:
        assert tif.is_ome
        assert tif.series[0].axes == "TYX"
        np.testing.assert_array_equal(tif.asarray(), movie.frames)
        pixels = tifffile.xml2dict(tif.ome_metadata)["OME"]["Image"]["Pixels"]
    assert (pixels["PhysicalSizeX"], pixels["PhysicalSizeXUnit"]) == (0.5, "µm")
    assert (pixels["PhysicalSizeY"], pixels["PhysicalSizeYUnit"]) == (0.5, "µm")
    assert (pixels["TimeIncrement"], pixels["TimeIncrementUnit"]) == (300, "s")
    assert pixels["Channel"]["Name"] == "nuclei"
    for folder, name in (("SEG", "man_seg"), ("TRA", "man_track")):
        masks = [tifffile.imread(tmp_path / "data" / "01_GT" / folder / f"{name}{t:03}.tif") for t in range(6)]
        np.testing.assert_array_equal(masks, movie.labels)
        assert masks[0].dtype == np.uint16
    rows = np.loadtxt(tmp_path / "data" / "01_GT" / "TRA" / "man_track.txt", dtype=int, ndmin=2)
    np.testing.assert_array_equal(rows, movie.tracks)
    assert sorted(p.name for p in (tmp_path / "data").iterdir()) == ["01_GT", "plain.ome.tif"]


def test_a_scene_is_written_byte_for_byte_the_same(tmp_path, monkeypatch, small_scene):
    monkeypatch.setitem(SCENES, "plain", small_scene)
    digests = []
    for run in ("a", "b"):
        write_scene("plain", tmp_path / run / "plain.ome.tif", tmp_path / run / "GT")
        files = sorted(p for p in (tmp_path / run).rglob("*") if p.is_file())
        digests.append([(p.name, hashlib.sha256(p.read_bytes()).hexdigest()) for p in files])
    assert len(digests[0]) == 1 + 2 * 6 + 1
    assert digests[0] == digests[1]


def test_an_unknown_scene_is_refused_with_the_names_of_the_others(tmp_path):
    with pytest.raises(UserError, match="no scene 'plian'.*plain, crowded, rough"):
        write_scene("plian", tmp_path / "a.ome.tif", tmp_path / "GT")
    assert not list(tmp_path.iterdir())
