"""What the page knows of the movie and its tables, as JSON has it."""

import csv
from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from sidewinder.errors import UserError
from sidewinder.pixel_size import height_and_width_um
from sidewinder.plausibility.warning import KINDS
from sidewinder.preprocess import channel_indices
from sidewinder.report.movie.columns import N_STEPS, Steps
from sidewinder.report.movie.edited import corrected_stretches
from sidewinder.report.movie.fitting import Fit
from sidewinder.report.movie.images import Contrast
from sidewinder.report.movie.series import counts_of, measures, over_time, track_lengths
from sidewinder.report.movie.tables import Tables
from sidewinder.report.movie.uncertain import UNCERTAIN_BELOW, uncertain_places
from sidewinder.report.region import region_outlines
from sidewinder.store.image import Image

# columns of the table of warnings
WARNED = ("kind", "first_frame", "last_frame", "message")


def read_warnings(path: str | Path) -> list[dict[str, Any]]:
    """The table of warnings, the worst first; a UserError where it was altered."""
    try:
        with open(path, newline="", encoding="utf-8") as file:
            found = [
                {"kind": kind, "first": int(first), "last": int(last), "message": message}
                for kind, first, last, message in map(itemgetter(*WARNED), csv.DictReader(file))
            ]
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        what = f"has no column {error.args[0]}" if isinstance(error, KeyError) else f"cannot be read ({error})"
        raise UserError(f"{path}: {what}; it was altered: remove it and run again") from error
    severity = {kind: place for place, kind in enumerate(KINDS)}
    return sorted(found, key=lambda one: (severity.get(one["kind"], len(severity)), one["first"]))


def facts_of_movie(image: Image, contrasts: Sequence[Contrast], channel: str, fitted: Fit) -> dict[str, Any]:
    """The movie: its frames, its scales and its channels, of which one is shown first."""
    times_s, size_um = image.times_s, image.pixel_size_um
    height_um, width_um = (None, None) if size_um is None else height_and_width_um(size_um, image.pixel_aspect)
    return {
        "n_frames": image.data.shape[0],
        "frames": list(fitted.frames),
        "times_s": None if times_s is None else [round(float(times_s[frame]), 3) for frame in fitted.frames],
        "pixel_size_um": width_um,
        "pixel_height_um": height_um,
        "shape": list(image.data.shape[2:]),
        "picture_shape": list(fitted.shape),
        "region": [line.round(1).tolist() for line in region_outlines(image, fitted.shape)],
        "channel": channel_indices(image.channel_names, channel)[0],
        "channels": [
            {"name": name, "low": contrast.low, "high": contrast.high}
            for name, contrast in zip(image.channel_names, contrasts, strict=True)
        ],
    }


def facts_of_tables(tables: Tables, steps: Sequence[Steps], n_frames: int) -> dict[str, Any]:
    """What is counted and listed, and what the columns on the page mean."""
    places, n_places = uncertain_places(tables.cells, tables.lineage)
    stretches, n_stretches = corrected_stretches(tables.cells)
    return {
        "columns": [step.facts(name) for name, step in zip(tables.columns, steps, strict=True)],
        "counts": counts_of(tables.cells, tables.lineage),
        "measures": measures(tables.cells),
        "series": over_time(tables.cells, tables.lineage, n_frames),
        "lengths": track_lengths(tables.lineage),
        "uncertain": places,
        "n_uncertain": n_places,
        "uncertain_below": UNCERTAIN_BELOW,
        "edited": stretches,
        "n_edited": n_stretches,
    }


def what_is_reduced(image: Image, tables: Tables, fitted: Fit) -> list[str]:
    """What of the movie and its tables the page does not have."""
    (height, width), (old_height, old_width) = fitted.shape, image.data.shape[2:]
    said = [f"Pictures have 8 bits and are lossy (WebP, quality {fitted.quality})."]
    if fitted.shape != image.data.shape[2:]:
        square = "" if image.pixel_aspect == 1 else ", so that pixels are square"
        said.append(
            f"Pictures and outlines have {width} × {height} px{square}; the movie has {old_width} × {old_height} px."
        )
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
