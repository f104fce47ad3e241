"""The sheet of annotated frames that a model is trained on, read and checked before anything runs."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sidewinder.tsv import Form, read_rows, refuse

ANNOTATIONS = Form("annotations", "the sheet of annotated frames", "train.annotations", "folder")


@dataclass(frozen=True, slots=True)
class AnnotationRow:
    """Folders of frames and of their labels.

    Parameters
    ----------
    where : str
        The sheet and the line, for messages.
    images, labels, markers : str
        The folders; markers may be empty.
    complete : str
        `yes`, `no`, `auto`, or the numbers of the complete frames.
    frames : str
        Which frames, such as `0-49,60`; empty for all.
    use : str
        `train` or `validate`, or empty.
    pixel_size_um, border_px : float or None
        Where the sheet says them.
    movie, channel : str
        The preprocessed movie whose quantiles hold, or empty, and its channel.
    """

    where: str
    images: str
    labels: str
    markers: str = ""
    complete: str = "auto"
    frames: str = ""
    use: str = ""
    pixel_size_um: float | None = None
    border_px: float | None = None
    movie: str = ""
    channel: str = "0"

    def takes(self, number: int) -> bool:
        """Whether the row is about the frame of this number."""
        return not self.frames or _is_in(self.frames, number)

    def says_complete(self, number: int) -> bool | None:
        """Whether every cell of a frame is annotated; None where the markers tell."""
        if self.complete == "auto":
            return None
        return self.complete == "yes" or (self.complete != "no" and _is_in(self.complete, number))


def read_annotation_sheet(path: str | Path) -> list[AnnotationRow]:
    """Read and check a sheet of annotated frames.

    Parameters
    ----------
    path : str or Path
        A tab-separated file in UTF-8, with a header, `#` comments and empty lines.

    Returns
    -------
    rows : list of AnnotationRow
        In the order of the sheet.

    Raises
    ------
    UserError
        With one line for each problem: file, line, column, what was found and what is allowed.
    """
    rows, problems = read_rows(path, ANNOTATIONS)
    refuse(path, ANNOTATIONS, rows, problems)
    return [_row(f"{path}, line {number}", cells) for number, cells in rows]


def _row(where: str, cells: dict[str, str]) -> AnnotationRow:
    given: dict[str, Any] = {name: ANNOTATIONS.value(name, text) for name, text in cells.items()}
    return AnnotationRow(where, **given)


def _is_in(ranges: str, number: int) -> bool:
    """Whether a number is one of `0-49,60`."""
    pairs = re.findall(r"(\d+)(?:-(\d+))?", ranges.replace(" ", ""))
    return any(int(first) <= number <= int(last or first) for first, last in pairs)
