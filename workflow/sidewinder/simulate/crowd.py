"""Crowds of points with exact truth, for tracking alone: where cells are, no images."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

# cells are pushed apart so many times a frame, each pair by half of what it lacks
ROUNDS = 3


@dataclass(frozen=True)
class Crowd:
    """One crowd to simulate. Two equal ones give the same cells.

    Parameters
    ----------
    n_cells : int
        Number of cells in the first frame.
    step_px : float
        Standard deviation of a cell's step a frame, in y and in x (Brownian motion).
    n_frames, side_px : int
        Length; height and width of the frame.
    drift_px : tuple of float
        What all cells move a frame, in y and x.
    division, death, missed : float
        Chance a frame that a cell divides, dies, or is there but not found.
    daughter_px : float
        How far from their mother's place daughters appear, on opposite sides.
    contact_px : float
        Cells that come closer are pushed apart.
    diameter_px : float
        Cells are discs of this diameter, before and after a division, so that areas tell nothing.
    seed : int
        Seed of all chance.
    """

    n_cells: int
    step_px: float = 3.0
    n_frames: int = 100
    side_px: int = 2048
    drift_px: tuple[float, float] = (1.0, 0.5)
    division: float = 0.01
    death: float = 0.012
    missed: float = 0.02
    daughter_px: float = 6.0
    contact_px: float = 7.5
    diameter_px: float = 12.0
    seed: int = 0


class SimulatedCrowd(NamedTuple):
    """What was found, and the truth about it.

    cells : DataFrame
        `frame, label, y_px, x_px, area_px, touches_border, truth`: the cells that were found; labels are shuffled in
        each frame, `truth` is the true track.
    tracks : DataFrame
        `track, parent`: all tracks that were found in some frame; 0 for no parent, or one that was not found.
    """

    cells: pd.DataFrame
    tracks: pd.DataFrame


def simulate_crowd(crowd: Crowd) -> SimulatedCrowd:
    """Simulate a crowd.

    Parameters
    ----------
    crowd : Crowd
        How many cells, and what they do.

    Returns
    -------
    SimulatedCrowd
        The same for equal crowds.
    """
    rng = np.random.default_rng(crowd.seed)
    place = _apart(rng.uniform(0, crowd.side_px, (crowd.n_cells, 2)), crowd.contact_px)
    track, parents, frames = np.arange(1, crowd.n_cells + 1), [0] * crowd.n_cells, []
    for frame in range(crowd.n_frames):
        if frame:
            track, place = _advance(track, place, crowd, parents, rng)
        inside = ((place >= 0) & (place <= crowd.side_px - 1)).all(axis=1)
        track, place = track[inside], place[inside]
        found = rng.random(len(track)) >= crowd.missed
        y, x = place[found].T
        label = rng.permutation(len(y)) + 1
        frames.append(pd.DataFrame({"frame": frame, "label": label, "y_px": y, "x_px": x, "truth": track[found]}))
    cells = pd.concat(frames, ignore_index=True)
    cells.insert(4, "area_px", np.pi / 4 * crowd.diameter_px**2)
    cells.insert(5, "touches_border", False)
    tracks = pd.DataFrame({"track": np.arange(1, len(parents) + 1), "parent": parents})
    seen = tracks["track"].isin(cells["truth"])
    tracks.loc[~tracks["parent"].isin(cells["truth"]), "parent"] = 0
    return SimulatedCrowd(cells, tracks[seen].reset_index(drop=True))


def _advance(
    track: np.ndarray, place: np.ndarray, crowd: Crowd, parents: list[int], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The tracks and places of the next frame; daughters are added to `parents`."""
    alive = rng.random(len(track)) >= crowd.death
    track, place = track[alive], place[alive]
    divides = rng.random(len(track)) < crowd.division
    angle = rng.uniform(0, 2 * np.pi, np.count_nonzero(divides))
    to_daughter = crowd.daughter_px * np.column_stack([np.sin(angle), np.cos(angle)])
    first_daughter = len(parents) + 1
    parents.extend(np.repeat(track[divides], 2).tolist())
    daughters = np.arange(first_daughter, len(parents) + 1)
    born = np.repeat(place[divides], 2, axis=0) + np.stack([to_daughter, -to_daughter], axis=1).reshape(-1, 2)
    track = np.concatenate([track[~divides], daughters])
    place = np.concatenate([place[~divides], born])
    place = place + rng.normal(0, crowd.step_px, place.shape) + crowd.drift_px
    return track, _apart(place, crowd.contact_px)


def _apart(place: np.ndarray, contact_px: float) -> np.ndarray:
    """Push points that are too close away from each other."""
    for _ in range(ROUNDS):
        first, second = cKDTree(place).query_pairs(contact_px, output_type="ndarray").T
        between = place[first] - place[second]
        distance = np.maximum(np.hypot(*between.T), 1e-6)
        push = between * ((contact_px - distance) / distance / 2)[:, None]
        place = place.copy()
        np.add.at(place, first, push)
        np.add.at(place, second, -push)
    return place
