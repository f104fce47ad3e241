"""A region of a movie, from the raw file to tables and labels: what is outside was not seen."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
import tifffile

from outputs import track_outputs
from sidewinder.export.ome_zarr import publish
from sidewinder.instances.block import BlockOutputs
from sidewinder.instances.movie import segment_movie
from sidewinder.instances.own import take_labels
from sidewinder.preprocess.convert import convert
from sidewinder.store import open_image, open_labels, write_stack
from sidewinder.track import Recording, track_movie
from sidewinder.track.fate import fates, origins

N_FRAMES, SHAPE = 5, (90, 110)
REGION = (slice(20, 80), slice(30, 100))
TEXT = "20:80,30:100"
# of each cell where it is in the first frame, and how far it moves a frame
CELLS = [
    ((40, 60), (1, 0)),  # inside
    ((20, 90), (0, -1)),  # cut by the upper edge
    ((50, 31), (0, -5)),  # leaves the region
    ((60, 106), (0, -2)),  # comes into it
    ((8, 8), (0, 1)),  # outside
    ((70, 15), (0, 0)),  # outside
    ((67, 80), (0, 0)),  # near the edge, without touching it
]


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """A folder with a movie, `m.tif`, of two channels, and its label images, and both as cut out by hand."""
    folder = tmp_path_factory.mktemp("raw")
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    labels = np.zeros((N_FRAMES, *SHAPE), np.uint16)
    for number, (yx, step) in enumerate(CELLS, start=1):
        for frame in range(N_FRAMES):
            y, x = np.array(yx) + frame * np.array(step)
            labels[frame, (rows - y) ** 2 + (columns - x) ** 2 < 36] = number
    noise = np.random.default_rng(3).normal(200, 9, (N_FRAMES, 2, *SHAPE))
    image = (noise + 300 * (labels[:, None] > 0)).astype(np.uint16)
    # what the user wants to leave out is far brighter than all else
    image[:, :, 80:] += 50000
    for name, part in (("m", np.s_[:, :]), ("cut", REGION)):
        tifffile.imwrite(folder / f"{name}.tif", image[..., *part], metadata={"axes": "TCYX"}, imagej=True)
        tifffile.imwrite(folder / f"{name}_labels.tif", labels[..., *part], photometric="minisblack")
    return folder


@pytest.fixture(scope="module")
def made(raw, tmp_path_factory):
    """Makes a movie of its own labels, once, in some blocks; gives its folder."""

    @cache
    def stages(name, region=None, n_blocks=1):
        folder = tmp_path_factory.mktemp(name)
        image = folder / "image.ome.zarr"
        convert(raw / f"{name}.tif", image, position=None, channel="0", region=region)
        files = [
            BlockOutputs(*(folder / name.format(block) for name in ("l-{}.zarr", "c-{}.parquet", "u-{}.npy")))
            for block in range(n_blocks)
        ]
        for block, outputs in enumerate(files):
            take_labels(
                source=str(raw / f"{name}_labels.tif"), image=image, outputs=outputs, block=block, n_blocks=n_blocks,
                measure={"ring_px": [1, 4]}, threads=1,
            )  # fmt: skip
        tables, labels = track_outputs(folder), [outputs.labels for outputs in files]
        track_movie(
            cells=[outputs.cells for outputs in files], labels=labels, image=image, **tables, movie="m",
            settings={"search_range_px": 7, "search_range_um": "auto"}, measure={"ring_px": [1, 4]},
        )  # fmt: skip
        painted = {name: tables[name] for name in ("label_tracks", "repairs")}
        publish(image=image, labels=labels, **painted, lineage=tables["lineage_csv"], output=folder / "movie.ome.zarr")
        return folder

    return stages


def test_tables_and_labels_are_those_of_a_movie_that_was_cut_out(made):
    whole, cut = made("m", region=TEXT), made("cut")
    tracks, expected = (pd.read_parquet(folder / "tracks.parquet") for folder in (whole, cut))
    for axis, start in (("y", 20), ("x", 30)):
        for name in (f"{axis}_px", f"{axis}_drift_corrected_px"):
            expected[name] += start
    # the tiles in which the background is taken begin at the corner of the frame
    far = [name for name in tracks if name.startswith(("background", "corrected", "ring_ratio"))]
    pd.testing.assert_frame_equal(tracks.drop(columns=far), expected.drop(columns=far))
    assert tracks["background_ch0"].between(190, 210).all()
    assert tracks.groupby("track_id")["touches_border"].any().sum() == 3
    lineage, of_cut = (pd.read_csv(folder / "lineage.csv") for folder in (whole, cut))
    pd.testing.assert_frame_equal(lineage, of_cut)
    assert {"start", "entered"} <= set(lineage["origin"])
    assert "left" in set(lineage["fate"])
    labels = open_labels(whole / "movie.ome.zarr")[:]
    np.testing.assert_array_equal(labels[:, *REGION], open_labels(cut / "movie.ome.zarr")[:])
    labels[:, *REGION] = 0
    assert not labels.any()


def test_blocks_change_nothing_and_the_picture_stays(made, raw):
    one, two = made("m", region=TEXT), made("m", region=TEXT, n_blocks=2)
    assert (one / "tracks.csv").read_bytes() == (two / "tracks.csv").read_bytes()
    published = open_image(one / "movie.ome.zarr")
    np.testing.assert_array_equal(published.data[:], tifffile.imread(raw / "m.tif"))
    assert np.flatnonzero(~published.outside.all(axis=1)).tolist() == list(range(20, 80))


def test_statistics_are_of_the_region_alone(made):
    whole, cut = (open_image(made(name, region=text) / "image.ome.zarr") for name, text in (("m", TEXT), ("cut", None)))
    assert whole.attributes == cut.attributes
    np.testing.assert_array_equal(np.sort(whole.seen(2, 1)), np.sort(cut.seen(2, 1).ravel()))


def test_where_a_network_sees_cells_outside_there_are_none(made, raw, tmp_path):
    image, maps = made("m", region=TEXT) / "image.ome.zarr", tmp_path / "maps.zarr"
    cell = (255 * (tifffile.imread(raw / "m_labels.tif") > 0)).astype(np.uint8)
    place = {"first_frame": 0, "n_frames": N_FRAMES, "block": 0, "n_blocks": 1}
    write_stack(
        maps, np.stack([cell, 0 * cell], axis=1), n_frames=N_FRAMES, frame_shape=(2, *SHAPE), dtype=np.uint8,
        attributes=place | {"known_diameters_px": None},
    )  # fmt: skip
    outputs = BlockOutputs(*(tmp_path / name for name in ("l.zarr", "c.parquet", "u.npy")))
    segment_movie(maps=maps, image=image, outputs=outputs, settings={}, measure={}, threads=1)
    cells = pd.read_parquet(outputs.cells).query("frame == 0")
    # in reading order: the one that is cut, the one inside, the one that leaves, the one near the edge
    assert cells["touches_border"].tolist() == [True, False, True, False]
    np.testing.assert_allclose(cells["y_px"], [22, 40, 50, 67], atol=1)


@pytest.mark.parametrize(("kinds", "near"), [(fates, "left"), (origins, "entered")])
def test_near_the_edge_of_the_region_is_near_that_of_a_movie_that_was_cut_out(kinds, near):
    outside = np.ones(SHAPE, dtype=bool)
    outside[REGION] = False
    rng = np.random.default_rng(0)
    yx_px = rng.uniform((0, 0), (59, 69), (200, 2))
    frame, no = np.full(200, 2), np.zeros(200, dtype=bool)
    cut = kinds(yx_px, frame, no, no, Recording(N_FRAMES, (60, 70), None, None), 7.0)
    whole = Recording(N_FRAMES, SHAPE, None, None, outside=outside)
    assert kinds(yx_px + (20, 30), frame, no, no, whole, 7.0).tolist() == cut.tolist()
    assert 50 < np.count_nonzero(cut == near) < 150
