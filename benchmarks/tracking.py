"""Trackers side by side on the same cells: links, divisions, time and memory.

    python benchmarks/tracking.py [set ...]

prints the table of docs/tracking.md. Sets: real movies with their true masks (`SIM+`), the same masks spoiled on
purpose (`SIM+ spoiled`), and crowds of simulated points (`crowd 1000`); all of them by default. F1 is over all links,
those over gaps and from mothers to daughters included, and over divisions with both daughters right. trackpy is part of
Sidewinder; laptrack is compared where it is installed (`pip install laptrack`), with the best of three cut-offs of each
set, which no user knows, but not on crowds, which take it too long. Each runs in a process of its own; times are CPU
seconds, without the first imports.
"""

import multiprocessing
import resource
import sys
import time
import warnings
from collections.abc import Callable

from material import CHECKOUT

sys.path.insert(0, str(CHECKOUT / "tests" / "support"))

from lineages import Truth, f1, find, named, of_crowd, of_real_movie
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
}
CROWDS = {"crowd 1000": Crowd(1000), "crowd 5000": Crowd(5000)}
SETS = [*REAL, *(f"{name} spoiled" for name in REAL), *CROWDS]
# of the range that Sidewinder searches
CUT_OFFS = (0.7, 1.0, 1.4)

Found = tuple[set[tuple], set[tuple]]


def read(name: str) -> Truth:
    """The cells of a set."""
    if name in CROWDS:
        return of_crowd(CROWDS[name])
    movie, _, spoiled = name.partition(" ")
    return of_real_movie(DATA / REAL[movie], Damage() if spoiled else None)


def trackpy_alone(truth: Truth, search_range_px: float) -> Found:
    """trackpy with a memory of one frame; where it is too crowded for it, with its own remedy."""
    import trackpy

    trackpy.quiet()
    cells = truth.cells.rename(columns={"y_px": "y", "x_px": "x"})
    try:
        linked = trackpy.link(cells, search_range_px, memory=1)
    except trackpy.SubnetOversizeException:
        linked = trackpy.link(cells, search_range_px, memory=1, adaptive_stop=search_range_px / 5, adaptive_step=0.9)
    return named(linked["frame"], linked["particle"], linked["truth"], {})


def laptrack_at(truth: Truth, cut_off_px: float) -> Found:
    """laptrack with gaps of up to two frames and splits."""
    from laptrack import LapTrack

    tracker = LapTrack(
        cutoff=cut_off_px**2,
        gap_closing_cutoff=cut_off_px**2,
        gap_closing_max_frame_count=2,
        splitting_cutoff=cut_off_px**2,
    )
    cells = truth.cells.sort_values(["frame", "label"], ignore_index=True)
    tracks, splits, _ = tracker.predict_dataframe(
        cells, ["y_px", "x_px"], frame_col="frame", only_coordinate_cols=False
    )
    tracks = tracks.reset_index()
    parents = dict(zip(splits["child_track_id"], splits["parent_track_id"], strict=True)) if len(splits) else {}
    return named(tracks["frame"], tracks["track_id"], tracks["truth"], parents)


def measured(name: str, tracker: str) -> dict[str, float]:
    """F1 of links and divisions, CPU seconds and MB of one tracker on one set."""
    warnings.simplefilter("ignore")
    truth = read(name)
    cells = truth.cells.sort_values(["frame", "label"], ignore_index=True)
    range_px = search_range_of(Points.from_cells(cells, truth.recording.n_frames))
    runs: dict[str, list[Callable[[], Found]]] = {
        "Sidewinder": [lambda: find(truth)],
        "trackpy": [lambda: trackpy_alone(truth, range_px)],
        "laptrack": [lambda share=share: laptrack_at(truth, share * range_px) for share in CUT_OFFS],
    }
    best: dict[str, float] = {}
    for run in runs[tracker]:
        start = time.process_time()
        edges, divisions = run()
        seconds = time.process_time() - start
        links_f1 = f1(edges, truth.edges)
        if links_f1 > best.get("links", -1):
            best = {"links": links_f1, "divisions": f1(divisions, truth.divisions), "s": seconds}
    return best | {"MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main() -> None:
    """Print the table."""
    wanted = sys.argv[1:] or SETS
    trackers = ["Sidewinder", "trackpy"]
    try:
        import laptrack  # noqa: F401

        trackers.append("laptrack")
    except ImportError:
        print("laptrack is not installed, and so not compared", file=sys.stderr)
    print("|set|" + "|".join(f"{name}: links|divisions|s|MB" for name in trackers) + "|")
    print("|---|" + "---|" * 4 * len(trackers))
    for name in wanted:
        cells = []
        for tracker in trackers:
            if tracker == "laptrack" and name in CROWDS:
                cells.append("|||")
                continue
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                of = pool.apply(measured, (name, tracker))
            cells.append(f"{of['links']:.4f}|{of['divisions']:.3f}|{of['s']:.1f}|{of['MB']:.0f}")
        print(f"|{name}|{'|'.join(cells)}|", flush=True)


if __name__ == "__main__":
    main()
