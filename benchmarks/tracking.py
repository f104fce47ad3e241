"""Trackers side by side on the same cells: links, divisions, the challenge's measures, time and memory.

    python benchmarks/tracking.py [--python TRACKER=PYTHON ...] [set ...]

prints the tables of docs/measurements/tracking.md. Sets: real movies with their true masks (`SIM+`), the same masks
spoiled on purpose (`SIM+ spoiled`), and crowds of simulated points (`crowd 1000`); all of them by default. F1 is over
all links, those over gaps and from mothers to daughters included, and over divisions with both daughters right; TRA is
the Cell Tracking Challenge's, where there are masks. Each tracker runs in a process of its own, by `benchmarks/peers`,
in the Python that it is given, since some of them cannot share an environment:

    python3 -m venv btrack && btrack/bin/pip install btrack==0.6.5 pandas pyarrow
    python benchmarks/tracking.py --python btrack=btrack/bin/python

Whichever is not there is left out. Peers get the best of some settings for each set, which no user knows, Sidewinder
its defaults. Times are CPU seconds, without imports; who takes longer than `LIMIT_S` has no result.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from material import CHECKOUT

sys.path.insert(0, str(CHECKOUT / "tests" / "support"))

from lineages import Truth, f1, masks_of, named, of_crowd, of_real_movie
from sidewinder.evaluate import Matches, match_frame
from sidewinder.export.ctc import split_gaps
from sidewinder.link.points import Points
from sidewinder.link.search_range import search_range_of
from sidewinder.simulate.crowd import Crowd
from sidewinder.simulate.spoil import Damage

DATA = CHECKOUT.parent / "shared" / "data"
REAL = {
    "SIM+": "Fluo-N2DH-SIM+",
    "GOWT1": "Fluo-N2DH-GOWT1",
    "MSC": "Fluo-C2DL-MSC",
    "U373": "PhC-C2DH-U373",
    "PSC": "PhC-C2DL-PSC",
    "HeLa": "Fluo-N2DL-HeLa",
}
OF_LINEAGES = ("BIO", "OP_CLB")
# what a movie's truth does not allow to say: it has no or few divisions, or its parents are not the challenge's
UNSAID = dict.fromkeys(("GOWT1", "MSC", "U373"), OF_LINEAGES) | {"HeLa": ("divisions", "TRA", *OF_LINEAGES)}
CROWDS = {"crowd 1000": Crowd(1000), "crowd 5000": Crowd(5000)}
SETS = [*REAL, *(f"{name} spoiled" for name in REAL), *CROWDS]
LIMIT_S = 600


@dataclass(frozen=True)
class Tracker:
    """What to install, by what, and how it is run: settings for all sets, or for crowds alone."""

    install: str = ""
    settings: list[dict] = field(default_factory=lambda: [{}])
    in_crowds: list[dict] | None = None

    def settings_for(self, name: str) -> list[dict]:
        """The settings for a set."""
        return self.in_crowds if name in CROWDS and self.in_crowds is not None else self.settings


def of_btrack(update: str) -> list[dict]:
    """The published configuration, searching less and as far; one readier to end tracks; one that joins farther."""
    lost, far = {"prob_not_assign": 0.1}, {"dist_thresh": 80, "theta_dist": 10, "lambda_branch": 100}
    settings = ((0.5, {}, {}), (1.0, {}, {}), (1.0, lost, {}), (1.5, {}, far))
    return [{"update": update, "share": share, "motion": m, "hypotheses": h} for share, m, h in settings]


# shares are of the range that Sidewinder searches
TRACKERS = {
    "sidewinder": Tracker(),
    "trackpy": Tracker(),
    "laptrack": Tracker("laptrack==0.17.1 pyarrow", [{"share": share} for share in (0.7, 1.0, 1.4)]),
    "btrack": Tracker("btrack==0.6.5 pandas pyarrow", of_btrack("EXACT"), of_btrack("APPROXIMATE")),
    "motile": Tracker(
        "motile==1.0.1 ilpy==0.6.0 PySCIPOpt==6.3.0 scipy pandas pyarrow",
        [{"share": share, "split": split} for share, split in ((1.0, 0.25), (1.4, 0.25), (1.4, 0.5))],
        # a thousand cells take more than nine minutes
        [],
    ),
    "ultrack": Tracker(
        "ultrack==0.8.0 pyarrow",
        [{"share": share, "weight": weight} for share, weight in ((1.0, -0.001), (1.4, -0.01), (1.4, -0.1))],
        [],
    ),
}
OF_CHALLENGE = ["TRA", "LNK", "CT", "TF", "BC", "CCA"]
MEASURES = {
    "links": "F1 of links", "divisions": "F1 of divisions", "TRA": "TRA", "LNK": "LNK", "BIO": "BIO",
    "OP_CLB": "OP_CLB", "s": "CPU seconds", "MB": "MB",
}  # fmt: skip


def read(name: str) -> tuple[Truth, list[Matches], np.ndarray | None]:
    """The cells of a set; of a movie what they match in each frame, and the masks, int32 (frames, Y, X)."""
    if name in CROWDS:
        return of_crowd(CROWDS[name]), [], None
    movie, _, spoiled = name.partition(" ")
    folder, damage = DATA / REAL[movie], Damage() if spoiled else None
    pairs = list(masks_of(folder, damage))
    matches = [match_frame(true, found) for true, found in pairs]
    return of_real_movie(folder, damage), matches, np.stack([found for _, found in pairs])


def write(folder: Path, truth: Truth, masks: np.ndarray | None) -> None:
    """What the trackers are given."""
    cells = truth.cells.drop(columns="truth").sort_values(["frame", "label"], ignore_index=True)
    cells.to_parquet(folder / "cells.parquet", index=False)
    height, width = truth.recording.shape_yx
    range_px = search_range_of(Points.from_cells(cells, truth.recording.n_frames))
    movie = {"n_frames": truth.recording.n_frames, "height_px": height, "width_px": width, "search_range_px": range_px}
    (folder / "movie.json").write_text(json.dumps(movie))
    if masks is not None:
        np.save(folder / "labels.npy", masks)


def run(tracker: str, python: str, folder: Path, setting: dict) -> bool:
    """Track; whether it ended well and in time."""
    script = CHECKOUT / "benchmarks" / "peers" / f"by_{tracker}.py"
    result = subprocess.run(
        [python, script, folder, json.dumps(setting)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S)),
    )
    if result.returncode:
        print(f"{tracker} {setting} ended with {result.returncode}:\n{result.stdout[-1000:]}", file=sys.stderr)
    return result.returncode == 0


def score(truth: Truth, matches: list[Matches], folder: Path) -> dict[str, float]:
    """All measures of one run."""
    found = pd.read_parquet(folder / "tracks.parquet")
    parents = found[found["parent"] > 0].groupby("track")["parent"].first()
    cells = found.merge(truth.cells[["frame", "label", "truth"]], on=["frame", "label"], validate="one_to_one")
    edges, divisions = named(cells["frame"], cells["track"], cells["truth"], parents.to_dict())
    scores = {"links": f1(edges, truth.edges), "divisions": f1(divisions, truth.divisions)}
    if matches:
        scores |= challenge(truth, matches, found, parents)
    return scores | json.loads((folder / "used.json").read_text())


def challenge(truth: Truth, matches: list[Matches], found: pd.DataFrame, parents: pd.Series) -> dict[str, float]:
    """The Cell Tracking Challenge's measures, of its own library, without writing masks."""
    from ctc_metrics.scripts.evaluate import calculate_metrics

    cells = [pd.DataFrame({"frame": frame, "track_id": one.labels_ref}) for frame, one in enumerate(matches)]
    true_pieces, true_rows = split_gaps(pd.concat(cells), truth.tracks.set_index("track")["parent"])
    # cells that are in no track are tracks of their own
    everywhere = [pd.DataFrame({"frame": frame, "label": one.labels_comp}) for frame, one in enumerate(matches)]
    found = pd.concat(everywhere).merge(found, how="left", on=["frame", "label"])
    alone = found["track"].isna()
    found.loc[alone, "track"] = found["track"].max() + 1 + np.arange(np.count_nonzero(alone))
    found = found.astype({"track": np.int64}).rename(columns={"track": "track_id", "label": "cell"})
    pieces, rows = split_gaps(found, parents)
    of_true = true_pieces.set_index(["frame", "track_id"])["label"].to_dict()
    of_found = pieces.set_index(["frame", "cell"])["label"].to_dict()
    # the library takes them for sorted
    frames = {
        "labels_ref": [sorted(of_true[frame, label] for label in one.labels_ref) for frame, one in enumerate(matches)],
        "labels_comp": [
            sorted(of_found[frame, label] for label in one.labels_comp) for frame, one in enumerate(matches)
        ],
        "mapped_ref": [[of_true[frame, label] for label in one.mapped_ref] for frame, one in enumerate(matches)],
        "mapped_comp": [[of_found[frame, label] for label in one.mapped_comp] for frame, one in enumerate(matches)],
    }
    scores = calculate_metrics(rows, true_rows, frames, {}, list(OF_CHALLENGE), is_valid=True)
    bio = scores["BIO(1)"]
    return {"TRA": scores["TRA"], "LNK": scores["LNK"], "BIO": bio, "OP_CLB": (scores["LNK"] + bio) / 2}


def best(tracker: str, python: str, name: str, truth: Truth, matches: list[Matches], folder: Path) -> dict[str, float]:
    """The measures of the setting with the best links; none where no run ended in time."""
    runs = []
    for setting in TRACKERS[tracker].settings_for(name):
        if not run(tracker, python, folder, setting):
            break
        runs.append(score(truth, matches, folder))
        print(name, tracker, setting, runs[-1], file=sys.stderr)
    return max(runs, key=lambda scores: scores["links"], default={})


def pythons() -> tuple[dict[str, str], list[str]]:
    """The Python of each tracker that is there, and the sets that are wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", default=[], metavar="TRACKER=PYTHON")
    parser.add_argument("sets", nargs="*", metavar="set")
    arguments = parser.parse_args()
    given, found = dict(one.split("=", 1) for one in arguments.python), {}
    for tracker, how in TRACKERS.items():
        python = given.get(tracker, sys.executable)
        # by its own name, since `sidewinder` is not installed but on the path
        there = (
            not how.install or not subprocess.run([python, "-c", f"import {tracker}"], capture_output=True).returncode
        )
        if there:
            found[tracker] = python
        else:
            print(f"{tracker} is left out; pip install {how.install}, and --python {tracker}=...", file=sys.stderr)
    return found, arguments.sets or SETS


def main() -> None:
    """Print the tables."""
    found, wanted = pythons()
    scores = {}
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder:
            truth, matches, masks = read(name)
            write(Path(folder), truth, masks)
            unsaid = UNSAID.get(name.split()[0], ())
            for tracker, python in found.items():
                measured = best(tracker, python, name, truth, matches, Path(folder))
                scores[name, tracker] = {measure: value for measure, value in measured.items() if measure not in unsaid}
    digits = {"links": 4, "divisions": 3, "TRA": 4, "LNK": 4, "BIO": 3, "OP_CLB": 3, "s": 2, "MB": 0}
    for measure, title in MEASURES.items():
        print(f"\n|{title}|{'|'.join(found)}|\n|---|{'---|' * len(found)}")
        for name in wanted:
            values = [scores[name, tracker].get(measure) for tracker in found]
            print(f"|{name}|{'|'.join('' if v is None else f'{v:.{digits[measure]}f}' for v in values)}|")


if __name__ == "__main__":
    main()
