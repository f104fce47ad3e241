"""The cheapest one-to-one assignment on a sparse graph, in which anything may also stay alone."""

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, min_weight_full_bipartite_matching

# pairs solved at once: SciPy's solver costs something for each row times all rows, so independent parts are apart
PAIRS_A_BATCH = 1000


def assign(
    source: np.ndarray, target: np.ndarray, cost: np.ndarray, n_sources: int, n_targets: int, no_link_cost: float
) -> np.ndarray:
    """Assign sources to targets so that the sum of costs is least.

    The sum goes over the chosen pairs' `cost`, plus `no_link_cost` for each source without a target. Exact: the
    shortest augmenting paths of Jonker and Volgenant on the candidate pairs, with a target of its own for each source
    that means "none" [1]_. Parts of the graph that share nothing are solved apart from each other, which keeps the
    time linear in the number of cells.

    Parameters
    ----------
    source, target : ndarray of int, shape (P,)
        The candidate pairs, each at most once.
    cost : ndarray of float, shape (P,)
        Cost of each pair, from 0.
    n_sources, n_targets : int
        Number of sources and of targets.
    no_link_cost : float
        Above 0. A pair that costs more is never chosen.

    Returns
    -------
    ndarray of int64, shape (n_sources,)
        The target of each source, -1 for none.

    References
    ----------
    .. [1] Jonker, Volgenant 1987, Computing 38:325, in the sparse form of `scipy.sparse.csgraph`.
    """
    assigned = np.full(n_sources, -1, dtype=np.int64)
    # pairs that share nothing with any other, which most are, need no solver
    alone = (np.bincount(source)[source] == 1) & (np.bincount(target)[target] == 1)
    cheap = alone & (cost <= no_link_cost)
    assigned[source[cheap]] = target[cheap]
    source, target, cost = source[~alone], target[~alone], cost[~alone]
    part = _parts(source, n_sources + target, n_sources + n_targets)
    order = np.argsort(part, kind="stable")
    source, target, cost, part = source[order], target[order], cost[order] / no_link_cost, part[order]
    for pairs in _batches(part):
        sources, row = np.unique(source[pairs], return_inverse=True)
        targets, column = np.unique(target[pairs], return_inverse=True)
        chosen = _solve(row, column, cost[pairs], len(sources), len(targets))
        linked = chosen < len(targets)
        assigned[sources[linked]] = targets[chosen[linked]]
    return assigned


def _parts(source: np.ndarray, target: np.ndarray, n_nodes: int) -> np.ndarray:
    """The part of the graph of each pair; all one where they are solved at once anyway."""
    if len(source) <= PAIRS_A_BATCH:
        return np.zeros(len(source), dtype=np.int32)
    graph = csr_matrix((np.ones(len(source)), (source, target)), shape=(n_nodes, n_nodes))
    return connected_components(graph, directed=False)[1][source]


def _batches(part: np.ndarray) -> list[slice]:
    """Runs of whole parts with about `PAIRS_A_BATCH` pairs each; `part` is sorted."""
    ends = np.flatnonzero(np.diff(part, append=-1)) + 1
    cuts = [0]
    for end in ends:
        if end - cuts[-1] >= PAIRS_A_BATCH or end == len(part):
            cuts.append(int(end))
    return [slice(begin, end) for begin, end in zip(cuts[:-1], cuts[1:], strict=True)]


def _solve(row: np.ndarray, column: np.ndarray, cost: np.ndarray, n_rows: int, n_columns: int) -> np.ndarray:
    """The column of each row; from `n_columns` on it means none, at a cost of 1."""
    alone = np.arange(n_rows)
    # every row takes exactly one column, so adding 1 to all changes nothing, and keeps a cost of 0 an entry
    weights = np.concatenate([cost, np.ones(n_rows)]) + 1
    cells = (np.concatenate([row, alone]), np.concatenate([column, n_columns + alone]))
    matrix = csr_matrix((weights, cells), shape=(n_rows, n_columns + n_rows))
    return min_weight_full_bipartite_matching(matrix)[1]
