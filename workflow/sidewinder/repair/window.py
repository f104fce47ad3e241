"""The labels of the frames that are at hand."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from sidewinder.repair.masks import Labels


class WindowFrame(NamedTuple):
    """A frame's labels as they were found, and with the pieces of cells joined."""

    found: np.ndarray
    joined: Labels


class Window:
    """Reads frames once and holds them as long as they are needed.

    Parameters
    ----------
    read_labels : callable
        Gives the labels of a frame, int (Y, X).
    joined : mapping of int to dict of int to int
        For each frame the labels that go, and the label that each becomes.
    last_use : mapping of int to int
        For each frame the last one that it is needed for.
    sides : tuple of float
        Height and width of a pixel.
    """

    def __init__(
        self,
        read_labels: Callable[[int], np.ndarray],
        joined: Mapping[int, dict[int, int]],
        last_use: Mapping[int, int],
        sides: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        self.read_labels, self.joined, self.last_use, self.sides = read_labels, joined, last_use, sides
        self.held: dict[int, WindowFrame] = {}

    def __getitem__(self, frame: int) -> WindowFrame:
        if frame not in self.held:
            found = self.read_labels(frame)
            self.held[frame] = WindowFrame(found, Labels(self._join(frame, found), self.sides))
        return self.held[frame]

    def forget(self, now: int) -> None:
        """Let go of the frames that are not needed after `now`."""
        self.held = {frame: held for frame, held in self.held.items() if self.last_use[frame] > now}

    def _join(self, frame: int, found: np.ndarray) -> np.ndarray:
        if frame not in self.joined:
            return found
        becomes = np.arange(int(found.max(initial=0)) + 1, dtype=found.dtype)
        becomes[list(self.joined[frame])] = list(self.joined[frame].values())
        return becomes[found]
