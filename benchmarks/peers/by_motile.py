"""motile: one integer program over all frames, with motile's open solver (SCIP)."""

import motile
import numpy as np
import pandas as pd
from adapter import run
from ilpy import Preference
from motile.constraints import MaxChildren, MaxParents
from motile.costs import EdgeSelectedCost, NodeAppearCost, NodeDisappearCost, NodeSelectedCost, NodeSplitCost
from scipy.spatial import cKDTree

# a cell may be missing in so many frames, less one; each costs
FRAMES_ON, MISSED = 3, 0.5


def candidates(cells: pd.DataFrame, range_px: float) -> motile.TrackGraph:
    """All cells, and all pairs within the range, with the squared distances, in squared ranges, for costs."""
    graph = motile.TrackGraph()
    for row, frame in enumerate(cells["frame"]):
        graph.add_node(row, {"t": frame})
    rows = dict(cells.reset_index(drop=True).groupby("frame").groups)
    trees = {frame: cKDTree(cells[["y_px", "x_px"]].to_numpy()[here]) for frame, here in rows.items()}
    for frame, here in rows.items():
        for later in range(frame + 1, frame + 1 + FRAMES_ON):
            if later in rows:
                missed = MISSED * (later - frame - 1)
                near = trees[frame].sparse_distance_matrix(trees[later], range_px, output_type="ndarray")
                for one, other, distance in near:
                    graph.add_edge(
                        (int(here[one]), int(rows[later][other])), {"cost": (distance / range_px) ** 2 + missed}
                    )
    return graph


def track(cells: pd.DataFrame, movie, share: float, split: float) -> pd.DataFrame:
    """Ends and beginnings cost as much as the farthest link; the range is this share of Sidewinder's search range."""
    solver = motile.Solver(candidates(cells, share * movie.search_range_px))
    solver.add_constraint(MaxParents(1))
    solver.add_constraint(MaxChildren(2))
    # all cells are taken
    solver.add_cost(NodeSelectedCost(weight=0, constant=-10))
    solver.add_cost(EdgeSelectedCost(weight=1, attribute="cost"))
    solver.add_cost(NodeAppearCost(constant=1))
    solver.add_cost(NodeDisappearCost(constant=1))
    solver.add_cost(NodeSplitCost(constant=split))
    solver.solve(backend=Preference.Scip)
    chosen = np.array(list(solver.get_selected_subgraph().edges)).reshape(-1, 2)
    return cells.assign(**dict(zip(("track", "parent"), lineage(chosen, len(cells)), strict=True)))


def lineage(edges: np.ndarray, n_cells: int) -> tuple[np.ndarray, np.ndarray]:
    """The track of each cell and that one's parent; cells are numbered in the order of time."""
    children, tracks, parents = np.bincount(edges[:, 0], minlength=n_cells), np.zeros(n_cells), np.zeros(n_cells)
    mother = np.full(n_cells, -1)
    mother[edges[:, 1]] = edges[:, 0]
    for cell, before in enumerate(mother):
        if before >= 0 and children[before] == 1:
            tracks[cell], parents[cell] = tracks[before], parents[before]
        else:
            tracks[cell], parents[cell] = cell + 1, tracks[before] if before >= 0 else 0
    return tracks, parents


if __name__ == "__main__":
    run(track)
