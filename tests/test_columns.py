"""`docs/tables.md` describes the columns that the tables have: all of them, in their order, and no others."""

import csv
import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from outputs import track_outputs
from sidewinder import evaluate, names
from sidewinder.joined import lineage_schema
from sidewinder.measure import measure_frame
from sidewinder.sheet import RESULT_COLUMNS
from sidewinder.store import write_image, write_stack
from sidewinder.tables import collect_experiment
from sidewinder.track import track_movie

CHANNELS = ("GFP", "DAPI")
MEASURED_BY_CHANNEL = re.compile(rf"_({'|'.join(CHANNELS)})$")
# a movie's name, and what the sheet says beside
SHEET = {"movie": "m", "dose": "0.5"}


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> dict[str, list[str]]:
    """The columns of every table, as stages write them."""
    results = tmp_path_factory.mktemp("results")
    folder = results / "m"
    folder.mkdir()
    labels, image = np.eye(40, dtype=np.int32), np.ones((2, 40, 40), np.uint8)
    cells = measure_frame(labels, image, CHANNELS)
    cells.insert(0, "frame", 0)
    cells.to_parquet(folder / "cells.parquet")
    size = {"n_frames": 1, "shape_cyx": image.shape, "dtype": np.uint8, "attributes": {}}
    scale = {"pixel_size_um": None, "frame_interval_s": None}
    write_image(folder / "movie.ome.zarr", image[None], channel_names=list(CHANNELS), **size, **scale)
    stack = {"n_frames": 1, "frame_shape": labels.shape, "dtype": np.uint32}
    blocks = {"first_frame": 0, "n_frames": 1, "block": 0, "n_blocks": 1}
    write_stack(folder / "labels.zarr", [labels.astype(np.uint32)], **stack, attributes=blocks)
    inputs = {"cells": [folder / "cells.parquet"], "labels": [folder / "labels.zarr"]}
    track_movie(**inputs, image=folder / "movie.ome.zarr", **track_outputs(folder), movie="m", settings={}, measure={})
    scores = ["movie", *evaluate.COLUMNS]
    (folder / "scores.csv").write_text(f"{','.join(scores)}\n{'m' + ',' * (len(scores) - 1)}\n")
    names = {"movies": "movie.ome.zarr", "tracks": "tracks.parquet", "lineages": "lineage.csv", "scores": "scores.csv"}
    tables = {
        "experiment_parquet": results / "experiment.parquet",
        "lineage_parquet": results / "experiment_lineage.parquet",
        "summary_csv": results / "summary.csv",
        "with_csv": False,
    }
    collect_experiment([SHEET], **{name: [folder / file] for name, file in names.items()}, **tables)
    return {
        "tracks": _of_channels(pq.read_schema(folder / "tracks.parquet").names),
        "lineage": _header(folder / "lineage.csv"),
        "experiment": _of_channels(pq.read_schema(tables["experiment_parquet"]).names),
        "experiment_lineage": pq.read_schema(tables["lineage_parquet"]).names,
        "summary": _header(tables["summary_csv"]),
        "scores": scores,
    }


@pytest.fixture(scope="module")
def documented(checkout) -> dict[str, list[str]]:
    """The columns of every section that has a table: what stands in code in its first column."""
    sections = re.split(r"^## ", (checkout / "docs" / "tables.md").read_text(), flags=re.MULTILINE)[1:]
    rows = {section.split(".")[0]: re.findall(r"^\| (`.*?) \|", section, flags=re.MULTILINE) for section in sections}
    return {name: re.findall(r"`([^`]+)`", " ".join(cells)) for name, cells in rows.items()}


def _header(path: Path) -> list[str]:
    with open(path, newline="", encoding="utf-8") as file:
        return next(csv.reader(file))


def _of_channels(names: list[str]) -> list[str]:
    """Columns of channels by their pattern; all channels have the same."""
    patterns = [MEASURED_BY_CHANNEL.sub("_{channel}", name) for name in names]
    assert all(patterns.count(name) == (len(CHANNELS) if "{channel}" in name else 1) for name in patterns)
    return list(dict.fromkeys(patterns))


@pytest.mark.parametrize("table", ["tracks", "lineage", "scores"])
def test_all_columns_are_documented_and_no_others(written, documented, table):
    assert documented[table] == written[table]


def test_the_summary_is_documented_with_scores_from_first_to_last(written, documented):
    scores = written["scores"][1:]
    *counts, first, last = [name for name in documented["summary"] if name != "scores.csv"]
    assert [first, last] == [scores[0], scores[-1]]
    assert written["summary"] == ["movie", "dose", *counts[1:], *scores]


def test_the_experiment_has_the_columns_of_tracks_and_sheet(written):
    assert written["experiment"] == ["movie", "dose", *written["tracks"][1:]]
    assert written["experiment_lineage"] == ["movie", "dose", *written["lineage"][1:]]


def test_the_lineage_of_all_is_typed():
    schema = lineage_schema(["movie", *names.LINEAGE_COLUMNS])
    types = {field.name: str(field.type) for field in schema}
    assert {name for name, kind in types.items() if kind == "int64"} == names.LINEAGE_WHOLE
    assert {name for name, kind in types.items() if kind == "string"} == names.LINEAGE_TEXTS
    assert [name for name, kind in types.items() if kind == "bool"] == ["cycle_censored"]
    assert len({*types.values()}) == 4


def test_columns_are_those_that_are_named(written):
    tracks = [name for name in written["tracks"] if "{channel}" not in name]
    assert tracks == ["movie", *names.TRACK_COLUMNS]
    of_channels = [name.removesuffix("_{channel}") for name in written["tracks"] if "{channel}" in name]
    assert of_channels == [*names.STATISTICS]
    assert written["lineage"] == ["movie", *names.LINEAGE_COLUMNS]
    assert written["summary"] == ["movie", "dose", *names.OUTCOME, *names.COUNTS, *names.SCALES, *names.SCORES]


def test_the_sheet_may_not_use_what_tables_call_their_columns(written):
    used = {name for columns in written.values() for name in columns if "{channel}" not in name} - {*SHEET}
    # the sheet has columns of its own that say the scales
    assert used - {*names.SCALES} == RESULT_COLUMNS
