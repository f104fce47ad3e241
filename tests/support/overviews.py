"""Small experiments with tables as the stages write them, and their report page."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from reported import carried
from sidewinder.report.experiment.page import write_experiment_report
from sidewinder.store import write_image, write_labels
from sidewinder.tables import collect_experiment

# as a sheet may have it: it must stay text
EVIL = '</script><script>document.title="stolen"</script><img src=x onerror=alert(1)><b>{{style}}'
N_FRAMES, INTERVAL_S = 24, 300.0
# of each movie its condition and how fast its cells are, in um a frame; bad has failed, late was not begun
MOVIES = {
    "a1": ("control", 1.0), "a2": ("control", 1.2), "a3": ("control", 0.9), "a4": ("control", 1.1),
    "b1": ("drug", 2.0), "b2": ("drug", 2.4), "c1": (EVIL, 1.0), "bad": ("drug", None), "late": ("control", None),
}  # fmt: skip
WARNED = "movie,kind,first_frame,last_frame,message\na2,giant_object,3,3,large\na2,no_cells,0,5,{}\n"
BEFORE = {"preprocess": "", "infer": "preprocess", "instances": "infer", "track": "instances"}


@dataclass(frozen=True)
class Overview:
    """A page that has been written, and what of.

    Parameters
    ----------
    page : Path
        The file.
    cells, lineage : DataFrame
        The tables of all movies.
    facts : dict
        What the page knows.
    """

    page: Path
    cells: pd.DataFrame
    lineage: pd.DataFrame
    facts: dict[str, Any]

    def movie(self, name: str) -> dict[str, Any]:
        """What the page says of a movie."""
        return next(one for one in self.facts["movies"] if one["movie"] == name)

    def groups(self, column: str) -> dict[str, Any]:
        """What the page says of the groups of a column."""
        return next(one for one in self.facts["columns"] if one["name"] == column)


def overview(folder: Path, movies: Mapping[str, tuple[str, float | None]] = MOVIES) -> Overview:
    """Write an experiment's tables and its page."""
    done = [movie for movie, (_, step_um) in movies.items() if step_um]
    for index, movie in enumerate(done):
        _write_movie(folder / movie, index, movies[movie][1])
    (folder / "a2" / "warnings.csv").write_text(WARNED.format(EVIL))
    (folder / "a1" / "scores.csv").write_text("movie,SEG,DET,TRA\na1,0.875,0.99,0.98\n")
    rows = [{"movie": movie, "condition": condition} for movie, (condition, _) in movies.items()]
    tables = [folder / name for name in ("experiment.parquet", "experiment_lineage.parquet", "summary.csv")]
    files = {name: [folder / movie / name for movie in done] for name in ("movie.ome.zarr", "warnings.csv")}
    collect_experiment(
        rows, movies=files["movie.ome.zarr"], tracks=[folder / movie / "tracks.parquet" for movie in done],
        lineages=[folder / movie / "lineage.csv" for movie in done], scores=[folder / "a1" / "scores.csv"],
        warnings=[folder / "a2" / "warnings.csv"], experiment_parquet=tables[0], lineage_parquet=tables[1],
        summary_csv=tables[2], with_csv=False,
        not_done={"bad": ("failed", "bad.tif: is cut off"), "late": ("missing", "not begun")},
    )  # fmt: skip
    _write_benchmarks(folder / "benchmarks")
    write_experiment_report(
        rows, summary_csv=tables[2], experiment_parquet=tables[0], lineage_parquet=tables[1],
        movies=files["movie.ome.zarr"], warnings=[path for path in files["warnings.csv"] if path.exists()],
        benchmarks=folder / "benchmarks", before=BEFORE, with_csv=False, output=folder / "report.html",
    )  # fmt: skip
    facts = json.loads(carried(folder / "report.html", "facts"))
    return Overview(folder / "report.html", pd.read_parquet(tables[0]), pd.read_parquet(tables[1]), facts)


def _write_movie(folder: Path, seed: int, step_um: float) -> None:
    """A movie with its tables: cells that walk at random, and divide after about 8 frames, or not."""
    rng = np.random.default_rng(seed)
    labels = np.zeros((N_FRAMES, 40, 40), np.uint16)
    labels[:, 10:25, 10:25] = 1
    light = (labels[:, None] * 900 + 100).astype(np.uint16)
    write_image(
        folder / "movie.ome.zarr", light, n_frames=N_FRAMES, shape_cyx=(1, 40, 40), dtype=np.uint16,
        pixel_size_um=0.5, frame_interval_s=INTERVAL_S, channel_names=["GFP"], attributes={},
    )  # fmt: skip
    write_labels(folder / "movie.ome.zarr", labels, largest_label=1)
    cells, tracks, waiting = [], [], [(0, 0)] * (3 + seed % 2)
    while waiting:
        mother, first = waiting.pop(0)
        life = int(rng.integers(6, 11))
        seen = min(life, N_FRAMES - first)
        track, divides = len(tracks) + 1, seen == life and first + life < N_FRAMES and rng.random() < 0.8
        frames = first + np.arange(seen)
        frames = frames[(rng.random(seen) > 0.1) | (frames == first) | (frames == frames[-1])]
        places = 100 + np.cumsum(rng.normal(0, step_um, (seen, 2)), axis=0)[frames - first]
        named = dict(zip(("y_drift_corrected_um", "x_drift_corrected_um"), places.T, strict=True))
        cells.append(pd.DataFrame({"track_id": track, "frame": frames, "time_s": frames * INTERVAL_S, **named}))
        tracks.append(
            {
                "track_id": track, "lineage_id": track, "fate": "division" if divides else "end",
                "origin": "division" if mother else "start", "start_s": first * INTERVAL_S,
                "end_s": frames[-1] * INTERVAL_S, "cycle_s": seen * INTERVAL_S if divides and mother else None,
                "cycle_censored": not (divides and mother), "mean_speed_um_per_s": step_um / INTERVAL_S * rng.random(),
                "diffusion_um2_per_s": rng.random(), "msd_exponent": 1 + rng.normal() / 9,
            }
        )  # fmt: skip
        waiting += [(track, first + life)] * 2 * divides
    pd.concat(cells).to_parquet(folder / "tracks.parquet", index=False)
    pd.DataFrame(tracks).to_csv(folder / "lineage.csv", index=False)


def _write_benchmarks(folder: Path) -> None:
    """Jobs of two movies: one of two blocks, and one whose label images are the user's own."""
    for name, took_s, memory_mb, ended in (
        ("preprocess/a1", 10, 100, 1010), ("preprocess/a2", 20, 300, 1030), ("infer/a1-0", 5, 800, 1020),
        ("infer/a1-1", 15, "NA", 1035), ("instances/a1-0", 2, 60, 1026), ("instances/a1-1", 3, 60, 1040),
        ("instances/a2-0", 1, 60, 1041), ("track/a1", 1, 50, 1041), ("simulate/a1", 1, 1, 1),
    ):  # fmt: skip
        path = folder / f"{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"s\th:m:s\tmax_rss\n{took_s}\t0:00:01\t{memory_mb}\n")
        os.utime(path, (ended, ended))
    (folder / "track" / "a2.tsv").write_text("")
