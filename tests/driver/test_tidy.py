"""What of the results can be deleted."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from sidewinder.driver import lock, tidy
from sidewinder.errors import UserError
from sidewinder.plan import Plan
from sidewinder.sheet import Row

PAGE = 4096
WORK = ("image.ome.zarr", "maps-0.zarr", "labels-0.zarr", "cells-0.parquet", "uncertainty-0.npy", "notes.txt")


def write(path: str) -> None:
    """A folder with a file of a page, or such a file."""
    file = Path(path, "0") if path.endswith(("zarr", "ctc", "geff")) else Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(os.urandom(PAGE))


@pytest.fixture
def plan(tmp_path, monkeypatch) -> Plan:
    """Movie `a`, of which all is made, `b`, which is not done, and what is left of `gone`, whose folder was deleted."""
    monkeypatch.chdir(tmp_path)
    config = {"movies": "s.tsv", "results": "results", "exports": ["geff"], "infer": {"keep": True}}
    made = Plan({"a": Row(2, "a", "a.tif"), "b": Row(3, "b", "b.tif")}, config, Path("shipped"))
    for product in made.products():
        if product.startswith("a/"):
            write(f"results/{product}")
    for movie in ("a", "b", "gone"):
        for name in WORK:
            write(f"results/work/{movie}/{name}")
    return made


def there() -> set[str]:
    return {path.relative_to("results").as_posix() for path in Path("results").glob("work/*/*")}


def test_what_can_be_deleted_is_said_and_stays_until_told(plan):
    before = there()
    assert tidy.tidy(plan, "results", delete=False) == [
        "0.0041 MB in 1 of a: labels before tracking, which are made again of the maps if they are needed",
        "0.0205 MB in 5 of gone: intermediate files of movies that are not in the sheet and have no results",
        "snakemake tidy delete would free 0.0246 MB",
    ]
    assert there() == before
    assert tidy.tidy(plan, "results", delete=True)[-1] == "0.0246 MB are free now"
    gone = {f"work/gone/{name}" for name in WORK if name != "notes.txt"} | {"work/a/labels-0.zarr"}
    assert there() == before - gone
    assert tidy.tidy(plan, "results", delete=True)[0].startswith("nothing can be deleted")


def test_labels_stay_where_no_maps_could_make_them_again(plan):
    Path("results/work/a/maps-0.zarr").rename("elsewhere")
    assert not any("labels before" in line for line in tidy.tidy(plan, "results", delete=False))


def test_maps_go_where_the_config_does_not_keep_them_and_exports_that_nobody_asks_for(plan):
    write("results/a/ctc")
    write("results/work/a/maps-1.zarr")
    now = replace(plan, config={**plan.config, "infer": {"keep": False}, "exports": []})
    kinds = [line.split(": ", 1)[1] for line in tidy.tidy(now, "results", delete=True)[:-1]]
    assert kinds == [tidy.OF_EXPORTS, tidy.OF_MAPS, tidy.OF_BLOCKS, tidy.OF_OTHERS]
    assert not any(Path("results/a", name).exists() for name in ("ctc", "tracks.geff"))
    assert Path("results/work/a/labels-0.zarr").exists()
    assert not list(Path("results/work/a").glob("maps-*"))
    assert Path("results/work/b/maps-0.zarr").exists()


def test_truth_needs_the_masks(plan):
    write("results/a/ctc")
    write("results/a/scores.csv")
    scored = replace(plan, rows={"a": replace(plan.rows["a"], truth="01_GT")})
    assert not any(tidy.OF_EXPORTS in line for line in tidy.tidy(scored, "results", delete=False))


def test_files_that_have_another_name_free_nothing(plan):
    os.link("results/work/gone/cells-0.parquet", "another")
    assert "0.0164 MB in 5 of gone: " + tidy.OF_OTHERS in tidy.tidy(plan, "results", delete=False)


@pytest.mark.case("machine", "results are to be tidied while a run is going on")
def test_nothing_is_deleted_beside_a_run(plan, monkeypatch, shown):
    monkeypatch.setattr(lock, "holder", lambda results: "process 7 on node")
    before = there()
    with pytest.raises(UserError, match=r"a run is going on \(process 7 on node\): nothing is deleted") as caught:
        tidy.tidy(plan, "results", delete=True)
    shown(str(caught.value), 1)
    assert there() == before
