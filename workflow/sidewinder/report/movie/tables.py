"""The tables as the page has them: arrays of tracks, and of their cells in the frames that are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from sidewinder.report.movie.coding import coded
from sidewinder.report.movie.columns import Steps, chosen_columns
from sidewinder.report.movie.fitting import Fit
from sidewinder.report.movie.series import measures
from sidewinder.store.table import read_frame

FATES = ("division", "left", "lost", "end")
WHOLE = ("track_id", "parent_track_id", "lineage_id", "generation", "first_frame", "last_frame", "n_frames")
SCORES = ("division_score", "min_link_score")
# eighths of a pixel of the pictures
PARTS_OF_PX = 8


@dataclass(frozen=True)
class Tables:
    """The movie's tables: cells with all columns that are needed, tracks, and the columns that the page has."""

    cells: pd.DataFrame
    lineage: pd.DataFrame
    columns: list[str]
    n_columns: int


def read_tables(tracks: str | Path, lineage: str | Path, columns: Literal["auto"] | Sequence[str]) -> Tables:
    """The tables, of the cells only the columns that are needed."""
    everything = read_frame(tracks)
    chosen = chosen_columns(everything, columns)
    needed = {
        "track_id",
        "frame",
        "y_px",
        "x_px",
        "repaired",
        "corrected",
        "link_score",
        "area_px",
        *measures(everything),
        *chosen,
    }
    cells = everything[[name for name in everything.columns if name in needed]]
    cells = cells.sort_values(["track_id", "frame"], ignore_index=True)
    table = pd.read_csv(lineage).sort_values("track_id", ignore_index=True)
    return Tables(cells, table, chosen, len(everything.columns))


def arrays_of_tracks(lineage: pd.DataFrame, shown: pd.DataFrame) -> dict[str, np.ndarray]:
    """Columns of the table of tracks, and `n_shown`: how many cells of each are shown."""
    n_shown = shown["track_id"].value_counts().reindex(lineage["track_id"], fill_value=0)
    return {
        **{name: lineage[name].to_numpy(np.int32) for name in WHOLE},
        **{name: lineage[name].to_numpy(np.float32) for name in SCORES},
        "fate": np.array([FATES.index(fate) for fate in lineage["fate"]], np.uint8),
        "n_shown": n_shown.to_numpy(np.int32),
    }


def arrays_of_cells(
    shown: pd.DataFrame, columns: Sequence[Steps], shape: tuple[int, int], fitted: Fit
) -> dict[str, np.ndarray]:
    """Of the cells that are shown, sorted by track and frame: place in `Fit.frames`, centre and chosen columns."""
    place = np.searchsorted(fitted.frames, shown["frame"])
    centres = {
        name: (shown[f"{name}_px"].to_numpy() + 0.5) * new / old * PARTS_OF_PX
        for name, old, new in zip("yx", shape, fitted.shape, strict=True)
    }
    return {
        "place": coded(place),
        **{name: coded(np.rint(np.clip(values, 0, 65535))) for name, values in centres.items()},
        **{f"column{index}": coded(column.steps) for index, column in enumerate(columns)},
    }
