"""About what can be found at most in a simulated crowd: its likeliest lineages, for who knows what its cells do.

    python benchmarks/crowd_bound.py [cells] [frames]

prints F1 of links and of divisions as benchmarks/tracking.py counts them, for the integer program over the whole movie
whose costs are the true probabilities: of steps, divisions, deaths and misses, and of where daughters appear. That
cells push each other apart is left out. Sidewinder knows none of this; docs/measurements/tracking.md compares the two.
1,000 cells in 100 frames take a minute.
"""

import sys
from dataclasses import dataclass, field

import numpy as np
from material import CHECKOUT
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix
from scipy.special import i0e

sys.path.insert(0, str(CHECKOUT / "tests" / "support"))

from lineages import f1, find, of_crowd
from sidewinder.link.neighbours import pairs_within
from sidewinder.simulate.crowd import Crowd

LONGEST_GAP_FRAMES = 2
# in standard deviations: of a step, and of the middle of daughters
FARTHEST, FARTHEST_MIDDLE = 4.2, 3.7


@dataclass
class Events:
    """What may have happened: costs, the cell that each ends, if any, and up to two that each begins (-1: none)."""

    cost: list = field(default_factory=list)
    before: list = field(default_factory=list)
    after: list = field(default_factory=list)

    def add(self, cost: np.ndarray, before: np.ndarray, *after: np.ndarray) -> None:
        """Add some of one kind."""
        none = np.full(len(before), -1)
        self.cost.append(np.broadcast_to(cost, len(before)))
        self.before.append(before)
        self.after.append(np.column_stack([*after, none, none])[:, :2])


def density(squared: np.ndarray, variance: float) -> np.ndarray:
    """The logarithm of the density of a step, normal in both directions."""
    return -np.log(2 * np.pi * variance) - squared / 2 / variance


def add_links(events: Events, rows: list, yx: np.ndarray, crowd: Crowd) -> None:
    """One cell goes on, though it may be missed meanwhile."""
    stays = np.log((1 - crowd.death) * (1 - crowd.division))
    for lag in range(1, LONGEST_GAP_FRAMES + 2):
        for here, there in zip(rows, rows[lag:], strict=False):
            variance = lag * crowd.step_px**2
            i, j, distance = pairs_within(yx[here], yx[there], FARTHEST * variance**0.5)
            seen = (lag - 1) * np.log(crowd.missed) + np.log(1 - crowd.missed)
            events.add(-(lag * stays + seen + density(distance**2, variance)), here[i], there[j])


def add_divisions(events: Events, rows: list, yx: np.ndarray, crowd: Crowd) -> None:
    """A mother has two daughters in the next frame, the second of whom may be missed there."""
    for late in (0, 1):
        variance = crowd.step_px**2 * (1 + late / 2) / 2
        reach = 2 * (crowd.daughter_px + FARTHEST_MIDDLE * variance**0.5)
        for mothers, first, second in zip(rows, rows[1:], rows[1 + late :], strict=False):
            i, j, distance = pairs_within(yx[first], yx[second], reach)
            i, j = first[i], second[j]
            own = i < j
            i, j, half = i[own], j[own], distance[own] / 2
            pair, mother, off = pairs_within((yx[i] + yx[j]) / 2, yx[mothers], FARTHEST_MIDDLE * variance**0.5)
            half = half[pair]
            # how far daughters are from their middle is Rice-distributed, on all sides alike; half the distance has a
            # quarter of the distance's area, and either may be the first
            apart = density((half - crowd.daughter_px) ** 2, variance) + np.log(
                i0e(half * crowd.daughter_px / variance)
            )
            seen = 2 * np.log(1 - crowd.missed) + late * np.log(crowd.missed)
            likely = np.log(crowd.division) + seen + density(off**2, variance) + apart - np.log(2)
            events.add(-likely, mothers[mother], i[pair], j[pair])


def likeliest(n_cells: int, events: Events) -> tuple[np.ndarray, np.ndarray]:
    """Each cell begins once and ends once; the events' cells before and after."""
    cost, before, after = (np.concatenate(part) for part in (events.cost, events.before, events.after))
    event, place = np.arange(len(cost)), (before, *(after.T + n_cells))
    column, row = (np.concatenate(part) for part in ([event] * 3, place))
    there = np.concatenate([before, *after.T]) >= 0
    once = csr_matrix((np.ones(there.sum()), (row[there], column[there])), shape=(2 * n_cells, len(cost)))
    found = milp(cost, constraints=LinearConstraint(once, 1, 1), integrality=np.ones(len(cost)), bounds=Bounds(0, 1))
    chosen = found.x > 0.5
    return before[chosen], after[chosen]


def main() -> None:
    """Print the bound, and what Sidewinder finds."""
    n_cells, n_frames = (int(number) for number in (sys.argv[1:] or (1000, 100)))
    crowd = Crowd(n_cells, n_frames=n_frames)
    truth = of_crowd(crowd)
    cells = truth.cells.sort_values(["frame", "label"], ignore_index=True)
    frame, yx = cells["frame"].to_numpy(), cells[["y_px", "x_px"]].to_numpy()
    yx = yx - np.outer(frame, crowd.drift_px)
    rows = [np.flatnonzero(frame == number) for number in range(n_frames)]
    events, every = Events(), np.arange(len(cells))
    add_links(events, rows, yx, crowd)
    add_divisions(events, rows, yx, crowd)
    # what appears: cells that were missed for longer, or that came in from outside
    appears = -np.log(n_cells * 0.015 / crowd.side_px**2)
    events.add(np.where(frame > 0, appears, 0), np.full(len(cells), -1), every)
    events.add(np.where(frame < n_frames - 1, -np.log(crowd.death + 3 * crowd.missed**2), 0), every)
    before, after = likeliest(len(cells), events)
    node = [*zip(frame.tolist(), cells["truth"].tolist(), strict=True)]
    links = {(node[i], node[j]) for i, pair in zip(before, after, strict=True) for j in pair if i >= 0 and j >= 0}
    divides = (before >= 0) & (after >= 0).all(axis=1)
    divisions = {
        (node[i][1], *sorted(node[j][1] for j in pair)) for i, pair in zip(before[divides], after[divides], strict=True)
    }
    print(f"at most: links {f1(links, truth.edges):.4f}, divisions {f1(divisions, truth.divisions):.3f}")
    links, divisions = find(truth)
    print(f"Sidewinder: links {f1(links, truth.edges):.4f}, divisions {f1(divisions, truth.divisions):.3f}")


if __name__ == "__main__":
    main()
