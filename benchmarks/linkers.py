"""Which of the two linkers links what: trackpy's neighbourhoods, and the sparse assignment where these grow too large.

    python benchmarks/linkers.py [set ...]

prints the table of docs/measurements/tracking.md. Sets: true masks of real movies (`SIM+`), the same masks spoiled on
purpose (`SIM+ spoiled`), and crowds of simulated points (`crowd 300`). Each is linked by both, with the drift taken
out and with the search range that the stage would take. Times are CPU seconds, the best of three; what trackpy
compiles when it is first used is not counted, what its import takes stands below the table.
"""

import subprocess
import sys
import time

import numpy as np
from material import CHECKOUT
from tracking import REAL, read

sys.path.insert(0, str(CHECKOUT / "tests" / "support"))

from lineages import of_crowd
from sidewinder.link.drift import estimate_drift
from sidewinder.link.linking import link_whole_frames, link_with_trackpy
from sidewinder.link.points import Points
from sidewinder.link.search_range import search_range_of
from sidewinder.simulate.crowd import Crowd

CROWDS = {f"crowd {n}": Crowd(n, n_frames=20) for n in (30, 100, 300, 1000, 5000)}
SETS = [*REAL, *(f"{name} spoiled" for name in REAL), *CROWDS]
COLUMNS = "set|cells a frame|search range, px|spacing, px|linked by|links|s, trackpy|s, sparse|links that differ"


def points_of(name: str) -> Points:
    """The cells of a set, with the drift taken out."""
    truth = of_crowd(CROWDS[name]) if name in CROWDS else read(name)[0]
    cells = truth.cells.sort_values(["frame", "label"], ignore_index=True)
    points = Points.from_cells(cells, truth.recording.n_frames)
    return points.without_drift(np.cumsum(estimate_drift(points), axis=0))


def measured(linker, points: Points, range_px: float) -> tuple[np.ndarray | None, float]:
    """The successors, None where trackpy gives up, and the fewest CPU seconds of three runs."""
    from trackpy import SubnetOversizeException

    seconds = []
    for _ in range(3):
        start = time.process_time()
        try:
            successor = linker(points, range_px)
        except SubnetOversizeException:
            return None, time.process_time() - start
        seconds.append(time.process_time() - start)
    return successor, min(seconds)


def row(name: str) -> list[str]:
    """A row of the table."""
    from sidewinder.link.neighbours import spacing

    points = points_of(name)
    range_px = search_range_of(points)
    frames = [points.yx_px[rows] for rows in points.rows_by_frame()]
    apart_px = np.median(np.concatenate([spacing(frame) for frame in frames if len(frame) > 1]))
    by_trackpy, s_of_trackpy = measured(link_with_trackpy, points, range_px)
    sparse, s_of_sparse = measured(link_whole_frames, points, range_px)
    gave_up = by_trackpy is None
    return [
        name, f"{np.median([len(frame) for frame in frames]):.0f}", f"{range_px:.1f}", f"{apart_px:.1f}",
        "sparse" if gave_up else "trackpy", str(np.count_nonzero(sparse >= 0)),
        f"gave up after {s_of_trackpy:.2f}" if gave_up else f"{s_of_trackpy:.3f}", f"{s_of_sparse:.3f}",
        "" if gave_up else str(np.count_nonzero(by_trackpy != sparse)),
    ]  # fmt: skip


def main(names: list[str]) -> None:
    """Print the table."""
    print(f"|{COLUMNS}|\n|{'---|' * len(COLUMNS.split('|'))}", flush=True)
    for name in names:
        print(f"|{'|'.join(row(name))}|", flush=True)
    code = "import time; t = time.process_time(); import trackpy; print(f'{time.process_time() - t:.1f}')"
    took = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    print(f"\nImporting trackpy takes {took} CPU seconds.")


if __name__ == "__main__":
    main(sys.argv[1:] or SETS)
