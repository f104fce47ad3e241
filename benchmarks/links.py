"""Links a CPU second: sparse assignment over whole frames beside trackpy's own linker.

    python benchmarks/links.py

prints the table of docs/measurements/tracking.md. Both get the same crowds of points, without the drift, and the same
search range; trackpy its own remedy where it gives up (adaptive_stop, a fifth of the range). Imports, and what trackpy
compiles, are not counted; the best of three runs.
"""

import time
from collections.abc import Callable

import material  # noqa: F401  (puts the package on the path)
import numpy as np
import pandas as pd
import trackpy

from sidewinder.link.linking import link_whole_frames
from sidewinder.link.points import Points
from sidewinder.link.search_range import search_range_of
from sidewinder.simulate.crowd import Crowd, simulate_crowd

# cells, side of the frame in px, frames: crowds that grow denser, that grow in size, that grow longer
CROWDS = ((300, 2048, 20), (1000, 2048, 20), (5000, 2048, 20), (20000, 2048, 20), (20000, 4096, 20), (5000, 2048, 80))


def read(n_cells: int, side_px: int, n_frames: int) -> Points:
    """A crowd without its drift."""
    crowd = Crowd(n_cells, side_px=side_px, n_frames=n_frames)
    points = Points.from_cells(simulate_crowd(crowd).cells.sort_values(["frame", "label"]), n_frames)
    still_px = points.yx_px - np.outer(points.frame, crowd.drift_px)
    return Points(points.frame, still_px, points.area_px, n_frames)


def with_trackpy(points: Points, range_px: float, remedy: dict) -> int:
    """How many links trackpy finds."""
    table = pd.DataFrame({"frame": points.frame, "y": points.yx_px[:, 0], "x": points.yx_px[:, 1]})
    linked = trackpy.link(table, range_px, **remedy)
    return len(linked) - linked["particle"].nunique()


def remedy_of(points: Points, range_px: float) -> dict:
    """What trackpy needs to link the points; nothing where it does not give up."""
    try:
        with_trackpy(points, range_px, {})
    except trackpy.SubnetOversizeException:
        return {"adaptive_stop": range_px / 5, "adaptive_step": 0.9}
    return {}


def measured(count_links: Callable[[], int]) -> tuple[int, float]:
    """Links, and the fewest CPU seconds of three runs."""
    seconds = []
    for _ in range(3):
        start = time.process_time()
        n_links = count_links()
        seconds.append(time.process_time() - start)
    return n_links, min(seconds)


def main() -> None:
    """Print the table."""
    trackpy.quiet()
    print("|cells|side, px|frames|links|s|links/s|trackpy: links|s|links/s|times as fast|")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for crowd in CROWDS:
        points = read(*crowd)
        range_px = search_range_of(points)
        n_links, s = measured(lambda p=points, r=range_px: np.count_nonzero(link_whole_frames(p, r) >= 0))
        remedy = remedy_of(points, range_px)
        n_of_trackpy, s_of_trackpy = measured(lambda p=points, r=range_px, how=remedy: with_trackpy(p, r, how))
        faster = n_links / s / (n_of_trackpy / s_of_trackpy)
        sides = ((n, f"{t:.2f}", f"{n / t:.0f}") for n, t in ((n_links, s), (n_of_trackpy, s_of_trackpy)))
        print("|" + "|".join(map(str, [*crowd, *next(sides), *next(sides), f"{faster:.0f}"])) + "|", flush=True)


if __name__ == "__main__":
    main()
