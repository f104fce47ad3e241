"""What the page shows of a movie, against what the stages make of it."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from sidewinder.errors import UserError
from sidewinder.infer.engine import Engine, as_uint8
from sidewinder.infer.movie import infer_movie, normalising
from sidewinder.infer.rescale import Rescaling
from sidewinder.instances.segment import segment_frame
from sidewinder.model import load_model
from sidewinder.report.explorer.scene import combinations_of, make_scene, unpacked
from sidewinder.settings import ExplorerSettings, InstanceSettings
from sidewinder.store import open_image, open_stack
from sidewinder.tiling import intervals
from sidewinder.unet import Architecture

# about what a network that nobody trained gives: 168 and 90 of 255
SETTINGS = InstanceSettings(foreground=168 / 255, seed=90 / 255, min_area_px=4)
WHOLE = ExplorerSettings(region_px=1000)


@pytest.fixture(scope="module", autouse=True)
def doubts():
    """The networks here are hardly trained, and in doubt of all that they find."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sidewinder.instances.segment.SHARE_TO_CERTAINTY", 0.0)
        yield


def scene_of(folder, model="two", channel="0, 1", truth=None, choice=WHOLE, settings=SETTINGS):
    movie, loaded = open_image(folder / "image.ome.zarr"), load_model(folder / model)
    return make_scene(movie, loaded, channel=channel, truth=truth, choice=choice, settings=settings)


def stage_maps(folder: Path, output: Path, model: str, channel: str) -> np.ndarray:
    """What `infer` writes."""
    infer_movie(
        folder / "image.ome.zarr", folder / model, output, channel=channel,
        block=0, n_blocks=1, tile="auto", device="cpu", gpu_asked=False, threads=1,
    )  # fmt: skip
    return open_stack(output).data[:]


@pytest.fixture(scope="module")
def scene(explored):
    return scene_of(explored, truth=explored / "GT")


@pytest.fixture(scope="module")
def maps(explored, tmp_path_factory):
    return stage_maps(explored, tmp_path_factory.mktemp("maps") / "maps.zarr", "two", "0, 1")


def test_frames_with_truth_stand_beside_the_chosen_one(scene):
    assert [frame["number"] for frame in scene.facts["frames"]] == [1, 4, 6]
    assert [frame["has_truth"] for frame in scene.facts["frames"]] == [True, False, True]
    assert scene.facts["first"] == 1


def test_without_truth_frames_are_spread_evenly(explored):
    facts = scene_of(explored, choice=ExplorerSettings(frame=0, region_px=32)).facts
    assert [frame["number"] for frame in facts["frames"]] == [0, 1, 3, 5, 7]
    assert facts["first"] == 0


def test_maps_and_labels_are_those_of_the_stages(scene, maps):
    for index, frame in enumerate(scene.facts["frames"]):
        np.testing.assert_array_equal(scene.arrays[f"frame{index}/maps"], maps[frame["number"]])
        labels = segment_frame(maps[frame["number"]], SETTINGS)
        np.testing.assert_array_equal(scene.arrays[f"frame{index}/labels"], labels)
        assert frame["n_cells_stage"] == labels.max() > 3
        seeds = scene.arrays[f"frame{index}/seeds"]
        assert (maps[frame["number"]][0][seeds > 0] >= 90).all()
        # what grows from a seed covers it, where it was not too small
        assert ((seeds > 0) & (labels == 0)).sum() < 0.1 * (seeds > 0).sum()


def test_the_window_holds_what_the_network_sees_of_the_whole_frame(explored, scene):
    data = open_image(explored / "image.ome.zarr").data
    # the whole frame and a margin of a stride, mirrored
    rows, columns = (intervals(size, 1000, 20, 4)[0] for size in (61, 90))
    assert (rows.window_start, rows.window_stop) == (-4, 68)
    before, behind = -rows.window_start, (rows.window_stop - 61, columns.window_stop - 90)
    for index, frame in enumerate(scene.facts["frames"]):
        expected = np.pad(data[frame["number"]], ((0, 0), (before, behind[0]), (before, behind[1])), mode="reflect")
        np.testing.assert_array_equal(scene.arrays[f"frame{index}/window"], expected)
        assert (frame["window_scale"], frame["window_offset"]) == ([1, 1], [0, 0])
        assert frame["region"] == [4, 4, 61, 90]
        assert frame["region_in_frame"] == [0, 0, 61, 90]


def test_each_way_to_switch_the_skip_connections_is_that_of_the_network(explored, scene):
    movie, model = open_image(explored / "image.ome.zarr"), load_model(explored / "two")
    assert scene.facts["combinations"] == [[True, False], [False, False]]
    for way, skips in enumerate(scene.facts["combinations"]):
        prepare = normalising(movie, model, [0, 1])
        engine = Engine(model, 1000, skips=tuple(skips), prepare=prepare, finish=as_uint8)
        for index, frame in enumerate(scene.facts["frames"]):
            maps = engine.probabilities(movie.data[frame["number"]])
            mask = np.unpackbits(scene.arrays[f"frame{index}/masks"][way], count=61 * 90).reshape(61, 90)
            np.testing.assert_array_equal(mask, maps.astype(int).sum(axis=0) >= 168)
            assert frame["n_cells"][way] == segment_frame(maps, SETTINGS).max()
    # the network was built with the first one, and leaving it out shows
    masks = np.unpackbits(scene.arrays["frame0/masks"], axis=1, count=61 * 90)
    assert (masks[0] != masks[1]).mean() > 0.1


def test_the_truth_is_numbered_from_one(explored, scene):
    mask = tifffile.imread(explored / "GT" / "SEG" / "man_seg006.tif")
    truth = scene.arrays["frame2/truth"]
    assert truth.max() == len(np.unique(mask)) - 1 == len(set(zip(mask.ravel(), truth.ravel(), strict=True))) - 1
    np.testing.assert_array_equal(truth > 0, mask > 0)
    assert "frame1/truth" not in scene.arrays


@pytest.mark.parametrize(("centre", "start"), [([0, 89], [0, 56]), ([30, 45], [16, 28]), ([60.4, 0], [28, 0])])
def test_a_region_is_cut_out_of_the_whole(explored, maps, centre, start):
    part = scene_of(explored, choice=ExplorerSettings(frame=4, region=centre, region_px=33))
    frame = part.facts["frames"][part.facts["first"]]
    (y, x), (top, left) = start, frame["region"][:2]
    assert frame["region_in_frame"] == [y, x, 33, 33]
    cut = (slice(y, y + 33), slice(x, x + 33))
    index = part.facts["first"]
    np.testing.assert_array_equal(part.arrays[f"frame{index}/maps"], maps[4][:, *cut])
    labels = segment_frame(maps[4], SETTINGS)[cut]
    np.testing.assert_array_equal(part.arrays[f"frame{index}/labels"] > 0, labels > 0)
    assert part.arrays[f"frame{index}/labels"].max() == len(np.unique(labels[labels > 0])) == frame["n_cells_stage"]
    data = open_image(explored / "image.ome.zarr").data
    window = part.arrays[f"frame{index}/window"]
    np.testing.assert_array_equal(window[:, top : top + 33, left : left + 33], data[4, :, *cut])
    assert all(side % 4 == 0 for side in window.shape[1:])
    # with its halo the window gives the mask that the whole frame has
    mask = np.unpackbits(part.arrays[f"frame{index}/masks"][0], count=33 * 33).reshape(33, 33)
    assert np.mean(mask != (maps[4].astype(int).sum(axis=0) >= 168)[cut]) < 2e-3


def test_the_busiest_region_has_most_outlines(explored, maps):
    part = scene_of(explored, choice=ExplorerSettings(region_px=32))
    y, x, _, _ = part.facts["frames"][part.facts["first"]]["region_in_frame"]
    labels = segment_frame(maps[4], SETTINGS)
    inside = np.pad(labels, 1, mode="edge")
    beside = [inside[1:-1, :-2], inside[1:-1, 2:], inside[:-2, 1:-1], inside[2:, 1:-1]]
    outline = (labels > 0) & np.any([labels != other for other in beside], axis=0)
    sums = {(t, s): outline[t : t + 32, s : s + 32].sum() for t in range(0, 30, 4) for s in range(0, 59, 4)}
    assert sums[y, x] == max(sums.values()) > 0


def test_a_rescaled_movie_is_shown_as_the_network_sees_it(explored, tmp_path):
    scene = scene_of(explored, "rescaled", "1", truth=explored / "GT")
    assert scene.facts["rescaled"]
    assert (scene.facts["pixel_size_um"], scene.facts["movie_pixel_size_um"]) == (0.4, 0.5)
    frame = scene.facts["frames"][0]
    assert frame["region_in_frame"] == [0, 0, 76, 112]
    movie = open_image(explored / "image.ome.zarr")
    seen = Rescaling((61, 90), (76, 112)).apply(movie.data[1, 1:2], 0, 0, 76)
    window = unpacked(scene.arrays["frame0/window"], frame["window_scale"], frame["window_offset"])
    y, x, height, width = frame["region"]
    step = frame["window_scale"][0]
    assert np.abs(window[:, y : y + height, x : x + width] - seen).max() <= 0.51 * step
    assert 0 < step < np.ptp(seen) / 60000
    # labels come from the stage's, at the movie's size, each pixel from the nearest
    labels = segment_frame(stage_maps(explored, tmp_path / "maps.zarr", "rescaled", "1")[1], SETTINGS)
    rows = [min(60, max(0, round((row + 0.5) * 61 / 76 - 0.5))) for row in range(76)]
    columns = [min(89, max(0, round((column + 0.5) * 90 / 112 - 0.5))) for column in range(112)]
    np.testing.assert_array_equal(scene.arrays["frame0/labels"], labels[rows][:, columns])
    assert scene.arrays["frame0/truth"].shape == (76, 112)


def test_limits_are_those_of_the_whole_movie(explored, scene):
    quantiles = open_image(explored / "image.ome.zarr").attributes["statistics"][1]["quantiles"]
    for frame in scene.facts["frames"]:
        assert (frame["black"][1], frame["white"][1]) == (quantiles["1"], quantiles["99.8"])
        assert frame["scale"][1] == pytest.approx(1 / (quantiles["99.8"] - quantiles["1"]), rel=1e-6)


def test_a_network_s_connections_are_switched_in_all_ways():
    assert combinations_of(Architecture(depth=1)) == [(True,), (False,)]
    ways = combinations_of(Architecture(depth=4, skips=(True, False, True, True)))
    assert (ways[0], ways[-1], len(set(ways))) == ((True, False, True, True), (False,) * 4, 8)
    deep = combinations_of(Architecture(depth=7, base_width=1))
    assert len(set(deep)) == 64
    assert all(way[6] for way in deep)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"choice": ExplorerSettings(frame=8)}, "explorer.frame is 8, but the movie's frames are 0 to 7"),
        ({"choice": ExplorerSettings(region=[61, 5])}, "explorer.region: 61 lies outside of the movie's 61 pixels"),
        ({"channel": "0"}, "the model takes 2 channels, and the sheet names 1"),
        ({"channel": "2, 1"}, "channel '2' is not in the movie"),
    ],
)
def test_what_is_not_in_the_movie_is_refused(explored, changes, expected):
    with pytest.raises(UserError, match=expected.replace("[", r"\[")):
        scene_of(explored, **changes)


def test_truth_of_another_size_is_refused(explored, tmp_path):
    (tmp_path / "SEG").mkdir()
    tifffile.imwrite(tmp_path / "SEG" / "man_seg000.tif", np.zeros((60, 90), np.uint16))
    with pytest.raises(UserError, match=r"man_seg000.tif: is 60 x 90 px, and the movie's frames are 61 x 90 px"):
        scene_of(explored, truth=tmp_path)
