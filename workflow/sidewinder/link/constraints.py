"""What is known of links and divisions before they are looked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sidewinder.link.graph import NONE, predecessors

# a division that is none is none either where tracking sees it so many frames earlier or later
FRAMES_OF_DIVISION = 2


@dataclass(frozen=True)
class Constraints:
    """Links and divisions that are, and that are not; cells are known by their rows among `n_cells`.

    Parameters
    ----------
    n_cells : int
        Number of cells.
    links : mapping of int to int
        Cells and their successors, each of a later frame.
    unlinked : frozenset of (int, int)
        Pairs of which the second cell is neither the successor nor a daughter of the first.
    divisions : mapping of int to tuple of int
        Mothers and their daughters, who have no other predecessor.
    undivided : tuple of int
        Cells that do not divide, nor shortly before or after in their tracks.
    """

    n_cells: int = 0
    links: Mapping[int, int] = field(default_factory=dict)
    unlinked: frozenset[tuple[int, int]] = frozenset()
    divisions: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    undivided: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.links or self.unlinked or self.divisions or self.undivided)

    @cached_property
    def fixed_sources(self) -> np.ndarray:
        """The cells of which it is known what follows them; bool, shape (n_cells,)."""
        return self._at([*self.links, *self.divisions])

    @cached_property
    def fixed_targets(self) -> np.ndarray:
        """The cells of which it is known what they follow; bool, shape (n_cells,)."""
        return self._at([*self.links.values(), *(one for daughters in self.divisions.values() for one in daughters)])

    def allows(self, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Whether pairs of cells may be linked beside the links that are known; bool, shape (P,)."""
        allowed: np.ndarray = ~(self.fixed_sources[source] | self.fixed_targets[target])
        for one, other in self.unlinked:
            allowed &= ~((source == one) & (target == other))
        return allowed

    def allows_division(self, families: np.ndarray, successor: np.ndarray) -> np.ndarray:
        """Whether mothers and daughters, int (K, 3), may be divisions beside those that are known; bool, shape (K,)."""
        allowed: np.ndarray = ~self._at(self._never_mothers(successor))[families[:, 0]]
        for daughters in families[:, 1:].T:
            allowed &= self.allows(families[:, 0], daughters)
        return allowed

    def of_daughters(self) -> tuple[np.ndarray, np.ndarray]:
        """The known mother of each cell, -1 for none, and 1 where there is one, else NaN; both of shape (n_cells,)."""
        mother, score = np.full(self.n_cells, NONE, dtype=np.int64), np.full(self.n_cells, np.nan)
        for parent, daughters in self.divisions.items():
            mother[list(daughters)], score[list(daughters)] = parent, 1.0
        return mother, score

    def _never_mothers(self, successor: np.ndarray) -> list[int]:
        """The cells that do not divide, with those shortly before and after in their tracks."""
        rows = []
        for row in self.undivided:
            for follow in (successor, predecessors(successor)):
                one = row
                for _ in range(FRAMES_OF_DIVISION + 1):
                    rows.append(one)
                    one = int(follow[one]) if follow[one] != NONE else one
        return rows

    def _at(self, rows: list[int]) -> np.ndarray:
        found = np.zeros(self.n_cells, dtype=bool)
        found[rows] = True
        return found
