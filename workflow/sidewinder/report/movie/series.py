"""What the page shows of the whole movie over time, from all rows of the tables."""

from typing import Any

import numpy as np
import pandas as pd

from sidewinder.report.one_file import rounded

N_LENGTHS = 24


def over_time(tracks: pd.DataFrame, lineage: pd.DataFrame, n_frames: int) -> dict[str, list[float | None]]:
    """Number of cells and of divisions in each frame, and quartiles of their areas and speeds.

    Parameters
    ----------
    tracks : DataFrame
        `frame`, and where known `area_um2`, `speed_um_per_s`, else `area_px`, `speed_px_per_frame`.
    lineage : DataFrame
        `last_frame, fate`.
    n_frames : int
        Of the movie.

    Returns
    -------
    dict of str to list
        `cells`, `divisions` (counted where the mother is last seen), and of each measure its quartiles
        `{column}_25`, `{column}_50` and `{column}_75`; None where there is no cell that has it.
    """
    divided = lineage.loc[lineage["fate"] == "division", "last_frame"]
    found = {"cells": _counted(tracks["frame"], n_frames), "divisions": _counted(divided, n_frames)}
    for column in measures(tracks):
        by_frame = tracks.groupby("frame")[column]
        for percent in (25, 50, 75):
            quartile = by_frame.quantile(percent / 100).reindex(range(n_frames))
            found[f"{column}_{percent}"] = [rounded(value) for value in quartile]
    return found


def measures(tracks: pd.DataFrame) -> list[str]:
    """Area and speed, in um where they are known, of a table that may have only the columns that this names."""
    pairs = (("area_um2", "area_px"), ("speed_um_per_s", "speed_px_per_frame"))
    return [in_um if in_um in tracks and tracks[in_um].notna().any() else in_px for in_um, in_px in pairs]


def track_lengths(lineage: pd.DataFrame) -> dict[str, list[float | None]]:
    """How many tracks are how long: the edges of classes, in frames, and the number in each."""
    longest = max(int(lineage["n_frames"].max()), 1) if len(lineage) else 1
    width = -(-longest // N_LENGTHS)
    edges = np.arange(1, longest + width + 1, width)
    counts, _ = np.histogram(lineage["n_frames"], edges)
    return {"edges": edges.tolist(), "tracks": counts.tolist()}


def counts_of(tracks: pd.DataFrame, lineage: pd.DataFrame) -> dict[str, Any]:
    """How many cells, tracks, divisions and lineages, how many cells users have corrected, and how many were repaired
    from what."""
    repaired = tracks.loc[tracks["repaired"].fillna("") != "", "repaired"].value_counts()
    return {
        "cells": len(tracks),
        "tracks": len(lineage),
        "divisions": int((lineage["fate"] == "division").sum()),
        "lineages": int(lineage["lineage_id"].nunique()),
        "corrected": int(tracks["corrected"].sum()) if "corrected" in tracks else 0,
        "repaired": {str(kind): int(n) for kind, n in sorted(repaired.items(), key=str)},
    }


def _counted(frames: pd.Series, n_frames: int) -> list[float | None]:
    return np.bincount(frames.to_numpy(np.int64), minlength=n_frames)[:n_frames].tolist()
