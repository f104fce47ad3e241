"""The report of the experiment: its numbers equal those of independent references, and every movie has a row."""

import base64
import io
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy import stats

from overviews import EVIL, MOVIES, N_FRAMES, overview
from sidewinder.errors import UserError
from sidewinder.report.experiment import groups
from sidewinder.report.experiment.curves import curves_of
from sidewinder.report.experiment.groups import facts_of_groups, facts_of_survival, grouped
from sidewinder.report.experiment.page import PAGE
from sidewinder.report.experiment.pictures import picture_of
from sidewinder.report.experiment.statistics import difference_of, mean_of, robust_z
from sidewinder.report.experiment.survival import Lives, Survival
from sidewinder.report.experiment.tables import OF_CELLS, OF_TRACKS, cells_by_movie
from sidewinder.report.experiment.values import MEASURES, Measured, measured, shown_measures
from sidewinder.report.one_file import PLACEHOLDER
from sidewinder.store import write_image, write_labels

DONE = [movie for movie, (_, step_um) in MOVIES.items() if step_um]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A page of nine movies, of which one has failed and one was not begun, in three conditions."""
    return overview(tmp_path_factory.mktemp("overview"))


def survival(lineage: pd.DataFrame) -> dict[float, float]:
    """Kaplan and Meier's product, age by age."""
    born = lineage[lineage["origin"] == "division"]
    ages = born["cycle_s"].fillna(born["end_s"] - born["start_s"]).to_numpy()
    divided, share, found = ~born["cycle_censored"].to_numpy(), 1.0, {}
    for age in np.unique(ages):
        share *= 1 - (divided & (ages == age)).sum() / (ages >= age).sum()
        found[float(age)] = share
    return found


def msd(cells: pd.DataFrame, lag: int) -> float:
    """Pair by pair, each track's mean first."""
    of_tracks = []
    for _, track in cells.groupby("track_id"):
        at = {row.frame: (row.y_drift_corrected_um, row.x_drift_corrected_um) for row in track.itertuples()}
        pairs = [np.square(np.subtract(at[frame + lag], at[frame])).sum() for frame in at if frame + lag in at]
        of_tracks += [np.mean(pairs)] if pairs else []
    return float(np.mean(of_tracks))


def test_every_movie_has_a_row_those_that_failed_too(made):
    assert [one["movie"] for one in made.facts["movies"]] == list(MOVIES)
    bad, late = made.movie("bad"), made.movie("late")
    assert (bad["state"], bad["reason"], bad["files"]) == ("failed", "bad.tif: is cut off", [])
    assert (late["state"], late["reason"]) == ("missing", "not begun")
    assert "values" not in bad
    a1, a2 = made.movie("a1"), made.movie("a2")
    assert a1["scores"] == {"SEG": 0.875, "DET": 0.99, "TRA": 0.98}
    assert a1["files"] == [
        "report.html", "tracks.parquet", "lineage.csv", "warnings.csv", "overlay.png", "scores.csv",
    ]  # fmt: skip
    # the worst first
    assert [(one["kind"], one["message"]) for one in a2["warnings"]] == [("no_cells", EVIL), ("giant_object", "large")]
    own = made.cells[made.cells["movie"] == "a1"]
    assert a1["cells"] == own.groupby("frame").size().reindex(range(N_FRAMES), fill_value=0).tolist()
    assert a1["counts"]["cells"] == len(own)
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(a1["picture"]))).convert("RGB")).astype(int)
    assert picture.shape == (40, 40, 3)
    assert picture[14:20, 14:20].min() > 180 > 60 > picture[30:, 30:].max()
    assert picture[10, 12, 0] - picture[10, 12, 2] > 60, "the outline of the cell is orange"


def test_division_times_are_by_kaplan_and_meier(made):
    n_known = 0
    for movie in DONE:
        expected = survival(made.lineage[made.lineage["movie"] == movie])
        median_s = next((age for age, share in expected.items() if share <= 0.5), None)
        assert made.movie(movie)["values"]["division_time_s"] == median_s
        n_known += median_s is not None
    assert 4 <= n_known
    for group in made.groups("condition")["groups"]:
        movies = [movie for movie in DONE if MOVIES[movie][0] == group["name"]]
        own = made.lineage[made.lineage["movie"].isin(movies)]
        expected, found = survival(own), group["survival"]
        drawn = dict(zip(found["age_s"], found["undivided"], strict=True))
        assert drawn == pytest.approx({age: expected[age] for age in drawn}, rel=1e-5)
        # no fall is left out, and the curve goes to the last age
        shares = [1.0, *expected.values()]
        falls = {age for (age, share), earlier in zip(expected.items(), shares, strict=False) if share < earlier}
        assert set(drawn) == falls | {max(expected)}
        assert found["divided"] == (~own["cycle_censored"]).sum()


def test_mean_squared_displacements_are_those_of_pairs_of_frames(made):
    lags_s = [300.0 * lag for lag in range(1, 10)]
    for movie in DONE:
        own, found = made.cells[made.cells["movie"] == movie], made.movie(movie)["msd"]
        assert [lag_s for lag_s, _ in found] == lags_s[: len(found)]
        for lag_s, value in found:
            assert value == pytest.approx(msd(own, round(lag_s / 300)), rel=1e-5)
    (control,) = (one for one in made.groups("condition")["groups"] if one["name"] == "control")
    lag_s, mean, low, high = control["msd"][1]
    values = [made.movie(movie)["msd"][1][1] for movie in DONE if MOVIES[movie][0] == "control"]
    interval = stats.ttest_1samp(values, 0).confidence_interval()
    assert (lag_s, mean, low, high) == (600, *(pytest.approx(one, rel=1e-4) for one in (np.mean(values), *interval)))


def test_movies_are_the_unit_of_statistics(made):
    values = {
        condition: [
            float(made.lineage.loc[made.lineage["movie"] == movie, "mean_speed_um_per_s"].mean())
            for movie in DONE
            if MOVIES[movie][0] == condition
        ]
        for condition in ("control", "drug", EVIL)
    }
    found = made.groups("condition")
    names = [group["name"] for group in found["groups"]]
    assert names == sorted([EVIL, "control", "drug"])
    for group in found["groups"]:
        n, mean, low, high = group["means"]["mean_speed_um_per_s"]
        own = values[group["name"]]
        assert (n, mean) == (len(own), pytest.approx(np.mean(own), rel=1e-5))
        if len(own) == 1:
            assert (low, high) == (None, None)
        else:
            assert [low, high] == pytest.approx(list(stats.ttest_1samp(own, 0).confidence_interval(0.95)), rel=1e-5)
    of_pairs = {(names[one], names[other]): rest for one, other, *rest in found["differences"]["mean_speed_um_per_s"]}
    welch = stats.ttest_ind(values["drug"], values["control"], equal_var=False).confidence_interval(0.95)
    difference = np.mean(values["drug"]) - np.mean(values["control"])
    assert of_pairs["control", "drug"] == pytest.approx([difference, *welch], rel=1e-4)
    # nothing is known of how movies of a condition with one movie differ
    assert of_pairs[EVIL, "control"][1:] == [None, None]
    sizes = {group["name"]: (group["n_movies"], group["n_measured"]) for group in found["groups"]}
    assert sizes == {"control": (5, 4), "drug": (3, 2), EVIL: (1, 1)}
    (whole,) = made.groups("")["groups"]
    assert (whole["n_movies"], whole["n_measured"], whole["means"]["tracks"][0]) == (9, 7, 7)


def test_intervals_of_few_and_equal_values():
    assert [mean_of([]).value, mean_of([3, np.nan]).value, mean_of([3]).low] == pytest.approx(
        [np.nan, 3, np.nan], nan_ok=True
    )
    assert np.isnan([mean_of([2, 2]).low, difference_of([2, 2], [1, 1]).low, difference_of([2], [1, 3]).high]).all()
    assert difference_of([2, 2], [1, 1]).value == 1
    assert np.isnan(difference_of([], [1, 3]).value)
    # one of the two does not vary
    other, found = mean_of([1, 3, 7]), difference_of([2, 2, 2], [1, 3, 7])
    assert (found.low, found.high) == pytest.approx((2 - other.high, 2 - other.low))


def test_speeds_are_in_pixels_where_no_movie_has_them_in_um():
    row, names = {"tracks": "2"}, ["mean_speed_px_per_frame", "diffusion_px2_per_frame", "mean_speed_um_per_s"]
    tracks = pd.DataFrame([[2.0, 5.0, np.nan], [4.0, 7.0, np.nan], [12.0, 9.0, np.nan]], columns=names)
    tracks = tracks.reindex(columns=[*OF_TRACKS])
    movie = measured(row, tracks, curves_of(pd.DataFrame(columns=[*OF_CELLS]), 3, None))
    shown = shown_measures([movie])
    assert shown[-3:] == ["mean_speed_px_per_frame", "diffusion_px2_per_frame", "msd_exponent"]
    assert [movie.values[name] for name in shown[-3:-1]] == [6, 7]
    known = measured(row, tracks.assign(mean_speed_um_per_s=[0.5, 1, 3]), movie.curves)
    assert shown_measures([movie, known])[-3:-1] == ["mean_speed_um_per_s", "diffusion_px2_per_frame"]
    assert shown_measures([])[-3:-1] == ["mean_speed_um_per_s", "diffusion_um2_per_s"]


def test_outliers_are_far_from_the_median():
    z = robust_z([1, 2, 3, 4, np.nan, 100])
    assert z[[0, 5]] == pytest.approx([-2 / 1.4826, 97 / 1.4826], rel=1e-4)
    assert np.isnan(z[4])
    assert np.isnan(robust_z([1, 2, 3, 400])).all(), "too few"
    assert np.isnan(robust_z([1, 1, 1, 1, 400])).all(), "nothing to compare with"


def test_movies_are_compared_with_those_of_their_group():
    lives, curves = Lives(np.zeros(0), np.zeros(0, bool)), curves_of(pd.DataFrame(columns=[*OF_CELLS]), 1, None)
    speeds = [1.0, 1.1, 0.9, 1.05, 3.0, 9.0, 9.1, 8.9, 9.2, 8.8, 1.0, 2.0]
    unknown = dict.fromkeys(MEASURES, np.nan)
    movies = [Measured({**unknown, "mean_speed_um_per_s": speed}, lives, curves) for speed in speeds]
    found = facts_of_groups({"slow": range(5), "fast": range(5, 10), "few": [10, 11, 12]}, [*movies, None])["outliers"]
    assert [(place, measure) for place, measure, _ in found] == [(4, "mean_speed_um_per_s")]
    assert found[0][2] == pytest.approx(1.95 / (1.4826 * 0.05), rel=1e-4)
    assert facts_of_groups({"": range(13)}, [*movies, None])["outliers"] == []


def test_time_memory_and_waiting(made):
    stages = {one.pop("stage"): one for one in made.facts["stages"]}
    assert list(stages) == ["preprocess", "infer", "instances", "track"]
    assert stages["preprocess"] == {
        "jobs": 2, "median_s": 15, "longest_s": 20, "sum_s": 30, "median_mb": 200, "most_mb": 300, "waited_s": None,
        "longest_wait_s": None,
    }  # fmt: skip
    infer = stages["infer"]
    assert (infer["jobs"], infer["most_mb"], infer["waited_s"], infer["longest_wait_s"]) == (2, 800, 7.5, 10)
    # a block waits for its own block; without the network, for the frames
    assert (stages["instances"]["waited_s"], stages["instances"]["longest_wait_s"]) == (4, 10)
    assert (stages["track"]["jobs"], stages["track"]["waited_s"]) == (1, 0)


def test_groups_are_in_the_order_of_numbers_and_too_many_are_not_compared(monkeypatch):
    rows = [{"dose": dose} for dose in ("10", "9", "", "high", "9")]
    assert grouped(rows, "dose") == {"9": [1, 4], "10": [0], "": [2], "high": [3]}
    monkeypatch.setattr(groups, "MOST_COMPARED", 3)
    found = facts_of_groups(grouped(rows, "dose"), [None] * 5)
    assert [one["n_measured"] for one in found["groups"]] == [0] * 4
    assert not any(found["differences"].values())


def test_long_curves_are_thinned_and_unknown_scales_have_no_displacements():
    frames = np.repeat(np.arange(1000), 3)
    names = ["time_s", "y_drift_corrected_um", "x_drift_corrected_um"]
    cells = pd.DataFrame({"track_id": 1, "frame": frames}).assign(**dict.fromkeys(names, np.nan))
    found = curves_of(cells, 1001, None)
    assert len(found.cells) == 77
    assert found.cells[:76].tolist() == [3] * 76
    assert found.cells[-1] == pytest.approx(3 * 12 / 13)
    assert len(found.msd_um2) == 0
    ages = np.arange(1.0, 1001)
    thinned = facts_of_survival(Survival(ages, 1 - ages / 2000))
    assert len(thinned["age_s"]) == groups.MOST_STEPS + 1
    assert (thinned["age_s"][0], thinned["undivided"][-1]) == (1, 0.5)


def test_movies_of_several_row_groups_are_whole(tmp_path):
    table = pd.DataFrame({"movie": list("aaaaabbc"), "track_id": 1, "frame": range(8)})
    table.to_parquet(tmp_path / "t.parquet", row_group_size=2)
    found = {movie: cells["frame"].tolist() for movie, cells in cells_by_movie(tmp_path / "t.parquet")}
    assert found == {"a": [0, 1, 2, 3, 4], "b": [5, 6], "c": [7]}
    (tmp_path / "t.parquet").write_text("cut off")
    with pytest.raises(UserError, match=re.escape(f"{tmp_path}/t.parquet: cannot be read (")):
        list(cells_by_movie(tmp_path / "t.parquet"))


def test_names_of_users_are_text_and_the_same_tables_give_the_same_bytes(made, tmp_path):
    text = made.page.read_text(encoding="utf-8")
    assert "<" not in re.search(r'id="facts">(.*?)</script>', text, re.DOTALL)[1]
    assert overview(tmp_path).page.read_bytes() == made.page.read_bytes()
    template = (PAGE / "page.html").read_text(encoding="utf-8")
    assert sorted(PLACEHOLDER.findall(template)) == ["facts", "script", "style"]
    order = (PAGE / "ORDER").read_text().split()
    assert {path.name for path in PAGE.glob("*.js")} == {name for name in order if not name.startswith("../../common/")}


@pytest.mark.long
def test_400_movies_are_a_page_below_20_mb(tmp_path):
    movies = {f"m{index}": (f"dose {index % 96}", 1.0) for index in range(398)}
    made = overview(tmp_path, {"a1": ("dose 1", 1.0), "a2": ("dose 1", 1.0), **movies})
    assert 500_000 < made.page.stat().st_size < 20_000_000
    assert len([one for one in made.facts["movies"] if one["picture"] and one["msd"]]) == 400
    assert len(made.groups("condition")["groups"]) == 96


def test_the_picture_is_of_the_segmented_channel_with_square_pixels(tmp_path):
    frames = np.zeros((3, 2, 40, 40), np.uint16)
    frames[:, 0, :20], frames[:, 1, :, :20] = 900, 900
    write_image(
        tmp_path / "m.ome.zarr", frames, n_frames=3, shape_cyx=(2, 40, 40), dtype=np.uint16, pixel_size_um=0.5,
        frame_interval_s=None, channel_names=["a", "b"], attributes={"segmented_channel": 1}, pixel_aspect=4.0,
    )  # fmt: skip
    write_labels(tmp_path / "m.ome.zarr", np.zeros((3, 40, 40), np.uint16), largest_label=1)
    picture = np.asarray(Image.open(io.BytesIO(picture_of(tmp_path / "m.ome.zarr"))).convert("L")).astype(int)
    assert picture.shape == (80, 20)
    assert picture[:, :8].min() > 200 > 60 > picture[:, 12:].max()
