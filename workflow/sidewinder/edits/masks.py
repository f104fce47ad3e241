"""Corrects the masks of a movie, before its cells are tracked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from sidewinder.edits.frame import EditedFrame
from sidewinder.edits.mask_files import read_mask
from sidewinder.edits.places import NO_CELL, Places
from sidewinder.edits.table import OF_LINKS, Broken, Edit
from sidewinder.names import MASKS
from sidewinder.repair import joined_repairs, paint, repairs_of


@dataclass
class EditedMasks:
    """A movie's labels with what users have corrected of them.

    Parameters
    ----------
    found : callable
        Gives the labels of a frame as they were found, int (Y, X).
    repairs : dict of int to DataFrame
        Of each frame that was corrected what to paint over them, as `repairs_of`.
    taken_away : dict of int to int
        Of frames in which pixels were taken away from cells, their label, which is of no cell.
    corrected : dict of (int, int) to bool
        Frame and label of all that was corrected, also of what was taken away; always false, see `Tracked`.
    broken : list of Broken
        Edits that do not hold.
    """

    found: Callable[[int], np.ndarray]
    repairs: dict[int, pd.DataFrame] = field(default_factory=dict)
    taken_away: dict[int, int] = field(default_factory=dict)
    corrected: dict[tuple[int, int], bool] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)

    def __getitem__(self, frame: int) -> np.ndarray:
        """The labels of a frame with its corrections."""
        return paint(self.found(frame), self.repairs[frame]) if frame in self.repairs else self.found(frame)

    def cells_of(self, frame: int, labels: np.ndarray) -> np.ndarray:
        """Labels without what is of no cell."""
        gone = self.taken_away.get(frame, 0)
        return np.where(labels == gone, 0, labels) if gone else labels

    def with_repairs(self, repairs: pd.DataFrame) -> pd.DataFrame:
        """What to paint over the labels as they were found, of what to paint over the corrected ones."""
        by_frame: Mapping[int, pd.DataFrame] = {
            frame: repairs[repairs["frame"] == frame] for frame in repairs["frame"].unique().tolist()
        }
        both = {**by_frame, **self.repairs}
        for frame in by_frame.keys() & self.repairs.keys():
            found = self.found(frame).astype(np.int64)
            both[frame] = repairs_of(found, paint(self[frame].astype(np.int64), by_frame[frame]))
        return joined_repairs(dict(sorted(both.items())))

    def rows_of_taken_away(self) -> pd.DataFrame:
        """`frame, label, track_id` of what is of no cell, whose track is 0."""
        rows = [(frame, label, 0) for frame, label in self.taken_away.items()]
        return pd.DataFrame(np.array(rows, np.int64).reshape(-1, 3), columns=["frame", "label", "track_id"])


def edit_masks(
    found: Callable[[int], np.ndarray],
    cells: pd.DataFrame,
    edits: Sequence[Edit],
    folder: Path,
    n_frames: int,
    sides: tuple[float, float] = (1.0, 1.0),
) -> EditedMasks:
    """Apply the edits of masks.

    Parameters
    ----------
    found : callable
        Gives the labels of a frame, int (Y, X).
    cells : DataFrame
        `frame, label, y_px, x_px, area_px`, sorted by frame; places in the unit of `sides`.
    edits : sequence of Edit
        Edits of links among them are passed over.
    folder : Path
        The movie's folder of corrections, in which the masks lie.
    n_frames : int
        Number of frames.
    sides : tuple of float
        Height and width of a pixel.

    Raises
    ------
    UserError
        If a mask is missing or does not fit.
    """
    edited, places, label = EditedMasks(found), Places(cells, sides), cells["label"].to_numpy()
    by_frame: dict[int, list[Edit]] = {}
    for edit in edits:
        if edit.edit not in OF_LINKS and edit.frame < n_frames:
            by_frame.setdefault(edit.frame, []).append(edit)
        elif edit.edit not in OF_LINKS:
            edited.broken.append(Broken(edit.line, edit.frame, f"{edit.edit} expects a movie with this frame"))
    for frame, of_frame in sorted(by_frame.items()):
        before = found(frame).astype(np.int64)

        def label_at(yx_px: tuple[float, float], frame: int = frame) -> int:
            row = places.cell_at(frame, yx_px)
            return 0 if row == NO_CELL else int(label[row])

        def mask_of(name: str, shape: tuple[int, ...] = before.shape) -> np.ndarray:
            return read_mask(folder / MASKS / name, (shape[0], shape[1]))

        one = EditedFrame(before.copy(), label_at, mask_of, sides)
        one.apply(of_frame)
        edited.broken += one.broken
        if one.made or one.taken_away:
            edited.repairs[frame] = repairs_of(before, one.labels)
            edited.corrected |= dict.fromkeys(((frame, made) for made in one.made), False)
        if one.taken_away:
            edited.taken_away[frame] = one.taken_away
            edited.corrected[frame, one.taken_away] = False
    return edited
