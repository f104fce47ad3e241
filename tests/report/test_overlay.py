"""The overlay: the right frames, in the right places, with outlines where the cells are, in their lineages' colours."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageDraw, ImageFont

from sidewinder.colours import LINEAGES, lineage_colour
from sidewinder.errors import UserError
from sidewinder.report.overlay import GAP_PX, HEADER_PX, INK, PAPER, TEXT_PX, draw_overlay, frame_numbers, panel_zoom
from sidewinder.store import write_image, write_labels

# of frames of 160 x 160 pixels, which are shown four times as large
SIDE, ZOOM = 160, 4
PANEL = SIDE * ZOOM


@pytest.fixture
def overlay(tmp_path):
    """A function that draws frames (T, C, Y, X) and labels (T, Y, X), and returns the picture's pixels."""

    def of(
        frames, labels, lineages, *, pixel_size_um=None, frame_interval_s=None, channels=("a",), written=None,
        **keywords,
    ):  # fmt: skip
        movie = tmp_path / "movie.ome.zarr"
        write_image(
            movie,
            frames,
            n_frames=len(frames),
            shape_cyx=frames.shape[1:],
            dtype=frames.dtype,
            pixel_size_um=pixel_size_um,
            frame_interval_s=frame_interval_s,
            channel_names=list(channels),
            attributes={},
            **(written or {}),
        )
        write_labels(movie, labels, largest_label=int(labels.max()))
        # several rows a track, as in the real table
        table = pd.DataFrame({"track_id": lineages.keys(), "lineage_id": lineages.values()}, dtype=np.int64)
        pd.concat([table, table]).to_parquet(tmp_path / "tracks.parquet")
        draw_overlay(movie, tmp_path / "tracks.parquet", tmp_path / "overlay.png", **keywords)
        return np.asarray(Image.open(tmp_path / "overlay.png"))

    return of


@pytest.fixture
def cells():
    """Twelve frames, each as bright as its number says.

    Track 1 divides into 2 and 3 in frame 6; 9 is of another lineage.
    """
    frames = np.zeros((12, 1, SIDE, SIDE), np.uint16) + np.arange(12, dtype=np.uint16)[:, None, None, None] * 100
    labels = np.zeros((12, SIDE, SIDE), np.uint16)
    labels[:6, 20:60, 30:70] = 1
    labels[6:, 20:38, 30:70] = 2
    labels[6:, 42:60, 30:70] = 3
    labels[:, 100:140, 90:150] = 9
    return frames, labels, {1: 1, 2: 1, 3: 1, 9: 4}


def panel_of(picture: np.ndarray, index: int, side: int = PANEL) -> np.ndarray:
    row, column = divmod(index, 3)
    y = GAP_PX + HEADER_PX + row * (side + HEADER_PX + GAP_PX)
    x = GAP_PX + column * (side + GAP_PX)
    return picture[y : y + side, x : x + side]


def is_colour(pixels: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return (pixels == np.array(colour, np.uint8)).all(axis=-1)


def written(text: str, place: tuple[float, float], anchor: str, shape: tuple[int, ...]) -> np.ndarray:
    """A picture with nothing but a text."""
    picture = Image.new("RGB", (shape[1], shape[0]), PAPER)
    ImageDraw.Draw(picture).text(place, text, fill=INK, font=ImageFont.load_default(TEXT_PX), anchor=anchor)
    return np.asarray(picture)


def test_six_panels_show_six_frames_from_first_to_last(overlay, cells):
    picture = overlay(*cells)
    height, width = 2 * (PANEL + HEADER_PX + GAP_PX) + GAP_PX + HEADER_PX + GAP_PX, 3 * (PANEL + GAP_PX) + GAP_PX
    assert picture.shape == (height, width, 3)
    # a corner without cells has the frame's own grey: dark first, bright last, all six different
    greys = [panel_of(picture, index)[-5, 5].tolist() for index in range(6)]
    assert all(len(set(grey)) == 1 for grey in greys)
    values = [grey[0] for grey in greys]
    assert values[0] == 0
    assert values[5] == 255
    assert np.all(np.diff(values) > 20)
    shown = (np.array(frame_numbers(12)) / 11) ** 0.7 * 255
    np.testing.assert_allclose(values, shown, atol=1)


def test_outlines_lie_on_the_cells_edges_in_the_lineages_colour(overlay, cells):
    panel = panel_of(overlay(*cells), 0)
    for top, bottom, left, right, lineage in ((20, 60, 30, 70, 1), (100, 140, 90, 150, 4)):
        coloured = is_colour(panel, lineage_colour(lineage))
        # the edge runs between the last pixel of the cell and the first of the background
        for y in (top * ZOOM, bottom * ZOOM):
            assert coloured[y - 2 : y + 2, left * ZOOM + 4 : right * ZOOM - 4].any(axis=0).all()
        for x in (left * ZOOM, right * ZOOM):
            assert coloured[top * ZOOM + 4 : bottom * ZOOM - 4, x - 2 : x + 2].any(axis=1).all()
        rows, columns = np.nonzero(coloured)
        inside = (rows > top * ZOOM + 2) & (rows < bottom * ZOOM - 3)
        inside &= (columns > left * ZOOM + 2) & (columns < right * ZOOM - 3)
        assert not inside.any()
        assert rows.min() >= top * ZOOM - 2
        assert rows.max() <= bottom * ZOOM + 1
        assert columns.min() >= left * ZOOM - 2
        assert columns.max() <= right * ZOOM + 1


def test_daughters_have_their_mothers_colour(overlay, cells):
    picture = overlay(*cells)
    before, after = (is_colour(panel_of(picture, index), lineage_colour(1)) for index in (2, 3))
    # the outlines of both daughters, at the place of the mother
    assert not before[40 * ZOOM - 6 : 40 * ZOOM + 6, 34 * ZOOM : 66 * ZOOM].any()
    for edge in (38, 42):
        assert after[edge * ZOOM - 2 : edge * ZOOM + 2, 34 * ZOOM : 66 * ZOOM].any(axis=0).all()


def test_cells_have_their_track_ids_unless_they_are_too_small(overlay, cells):
    _, labels, lineages = cells
    dark = np.zeros((12, 1, SIDE, SIDE), np.uint16)
    large = panel_of(overlay(dark, labels, lineages), 0)
    rows, columns = np.nonzero(is_colour(large, INK))
    in_nine = (rows > 110 * ZOOM) & (rows < 130 * ZOOM) & (columns > 100 * ZOOM) & (columns < 140 * ZOOM)
    in_one = (rows > 30 * ZOOM) & (rows < 50 * ZOOM) & (columns > 40 * ZOOM) & (columns < 60 * ZOOM)
    assert in_nine.any()
    assert in_one.any()
    assert (in_nine | in_one).all()
    tiny = np.zeros_like(labels)
    tiny[:, 50:52, 50:52] = 9
    small = overlay(dark, tiny, lineages)
    assert not is_colour(panel_of(small, 0), INK).any()
    assert is_colour(panel_of(small, 0), lineage_colour(4)).any()
    caption = "4 tracks, 2 lineages. A colour is a lineage; the cells are too small for track ids."
    bottom = slice(-GAP_PX - TEXT_PX, None)
    np.testing.assert_array_equal(
        small[bottom], written(caption, (GAP_PX, len(small) - GAP_PX), "ld", small.shape)[bottom]
    )


@pytest.mark.parametrize(
    ("interval_s", "text"), [(None, "frame 2"), (1800.0, "frame 2   1:00 h"), (45.0, "frame 2   1:30 min")]
)
def test_headers_say_frame_and_time(overlay, cells, interval_s, text):
    picture = overlay(*cells, frame_interval_s=interval_s)
    left = 2 * GAP_PX + PANEL
    expected = written(text, (left, GAP_PX + HEADER_PX / 2), "lm", picture.shape)
    header = (slice(GAP_PX, GAP_PX + HEADER_PX), slice(left, left + PANEL))
    np.testing.assert_array_equal(picture[header], expected[header])


def test_the_scale_bar_is_as_long_as_it_says(overlay, cells):
    """Half a micrometre a pixel, four pixels of the picture a pixel: 20 um are 160 pixels."""
    line = GAP_PX + HEADER_PX // 2
    with_bar = overlay(*cells, pixel_size_um=0.5)[line, : GAP_PX + PANEL + 1]
    bar = is_colour(with_bar[-165:], INK)
    assert bar.sum() == 161
    assert not bar[:4].any()
    without = overlay(*cells)[line, GAP_PX + PANEL - 200 : GAP_PX + PANEL + 1]
    assert is_colour(without, PAPER).all()


def test_a_movie_without_cells_says_so(overlay, cells):
    frames, labels, _ = cells
    picture = overlay(frames, np.zeros_like(labels), {})
    caption = written(
        "No cells were found in this movie.", (GAP_PX, len(picture) - GAP_PX), "ld", picture.shape
    )[-GAP_PX - TEXT_PX :]  # fmt: skip
    np.testing.assert_array_equal(picture[-GAP_PX - TEXT_PX :], caption)
    header = written("frame 0   no cells", (GAP_PX, GAP_PX + HEADER_PX / 2), "lm", picture.shape)
    np.testing.assert_array_equal(picture[: GAP_PX + HEADER_PX, :PANEL], header[: GAP_PX + HEADER_PX, :PANEL])
    for index in range(6):
        panel = panel_of(picture, index)
        assert (panel == panel[0, 0, 0]).all()


def test_short_movies_have_fewer_panels(overlay, cells):
    frames, labels, lineages = cells
    picture = overlay(frames[:2], labels[:2], lineages)
    assert picture.shape[1] == 2 * (PANEL + GAP_PX) + GAP_PX
    assert picture.shape[0] == PANEL + 2 * (HEADER_PX + GAP_PX) + GAP_PX
    picture = overlay(frames[:1], labels[:1], lineages)
    assert picture.shape[1] == PANEL + 2 * GAP_PX


def test_large_frames_are_shrunk_and_their_outlines_with_them(overlay):
    frames = np.zeros((3, 1, 1500, 1560), np.uint8)
    labels = np.zeros((3, 1500, 1560), np.uint16)
    labels[:, 400:600, 1000:1200] = 5
    picture = overlay(frames, labels, {5: 5})
    assert picture.shape[1] == 3 * (780 + GAP_PX) + GAP_PX < 2400
    panel = picture[GAP_PX + HEADER_PX : GAP_PX + HEADER_PX + 750, GAP_PX : GAP_PX + 780]
    rows, columns = np.nonzero(is_colour(panel, lineage_colour(5)))
    np.testing.assert_allclose([rows.min(), rows.max(), columns.min(), columns.max()], [200, 300, 500, 600], atol=2)


def test_the_asked_for_channel_is_shown(overlay, cells):
    frames, labels, lineages = cells
    two = np.concatenate([np.zeros_like(frames), frames], axis=1)
    dark = overlay(two, labels, lineages, channels=("bright field", "nuclei"))
    shown = overlay(two, labels, lineages, channels=("bright field", "nuclei"), channel="nuclei")
    assert panel_of(dark, 5)[-5, 5].tolist() == [0, 0, 0]
    assert panel_of(shown, 5)[-5, 5].tolist() == [255, 255, 255]


def test_labels_of_another_run_are_refused(overlay, cells):
    frames, labels, lineages = cells
    del lineages[9]
    with pytest.raises(UserError, match="movie.ome.zarr, frame 0: track 9 is not in the table of tracks"):
        overlay(frames, labels, lineages)


def test_the_same_movie_gives_the_same_bytes(overlay, cells, tmp_path):
    pictures = []
    for _ in range(2):
        overlay(*cells, pixel_size_um=0.5, frame_interval_s=60.0)
        pictures.append((tmp_path / "overlay.png").read_bytes())
    assert pictures[0] == pictures[1]


def test_frames_are_spread_over_the_movie():
    assert frame_numbers(1) == [0]
    assert frame_numbers(6) == [0, 1, 2, 3, 4, 5]
    assert frame_numbers(101) == [0, 20, 40, 60, 80, 100]


def test_zoom_fits_the_panel():
    assert panel_zoom((100, 50)) == 4
    assert panel_zoom((256, 320)) == 2
    assert panel_zoom((700, 700)) == 1
    assert panel_zoom((1560, 2000)) == 0.39


def test_neighbouring_lineages_have_different_colours():
    colours = [lineage_colour(lineage) for lineage in range(1, 30)]
    assert all(one != other for one, other in zip(colours, colours[1:], strict=False))
    assert len(set(LINEAGES)) == len(LINEAGES)


def test_pixels_that_are_not_square_become_square_and_the_region_has_an_outline(overlay):
    # 80 x 160 pixels that are twice as high as wide: a square; the disc in it is an ellipse in pixels
    y, x = np.indices((80, 160))
    labels = (((2 * (y - 40)) ** 2 + (x - 80) ** 2) < 40**2).astype(np.uint8)[None]
    region = np.zeros((80, 160), bool)
    region[5:75, 10:150] = True
    written = {"pixel_aspect": 2.0, "region": region}
    picture = overlay(np.zeros_like(labels)[:, None], labels, {1: 1}, pixel_size_um=0.5, written=written)
    side = round(80 * np.sqrt(2) * 4)
    assert picture.shape == (side + HEADER_PX + 2 * GAP_PX + HEADER_PX + GAP_PX, side + 2 * GAP_PX, 3)
    panel = picture[GAP_PX + HEADER_PX :][:side, GAP_PX:-GAP_PX]
    ys, xs = np.nonzero(is_colour(panel, lineage_colour(1)))
    np.testing.assert_allclose([np.ptp(ys), np.ptp(xs)], side / 2, rtol=0.03)
    # the disc's middle, in which its number stands, is the middle of the picture
    np.testing.assert_allclose([(ys.min() + ys.max()) / 2, (xs.min() + xs.max()) / 2], side / 2, atol=4)
    white = is_colour(panel, (255, 255, 255))
    ys, xs = np.nonzero(white)
    expected = [side * 5 / 80, side * 75 / 80, side * 10 / 160, side * 150 / 160]
    np.testing.assert_allclose([ys.min(), ys.max(), xs.min(), xs.max()], expected, atol=2)
    # a whole line and no area
    assert 4 * 0.8 * side < white.sum() < 5 * side
    # a bar of the length that it says: a square pixel is four of the picture and 0.5 um
    bar = (picture[GAP_PX + HEADER_PX // 2] == INK).all(axis=-1)
    assert bar[-GAP_PX - 85 :].sum() == pytest.approx(10 / 0.5 * 4, abs=2)
