"""Drawn movies that the tests of this package share."""

import numpy as np
import pandas as pd
import pytest

from sidewinder.link.tracked import Tracked
from sidewinder.measure import measure_frame
from sidewinder.repair import Repaired, consume_and_repair, paint


def measure(frame: int, labels: np.ndarray) -> pd.DataFrame:
    """Place and shape alone."""
    return measure_frame(labels, np.zeros((0, *labels.shape)), ())


class Drawn:
    """Label images (T, Y, X) whose values are tracks, counted from 1, and what repair makes of them.

    Parameters
    ----------
    labels : ndarray of int
        The movie.
    parents : dict of int to int
        Tracks and their mothers, in these numbers.
    moved_px : ndarray, optional
        How far the stage has moved.
    dark : tuple of int
        Frames that are no image.
    no_data : dict of int to ndarray of bool, optional
        For frames, the pixels that hold no data.
    """

    def __init__(
        self,
        labels: np.ndarray,
        parents: dict | None = None,
        moved_px: np.ndarray | None = None,
        dark: tuple[int, ...] = (),
        no_data: dict[int, np.ndarray] | None = None,
    ) -> None:
        self.labels, self.read, self.dark, self.no_data = labels, [], dark, no_data or {}
        cells = pd.concat([measure(0, frame).assign(frame=number) for number, frame in enumerate(labels)])
        cells = cells.assign(track=cells["label"] - 1).reset_index(drop=True)
        parent = np.full(int(labels.max(initial=0)), -1)
        for child, mother in (parents or {}).items():
            parent[child - 1] = mother - 1
        moved_px = np.zeros((len(labels), 2)) if moved_px is None else moved_px
        self.tracked = Tracked(cells, parent, np.full(len(parent), np.nan), moved_px, search_range_px=9.0)

    def read_labels(self, frame: int) -> np.ndarray:
        """The labels of a frame; remembers that they were asked for."""
        self.read.append(frame)
        return self.labels[frame]

    def is_image(self, frame: int) -> bool:
        """Whether a frame is an image."""
        return frame not in self.dark

    def repair(self) -> tuple[np.ndarray, Repaired]:
        """The movie after repair, in whose labels a pixel's value is the track, and the tables."""
        repaired = consume_and_repair(self.tracked, self.read_labels, measure, self.is_image, self.no_data.get)
        after = np.zeros(self.labels.shape, dtype=np.int64)
        for frame, found in enumerate(self.labels):
            labels = paint(found, repaired.repairs[repaired.repairs["frame"] == frame])
            rows = repaired.tracked.cells[repaired.tracked.cells["frame"] == frame]
            assert sorted(rows["label"]) == np.unique(labels[labels > 0]).tolist()
            track_of = np.zeros(int(labels.max(initial=0)) + 1, dtype=np.int64)
            track_of[rows["label"]] = rows["track"] + 1
            after[frame] = track_of[labels]
        return after, repaired


@pytest.fixture(scope="session")
def drawn():
    """Makes `Drawn`."""
    return Drawn


def marks(repaired: Repaired) -> dict[tuple[int, int], str]:
    """What was repaired, by frame and by track counted from 1."""
    cells = repaired.tracked.cells[repaired.tracked.cells["repaired"] != ""]
    return {(f, t + 1): mark for f, t, mark in zip(cells["frame"], cells["track"], cells["repaired"], strict=True)}


@pytest.fixture(scope="session", name="marks")
def marks_fixture():
    """What was repaired, by frame and by track counted from 1."""
    return marks
