"""The video: every frame once and in order, outlines where the cells are, in their lineages' colours."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from sidewinder.colours import lineage_colour
from sidewinder.errors import UserError
from sidewinder.report.video import SIDE_PX, STRIP_PX, draw_video
from sidewinder.store import write_image, write_labels

SIDE, N_FRAMES = 160, 5
ZOOM = SIDE_PX // SIDE


@pytest.fixture
def video(tmp_path):
    """A function that draws frames (T, Y, X) with labels (T, Y, X), and gives the frames of the video."""

    def of(frames, labels, lineages, **written) -> list[np.ndarray]:
        movie, shape = tmp_path / "movie.ome.zarr", (1, *frames.shape[1:])
        scales = {"pixel_size_um": None, "frame_interval_s": 600.0}
        write_image(
            movie, frames[:, None], n_frames=len(frames), shape_cyx=shape, dtype=frames.dtype, channel_names=["a"],
            attributes={}, **{**scales, **written},
        )  # fmt: skip
        write_labels(movie, labels, largest_label=int(labels.max()))
        table = pd.DataFrame({"track_id": lineages.keys(), "lineage_id": lineages.values()}, dtype=np.int64)
        pd.concat([table, table]).assign(area_px=1000.0).to_parquet(tmp_path / "tracks.parquet")
        draw_video(movie, tmp_path / "tracks.parquet", tmp_path / "overlay.webp")
        with Image.open(tmp_path / "overlay.webp") as moving:
            shown = []
            for number in range(moving.n_frames):
                moving.seek(number)
                shown.append(np.asarray(moving.convert("RGB")).astype(int))
            assert moving.info["duration"] == (100 if len(shown) > 1 else 0)
        return shown

    return of


@pytest.fixture
def cells():
    """Frames that become brighter; track 1 divides into 2 and 3 in frame 2; 9 is of another lineage."""
    frames = np.repeat(np.arange(N_FRAMES, dtype=np.uint16)[:, None, None] * 100, SIDE, axis=1).repeat(SIDE, axis=2)
    labels = np.zeros((N_FRAMES, SIDE, SIDE), np.uint16)
    labels[:2, 20:60, 30:70] = 1
    labels[2:, 20:38, 30:70] = 2
    labels[2:, 42:60, 30:70] = 3
    labels[:4, 100:140, 90:150] = 9
    return frames, labels, {1: 1, 2: 1, 3: 1, 9: 4}


def is_like(pixels: np.ndarray, colour: tuple[int, int, int]) -> bool:
    """Whether a colour's hue is there; how strong it is, lossy compression does not keep."""
    hues = pixels - pixels.mean(axis=-1, keepdims=True)
    hue = np.array(colour) - np.mean(colour)
    strength = np.linalg.norm(hues, axis=-1)
    return bool(((hues @ hue > 0.9 * strength * np.linalg.norm(hue)) & (strength > 30)).any())


def test_every_frame_of_the_movie_is_one_of_the_video(video, cells):
    shown = video(*cells)
    assert len(shown) == N_FRAMES
    assert {frame.shape for frame in shown} == {(SIDE_PX + STRIP_PX, SIDE_PX, 3)}
    greys = [frame[-20, 20].mean() for frame in shown]
    np.testing.assert_allclose(greys, (np.arange(N_FRAMES) / 4) ** 0.7 * 255, atol=8)
    # the strip says which frame it is
    assert all(np.abs(a[:STRIP_PX] - b[:STRIP_PX]).max() > 100 for a, b in zip(shown, shown[1:], strict=False))


def test_outlines_are_at_the_edges_in_the_lineages_colour(video, cells):
    shown = video(*cells)
    top_of_mother = (slice(STRIP_PX + 20 * ZOOM - 2, STRIP_PX + 20 * ZOOM + 3), slice(40 * ZOOM, 60 * ZOOM))
    between = (slice(STRIP_PX + 37 * ZOOM, STRIP_PX + 43 * ZOOM), slice(40 * ZOOM, 60 * ZOOM))
    of_nine = (slice(STRIP_PX + 100 * ZOOM - 2, STRIP_PX + 100 * ZOOM + 3), slice(100 * ZOOM, 140 * ZOOM))
    assert all(is_like(frame[top_of_mother], lineage_colour(1)) for frame in shown)
    assert [is_like(frame[between], lineage_colour(1)) for frame in shown] == [False, False, True, True, True]
    assert [is_like(frame[of_nine], lineage_colour(4)) for frame in shown] == [True, True, True, True, False]
    inside = (slice(STRIP_PX + 110 * ZOOM, STRIP_PX + 130 * ZOOM), slice(100 * ZOOM, 140 * ZOOM))
    assert not any(is_like(frame[inside], lineage_colour(4)) for frame in shown)


def test_large_frames_become_small_and_one_frame_is_a_video(video):
    frames = np.zeros((1, 300, 1300), np.uint8)
    labels = np.zeros((1, 300, 1300), np.uint8)
    labels[0, 50:250, 600:1000] = 3
    (only,) = video(frames, labels, {3: 3})
    assert only.shape == (round(300 * SIDE_PX / 1300) + STRIP_PX, SIDE_PX, 3)
    left = round(600 * SIDE_PX / 1300)
    assert is_like(only[STRIP_PX + 60 : STRIP_PX + 90, left - 2 : left + 3], lineage_colour(3))


def test_without_cells_there_are_frames_without_outlines(video):
    assert len(video(np.zeros((3, 40, 40), np.uint8), np.zeros((3, 40, 40), np.uint8), {})) == 3


def test_labels_of_another_run_are_refused(video, cells):
    frames, labels, lineages = cells
    del lineages[9]
    with pytest.raises(UserError, match=r"movie.ome.zarr, frame 0: track 9 is not in the table of tracks"):
        video(frames, labels, lineages)


def test_pixels_that_are_not_square_become_square_and_the_region_has_an_outline(video):
    # 80 x 160 pixels that are twice as high as wide: a square; the disc in it is an ellipse in pixels
    y, x = np.indices((80, 160))
    labels = (((2 * (y - 40)) ** 2 + (x - 80) ** 2) < 40**2).astype(np.uint8)[None]
    region = np.zeros((80, 160), bool)
    region[5:75, 10:150] = True
    (only,) = video(np.zeros_like(labels), labels, {1: 1}, pixel_size_um=0.5, pixel_aspect=2.0, region=region)
    side = round(80 * np.sqrt(2) * 4)
    assert only.shape == (side + STRIP_PX, side, 3)
    picture = only[STRIP_PX:]
    hue = (picture.max(axis=-1) - picture.min(axis=-1)) > 60
    ys, xs = np.nonzero(hue)
    # half of the side in both directions
    np.testing.assert_allclose([np.ptp(ys), np.ptp(xs)], side / 2, rtol=0.03)
    white = (picture.min(axis=-1) > 110) & ~hue
    ys, xs = np.nonzero(white)
    # the line is at 5 and 75 of 80 rows, and at 10 and 150 of 160 columns
    expected = [side * 5 / 80, side * 75 / 80, side * 10 / 160, side * 150 / 160]
    np.testing.assert_allclose([ys.min(), ys.max(), xs.min(), xs.max()], expected, atol=4)
