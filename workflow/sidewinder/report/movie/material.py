"""All that the page is given: facts, arrays and pictures."""

import csv
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from sidewinder.plausibility.warning import KINDS
from sidewinder.preprocess import channel_indices
from sidewinder.report.movie.columns import N_STEPS, Steps, chosen_columns, in_steps
from sidewinder.report.movie.fitting import Fit, fit, frame_step
from sidewinder.report.movie.frames import arrays_of_outlines, pictures_of
from sidewinder.report.movie.images import Contrast, contrasts_of
from sidewinder.report.movie.origin import facts_of_model, facts_of_origin
from sidewinder.report.movie.series import counts_of, measures, over_time, track_lengths
from sidewinder.report.movie.tables import arrays_of_cells, arrays_of_tracks
from sidewinder.report.movie.uncertain import uncertain_places
from sidewinder.report.one_file import packed
from sidewinder.store import open_image, open_labels
from sidewinder.store.image import Image
from sidewinder.store.table import read_frame

# columns of the table of warnings
WARNED = ("kind", "first_frame", "last_frame", "message")


@dataclass(frozen=True)
class Material:
    """What goes into the page.

    Parameters
    ----------
    facts : dict
        What JSON can hold; `arrays` says where in the blob something lies.
    arrays : bytes
        Numbers, little-endian.
    pictures : bytes
        WebP files, one behind the other; the array `picture_bytes` has their lengths.
    """

    facts: dict[str, Any]
    arrays: bytes
    pictures: bytes


@dataclass(frozen=True)
class Tables:
    """The movie's tables: cells with all columns that are needed, tracks, and the columns that the page has."""

    cells: pd.DataFrame
    lineage: pd.DataFrame
    columns: list[str]
    n_columns: int


def gather(
    movie_zarr: str | Path,
    tracks: str | Path,
    lineage: str | Path,
    warnings: str | Path,
    *,
    movie: str,
    channel: str,
    columns: Literal["auto"] | Sequence[str],
    model: str | Path,
    row: Mapping[str, str],
    made: Sequence[Mapping[str, Any]],
) -> Material:
    """Gather the material of a movie; parameters as of `write_report`."""
    image, labels = open_image(movie_zarr), open_labels(movie_zarr)
    tables = _read_tables(tracks, lineage, columns)
    contrasts = contrasts_of(image)
    every = frame_step(image.data.shape[0], len(contrasts), len(tables.cells))
    shown = tables.cells[tables.cells["frame"] % every == 0].reset_index(drop=True)
    steps = [in_steps(shown[name]) for name in tables.columns]
    fixed = arrays_of_tracks(tables.lineage, shown)
    whole = Fit(tuple(range(0, labels.shape[0], every)), every, labels.shape[1:], 0)
    taken = packed(fixed | arrays_of_cells(shown, steps, labels.shape[1:], whole))[0]
    fitted = fit(image.data, labels, contrasts, every, len(gzip.compress(taken, 6)))
    pictures = pictures_of(image.data, contrasts, fitted)
    arrays = (
        fixed
        | arrays_of_cells(shown, steps, labels.shape[1:], fitted)
        | arrays_of_outlines(movie_zarr, labels, shown, fitted)
        | {"picture_bytes": np.array([len(picture) for picture in pictures], np.uint32)}
    )
    blob, index = packed(arrays)
    facts = {
        "movie": movie,
        **_facts_of_movie(image, contrasts, channel, fitted),
        **_facts_of_tables(tables, steps, image.data.shape[0]),
        "warnings": _read_warnings(warnings),
        "reduced": _reduced(image, tables, fitted),
        "model": facts_of_model(model),
        "origin": facts_of_origin(movie, row, made),
        "arrays": index,
    }
    return Material(facts, blob, b"".join(pictures))


def _read_tables(tracks: str | Path, lineage: str | Path, columns: Literal["auto"] | Sequence[str]) -> Tables:
    """The tables, of the cells only the columns that are needed."""
    everything = read_frame(tracks)
    chosen = chosen_columns(everything, columns)
    needed = {"track_id", "frame", "y_px", "x_px", "repaired", "link_score", *measures(everything), *chosen}
    cells = everything[[name for name in everything.columns if name in needed]]
    cells = cells.sort_values(["track_id", "frame"], ignore_index=True)
    table = pd.read_csv(lineage).sort_values("track_id", ignore_index=True)
    return Tables(cells, table, chosen, len(everything.columns))


def _read_warnings(path: str | Path) -> list[dict[str, Any]]:
    """The table of warnings, the worst first."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = [
        {"kind": kind, "first": int(first), "last": int(last), "message": message}
        for kind, first, last, message in map(itemgetter(*WARNED), rows)
    ]
    severity = {kind: place for place, kind in enumerate(KINDS)}
    return sorted(found, key=lambda one: (severity.get(one["kind"], len(severity)), one["first"]))


def _facts_of_movie(image: Image, contrasts: Sequence[Contrast], channel: str, fitted: Fit) -> dict[str, Any]:
    times_s = image.times_s
    return {
        "n_frames": image.data.shape[0],
        "frames": list(fitted.frames),
        "times_s": None if times_s is None else [round(float(times_s[frame]), 3) for frame in fitted.frames],
        "pixel_size_um": image.pixel_size_um,
        "shape": list(image.data.shape[2:]),
        "picture_shape": list(fitted.shape),
        "channel": channel_indices(image.channel_names, channel)[0],
        "channels": [
            {"name": name, "low": contrast.low, "high": contrast.high}
            for name, contrast in zip(image.channel_names, contrasts, strict=True)
        ],
    }


def _facts_of_tables(tables: Tables, steps: Sequence[Steps], n_frames: int) -> dict[str, Any]:
    places, n_places = uncertain_places(tables.cells, tables.lineage)
    return {
        "columns": [step.facts(name) for name, step in zip(tables.columns, steps, strict=True)],
        "counts": counts_of(tables.cells, tables.lineage),
        "measures": measures(tables.cells),
        "series": over_time(tables.cells, tables.lineage, n_frames),
        "lengths": track_lengths(tables.lineage),
        "uncertain": places,
        "n_uncertain": n_places,
    }


def _reduced(image: Image, tables: Tables, fitted: Fit) -> list[str]:
    """What of the movie and its tables the page does not have."""
    (height, width), (old_height, old_width) = fitted.shape, image.data.shape[2:]
    said = [f"Pictures have 8 bits and are lossy (WebP, quality {fitted.quality})."]
    if fitted.shape != image.data.shape[2:]:
        said.append(f"Pictures and outlines have {width} × {height} px; the movie has {old_width} × {old_height} px.")
    if fitted.every > 1:
        said.append(
            f"Frames, outlines and curves are shown of {len(fitted.frames)} of the {image.data.shape[0]} frames: one "
            f"in {fitted.every}. The charts of the whole movie, warnings and lineages are made from all frames."
        )
    said.append(
        f"Of the {tables.n_columns} columns of tracks.csv the page has {len(tables.columns)} (report.columns in the "
        f"config), each in at most {N_STEPS} steps between its smallest and its largest value."
    )
    return said
