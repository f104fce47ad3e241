"""Links as arrays: what follows what."""

import numpy as np

NONE = -1


def predecessors(successor: np.ndarray) -> np.ndarray:
    """The row of each cell's predecessor, -1 for none.

    Parameters
    ----------
    successor : ndarray of int64, shape (N,)
        The row of each cell's successor, -1 for none.
    """
    predecessor = np.full(len(successor), NONE, dtype=np.int64)
    linked = np.flatnonzero(successor != NONE)
    predecessor[successor[linked]] = linked
    return predecessor


def reversed_links(successor: np.ndarray) -> np.ndarray:
    """The links of `Points.reversed`.

    Parameters
    ----------
    successor : ndarray of int64, shape (N,)
        The row of each cell's successor, -1 for none.
    """
    predecessor = predecessors(successor)[::-1]
    return np.where(predecessor == NONE, NONE, len(successor) - 1 - predecessor)


def chains(successor: np.ndarray) -> np.ndarray:
    """Number the chains of linked cells from 0, in the order of their first rows.

    Parameters
    ----------
    successor : ndarray of int64, shape (N,)
        The row of each cell's successor, a later row, -1 for none.

    Returns
    -------
    ndarray of int64, shape (N,)
        The chain of each cell.
    """
    predecessor = predecessors(successor)
    begins = predecessor == NONE
    first = np.where(begins, np.arange(len(successor)), predecessor)
    # each time twice as far back
    while not begins[first].all():
        first = first[first]
    return (np.cumsum(begins) - 1)[first]
