"""Cells in the cells of another row of the sheet: which, how much of them, and how they compare."""

import numpy as np
import pandas as pd
import pytest

from sidewinder.errors import UserError
from sidewinder.store import write_image, write_labels
from sidewinder.within import largest_overlaps, match_within

N_FRAMES, SIDE_PX = 3, 40


def by_hand(inner: np.ndarray, outer: np.ndarray) -> dict[int, tuple[int, float]]:
    """For each label its partner and the share, pixel by pixel."""
    found = {}
    for label in set(inner.ravel().tolist()) - {0}:
        counts: dict[int, int] = {}
        for own, other in zip(inner.ravel().tolist(), outer.ravel().tolist(), strict=True):
            if own == label:
                counts[other] = counts.get(other, 0) + 1
        total = sum(counts.values())
        most = max((n for other, n in counts.items() if other), default=0)
        if most:
            found[label] = (min(other for other, n in counts.items() if other and n == most), most / total)
    return found


def labels(seed: int, n: int, size: int) -> np.ndarray:
    """Squares with gaps in their numbers, (T, Y, X); the later one lies on top."""
    rng = np.random.default_rng(seed)
    found = np.zeros((N_FRAMES, SIDE_PX, SIDE_PX), np.uint16)
    for frame in found:
        for label in 2 * rng.permutation(n)[: n - 1] + 1:
            y, x = rng.integers(0, SIDE_PX - size, 2)
            frame[y : y + size, x : x + size] = label
    return found


def test_the_largest_overlap_is_that_of_every_pixel_counted():
    for seed in range(20):
        inner, outer = labels(seed, 9, 6)[0], labels(seed + 100, 5, 14)[0]
        found = largest_overlaps(inner, outer)
        assert found["track_id"].is_monotonic_increasing
        table = {one.track_id: (one.within_track_id, one.within_share) for one in found.itertuples()}
        assert table == by_hand(inner, outer)


def test_of_two_alike_it_is_the_smaller_number():
    inner, outer = np.full((2, 4), 3, np.uint8), np.array([[7, 7, 2, 2]] * 2, np.uint16)
    assert largest_overlaps(inner, outer).to_numpy().tolist() == [[3, 2, 0.5]]
    assert largest_overlaps(inner, np.zeros_like(outer)).empty
    assert largest_overlaps(np.zeros_like(inner), outer).empty


def published(folder, name: str, found: np.ndarray, **columns: float) -> dict[str, object]:
    """A published movie and its table, in which what is measured is `columns` times the track_id."""
    folder = folder / name
    folder.mkdir()
    write_image(
        folder / "movie.ome.zarr", found[:, None], n_frames=len(found), shape_cyx=(1, *found.shape[1:]),
        dtype=found.dtype, pixel_size_um=None, frame_interval_s=None, channel_names=["0"], attributes={},
    )  # fmt: skip
    write_labels(folder / "movie.ome.zarr", found, largest_label=99)
    pairs = [(track, frame) for frame in range(len(found)) for track in np.unique(found[frame]) if track]
    table = pd.DataFrame(sorted(pairs), columns=["track_id", "frame"]).astype("int64")
    table.insert(0, "movie", name)
    table.insert(1, "cell_id", [f"{name}_{track}" for track in table["track_id"]])
    area_px = [float((found[frame] == track).sum()) for track, frame in sorted(pairs)]
    measured = {name: by * table["track_id"] for name, by in columns.items()}
    table = table.assign(area_px=area_px, y_px=1.0, **measured)
    table.astype({"movie": "str", "cell_id": "str"}).to_parquet(folder / "tracks.parquet")
    return {"movie": folder / "movie.ome.zarr", "tracks": folder / "tracks.parquet"}


def matched(tmp_path, inner, outer) -> pd.DataFrame:
    others = {f"outer_{key}": path for key, path in outer.items()}
    match_within(**inner, **others, output_parquet=tmp_path / "w.parquet", output_csv=tmp_path / "w.csv")
    return pd.read_parquet(tmp_path / "w.parquet")


def test_each_cell_has_a_row_with_its_partner_and_the_ratios(tmp_path):
    inside, around = labels(1, 9, 6), labels(2, 4, 16)
    inner = published(tmp_path, "nuclei", inside, mean_GFP=3.0, mean_own=1.0, background_GFP=1.0)
    outer = published(tmp_path, "cells", around, mean_GFP=2.0, sum_own=1.0, background_GFP=1.0)
    table = matched(tmp_path, inner, outer)
    names = ["movie", "cell_id", "track_id", "frame", "within_cell_id", "within_track_id", "within_share"]
    assert list(table.columns) == [*names, "ratio_area_px", "ratio_mean_GFP"]
    cells = pd.read_parquet(inner["tracks"])
    assert table[["cell_id", "track_id", "frame"]].equals(cells[["cell_id", "track_id", "frame"]])
    expected = [by_hand(inside[frame], around[frame]) for frame in range(N_FRAMES)]
    alone = 0
    for one in table.itertuples():
        partner, share = expected[one.frame].get(one.track_id, (0, 0.0))
        assert (one.within_track_id, one.within_share) == (partner, share)
        assert one.within_cell_id == (f"cells_{partner}" if partner else "")
        if partner:
            area_px = [(inside[one.frame] == one.track_id).sum(), (around[one.frame] == partner).sum()]
            assert one.ratio_area_px == area_px[0] / area_px[1]
            assert one.ratio_mean_GFP == pytest.approx(1.5 * one.track_id / partner)
        else:
            alone += 1
            assert np.isnan([one.ratio_area_px, one.ratio_mean_GFP]).all()
    assert 0 < alone < len(table)
    text = pd.read_csv(tmp_path / "w.csv", keep_default_na=False, na_values={"ratio_area_px": "", "ratio_mean_GFP": ""})
    pd.testing.assert_frame_equal(text, table, check_dtype=False, rtol=1e-7)


def test_movies_without_cells_have_an_empty_table_or_no_partners(tmp_path):
    some, none = labels(1, 4, 6), np.zeros((N_FRAMES, SIDE_PX, SIDE_PX), np.uint16)
    inner, outer = published(tmp_path, "a", some, mean_0=1.0), published(tmp_path, "b", none, mean_0=1.0)
    table = matched(tmp_path, inner, outer)
    assert len(table) == len(pd.read_parquet(inner["tracks"]))
    assert table["within_track_id"].tolist() == [0] * len(table)
    assert table["ratio_mean_0"].isna().all()
    turned = matched(tmp_path, outer, inner)
    assert turned.empty
    assert turned.dtypes.tolist() == table.dtypes.tolist()


def test_a_division_by_zero_is_empty(tmp_path):
    same = labels(3, 4, 8)
    inner = published(tmp_path, "a", same, corrected_sum_0=1.0)
    table = matched(tmp_path, inner, published(tmp_path, "b", same, corrected_sum_0=0.0))
    assert table["ratio_corrected_sum_0"].isna().all()
    assert set(table["ratio_area_px"]) == set(table["within_share"]) == {1.0}


def test_movies_of_other_frames_are_refused(tmp_path):
    inner, outer = published(tmp_path, "a", labels(1, 4, 6)), published(tmp_path, "b", labels(1, 4, 6)[:2])
    with pytest.raises(UserError) as refused:
        matched(tmp_path, inner, outer)
    assert str(refused.value) == (
        f"{inner['movie']} has 3 frames of 40 x 40 px (height x width), but {outer['movie']}, which column within "
        "names, has 2 frames of 40 x 40 px (height x width); both rows of the sheet must be of one raw movie, with the "
        "same path, position, frames and z"
    )
    assert not (tmp_path / "w.parquet").exists()
