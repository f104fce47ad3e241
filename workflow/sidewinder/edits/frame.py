"""Corrects the masks of one frame."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage as ndi

from sidewinder.edits.places import spoken
from sidewinder.edits.table import Broken, Edit

# a mask and a cell are the same from this share of what they cover together on
SAME = 0.5
# a cell is added where so much of it is free, and is a part of another where so much of it lies in that
MIN_SHARE = 0.5
# what is taken away makes place for what is painted
ORDER = ("delete", "merge", "split", "add")


@dataclass
class EditedFrame:
    """A frame's labels while they are corrected.

    Parameters
    ----------
    labels : ndarray of int64, shape (Y, X)
        Changed in place.
    label_at : callable
        Gives the label, as found, of the cell at a place; 0 where there is none.
    read_mask : callable
        Gives the mask of an edit by its name, int (Y, X).
    sides : tuple of float
        Height and width of a pixel.
    """

    labels: np.ndarray
    label_at: Callable[[tuple[float, float]], int]
    read_mask: Callable[[str], np.ndarray]
    sides: tuple[float, float] = (1.0, 1.0)
    # labels of cells that were corrected
    made: set[int] = field(default_factory=set)
    broken: list[Broken] = field(default_factory=list)
    # the label of pixels that are no longer a cell's; 0 where there are none
    taken_away: int = 0
    _becomes: dict[int, int] = field(default_factory=dict)
    _line_of: dict[int, int] = field(default_factory=dict)
    _largest: int = 0

    def apply(self, edits: Sequence[Edit]) -> None:
        """Apply the edits of the frame; what is taken away is in the end a label of its own."""
        self._largest = int(self.labels.max(initial=0))
        before = self.labels > 0
        do = {"delete": self._delete, "merge": self._merge, "split": self._split, "add": self._add}
        for edit in sorted(edits, key=lambda edit: ORDER.index(edit.edit)):
            do[edit.edit](edit)
        gone = before & (self.labels == 0)
        if gone.any():
            self.taken_away = self._new()
            self.labels[gone] = self.taken_away
        self.made = {self._now(label) for label in self.made}

    def _new(self) -> int:
        self._largest += 1
        return self._largest

    def _now(self, label: int) -> int:
        """The label that a cell has after merging."""
        while label in self._becomes:
            label = self._becomes[label]
        return label

    def _say(self, edit: Edit, problem: str) -> None:
        self.broken.append(Broken(edit.line, edit.frame, problem))

    def _found(self, edit: Edit, yx_px: tuple[float, float]) -> int:
        """The cell at a place; 0 where there is none, or an earlier edit has changed it, which is said."""
        label = self.label_at(yx_px)
        if not label:
            self._say(edit, f"{edit.edit} expects a cell at {spoken(yx_px)}")
        elif label in self._line_of:
            self._say(edit, f"{edit.edit} at {spoken(yx_px)} contradicts line {self._line_of[label]}, which holds")
            return 0
        return label

    def _delete(self, edit: Edit) -> None:
        label = self._found(edit, edit.yx_px)
        if label:
            self.labels[self.labels == label] = 0
            self._line_of[label] = edit.line

    def _merge(self, edit: Edit) -> None:
        places = (edit.yx_px, edit.to_yx_px or edit.yx_px)
        found = [self._found(edit, place) for place in places]
        if not all(found):
            return
        first, second = sorted(self._now(label) for label in found)
        if first != second:
            self.labels[self.labels == second] = first
            self._becomes[second] = first
            self.made.add(first)

    def _split(self, edit: Edit) -> None:
        if edit.mask:
            parts = self.read_mask(edit.mask)
            label = self._whole(parts)
        else:
            second = edit.to_yx_px or edit.yx_px
            label, other = self.label_at(edit.yx_px), self.label_at(second)
            parts = self._seeds(edit.yx_px, second)
            if label and other and label != other:
                return
            if not label or not parts.any():
                self._say(edit, f"split expects a cell at {spoken(edit.yx_px)}, and another place of it")
                return
        if label is None:
            return
        if not label or label in self._line_of or label in self.made or label in self._becomes:
            said = self._line_of.get(label)
            problem = f"contradicts line {said}, which holds" if said else "expects one cell that covers all parts"
            self._say(edit, f"split at {spoken(edit.yx_px)} {problem}")
            return
        self._line_of[label] = edit.line
        whole = self.labels == label
        found = ndi.distance_transform_edt(parts == 0, self.sides, return_distances=False, return_indices=True)
        rows, columns = np.asarray(found)
        of_part = parts[rows, columns]
        for number in range(1, int(parts.max()) + 1):
            part = label if number == 1 else self._new()
            self.labels[whole & (of_part == number)] = part
            self.made.add(part)

    def _whole(self, parts: np.ndarray) -> int | None:
        """The cell that covers the parts of a mask; 0 where none does, None where they are several cells already."""
        covering = []
        for number in range(1, int(parts.max()) + 1):
            found, pixels = np.unique(self.labels[parts == number], return_counts=True)
            most = int(pixels.argmax())
            is_in = found[most] > 0 and pixels[most] >= MIN_SHARE * pixels.sum()
            covering.append(int(found[most]) if is_in else 0)
        if 0 in covering:
            return 0
        return covering[0] if len({*covering}) == 1 and len(covering) > 1 else None

    def _seeds(self, *places: tuple[float, float]) -> np.ndarray:
        """A mask with a pixel at each place; empty where two are in one pixel, or one outside of the frame."""
        height, width = self.labels.shape
        seeds = np.zeros((height, width), np.int32)
        for number, place in enumerate(places, start=1):
            row, column = (round(along) for along in place)
            if not (0 <= row < height and 0 <= column < width) or seeds[row, column]:
                return np.zeros_like(seeds)
            seeds[row, column] = number
        return seeds

    def _add(self, edit: Edit) -> None:
        mask = self.read_mask(edit.mask) > 0
        found, pixels = np.unique(self.labels[mask], return_counts=True)
        for label, inside in zip(found[found > 0], pixels[found > 0], strict=True):
            together = np.count_nonzero(mask) + np.count_nonzero(self.labels == label) - inside
            if inside >= SAME * together:
                return
        free = mask & (self.labels == 0)
        if np.count_nonzero(free) < MIN_SHARE * np.count_nonzero(mask):
            self._say(edit, f"add at {spoken(edit.yx_px)} expects background, and other cells are there")
            return
        self.labels[free] = self._new()
        self.made.add(self._largest)
