"""True lineages, and how well tracking finds them: what tests and benchmarks of tracking share."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import tifffile

from sidewinder.measure import measure_frame
from sidewinder.simulate.crowd import Crowd, simulate_crowd
from sidewinder.simulate.spoil import Damage, spoil
from sidewinder.track import Recording, TrackSettings, track_cells

# where a movie's masks are if its tracking markers are smaller than cells
MASKS = {name: "01_ST/SEG" for name in ("PhC-C2DH-U373", "PhC-C2DL-PSC", "Fluo-N2DL-HeLa")}


@dataclass(frozen=True)
class Truth:
    """A movie's cells and what is true of them.

    Parameters
    ----------
    cells : DataFrame
        The cell table with a column `truth`: the true track of each cell, 0 for what is no cell. No two cells of a
        frame have the same one.
    tracks : DataFrame
        `track, parent` of all tracks that are among the cells; parent 0 for none.
    recording : Recording
        Size and scales.
    """

    cells: pd.DataFrame
    tracks: pd.DataFrame
    recording: Recording

    @property
    def edges(self) -> set[tuple]:
        """Links, from (frame, track) to (frame, track), over gaps and from mothers to daughters included."""
        cells = self.cells[self.cells["truth"] > 0].sort_values(["truth", "frame"])
        nodes = list(cells[["frame", "truth"]].itertuples(index=False, name=None))
        return edges_of(nodes, {row.track: row.parent for row in self.tracks.itertuples() if row.parent})

    @property
    def divisions(self) -> set[tuple]:
        """Mother and both daughters, as tracks."""
        daughters = self.tracks[self.tracks["parent"] > 0].groupby("parent")["track"].agg(lambda t: tuple(sorted(t)))
        return {(mother, *pair) for mother, pair in daughters.items() if len(pair) == 2}


def edges_of(nodes: list[tuple], parents: dict[int, int]) -> set[tuple]:
    """Links along tracks and from parents; nodes are (frame, track), sorted by track and frame."""
    along = [(a, b) for a, b in zip(nodes[:-1], nodes[1:], strict=True) if a[1] == b[1]]
    first = {track: (frame, track) for frame, track in reversed(nodes)}
    last = {track: (frame, track) for frame, track in nodes}
    return {*along, *[(last[parent], first[child]) for child, parent in parents.items()]}


def f1(found: set, true: set) -> float:
    """The harmonic mean of precision and recall."""
    return 2 * len(found & true) / max(len(found) + len(true), 1)


def find(truth: Truth) -> tuple[set[tuple], set[tuple]]:
    """Links and divisions that tracking finds with its defaults, as `named`."""
    found = track_cells(truth.cells.drop(columns="truth"), truth.recording, TrackSettings())
    links = found.label_tracks.merge(truth.cells[["frame", "label", "truth"]], on=["frame", "label"])
    parents = found.lineage.set_index("track_id")["parent_track_id"]
    return named(links["frame"], links["track_id"], links["truth"], parents[parents > 0].to_dict())


def named(
    frame: pd.Series, track: pd.Series, true: pd.Series, parents: dict[int, int]
) -> tuple[set[tuple], set[tuple]]:
    """Links and divisions in true tracks, of cells in tracks that have parents; what is no cell counts downwards."""
    order = np.lexsort((frame, track))
    frame, track, true = (values.to_numpy(np.int64)[order].tolist() for values in (frame, track, true))
    nodes = list(zip(frame, track, strict=True))
    label = {node: one or -1 - index for index, (node, one) in enumerate(zip(nodes, true, strict=True))}
    edges = {((a[0], label[a]), (b[0], label[b])) for a, b in edges_of(nodes, parents)}
    first = {node[1]: label[node] for node in reversed(nodes)}
    last = {node[1]: label[node] for node in nodes}
    children: dict[int, list[int]] = {}
    for child, parent in parents.items():
        children.setdefault(parent, []).append(first[child])
    return edges, {(last[mother], *sorted(pair)) for mother, pair in children.items() if len(pair) == 2}


def of_real_movie(folder: Path, damage: Damage | None = None, seed: int = 0) -> Truth:
    """The cells of a movie's true masks, as they are with shuffled labels, or spoiled."""
    names = ["track", "begin", "end", "parent"]
    tracks = pd.read_csv(folder / "01_GT" / "TRA" / "man_track.txt", sep=" ", names=names)
    frames = []
    for frame, (true, found) in enumerate(masks_of(folder, damage, seed)):
        cells = measure_frame(found, np.zeros((0, *found.shape)), ())
        true_of = matched(found, true, 0.5)
        cells["truth"] = [true_of.get(label, 0) for label in cells["label"]]
        frames.append(cells.assign(frame=frame))
    cells = pd.concat(frames, ignore_index=True)
    return Truth(cells, _seen(tracks, cells), Recording(len(frames), true.shape, None, None))


def masks_of(folder: Path, damage: Damage | None = None, seed: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Of each frame the true masks, with the true tracks for labels, and what is found of them."""
    damage = Damage(missed=0, merged=0, split=0, jitter_px=0) if damage is None else damage
    rng, masks = np.random.default_rng(seed), MASKS.get(folder.name)
    for frame, path in enumerate(sorted((folder / "01_GT" / "TRA").glob("*.tif"))):
        true = tifffile.imread(path)
        if masks is not None:
            labels = tifffile.imread(folder / masks / f"man_seg{frame:03d}.tif")
            true = _named(labels, matched(labels, true, 0))
        yield true, spoil(true, damage, rng)


def of_crowd(crowd: Crowd) -> Truth:
    """The cells of a simulated crowd."""
    made = simulate_crowd(crowd)
    return Truth(made.cells, made.tracks, Recording(crowd.n_frames, (crowd.side_px, crowd.side_px), None, None))


def matched(found: np.ndarray, true: np.ndarray, more_than: float) -> dict[int, int]:
    """The true label of each found one, one to one, largest overlaps first, of more than a share of the smaller."""
    both = (found > 0) & (true > 0)
    pairs, pixels = np.unique(found[both].astype(np.int64) << 32 | true[both], return_counts=True)
    of_found, of_true = np.bincount(found.ravel()), np.bincount(true.ravel())
    result: dict[int, int] = {}
    for index in np.argsort(-pixels, kind="stable"):
        label, track = int(pairs[index] >> 32), int(pairs[index] & 0xFFFFFFFF)
        covers = pixels[index] > more_than * min(of_found[label], of_true[track])
        if covers and label not in result and track not in result.values():
            result[label] = track
    return result


def _named(labels: np.ndarray, true_of: dict[int, int]) -> np.ndarray:
    """Labels as true tracks."""
    table = np.zeros(int(labels.max()) + 1, dtype=np.int64)
    table[list(true_of)] = list(true_of.values())
    return table[labels]


def _seen(tracks: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """The tracks that are among the cells, without parents that are not."""
    seen = tracks[tracks["track"].isin(cells["truth"])].reset_index(drop=True)
    return seen.assign(parent=seen["parent"].where(seen["parent"].isin(cells["truth"]), 0))
