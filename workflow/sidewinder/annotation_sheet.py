"""The sheet of annotated frames that a model is trained on, read and checked before anything runs."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sidewinder.errors import UserError
from sidewinder.tsv import Form, read_rows, refuse

# the first line of a sheet that was written here; what follows it has this digest as long as nobody has changed it
MARK = "# Written by snakemake annotate, which will write it again; copy it before you change it. {digest}\n"

ANNOTATIONS = Form("annotations", "the sheet of annotated frames", "train.annotations", "folder")


@dataclass(frozen=True, slots=True)
class AnnotationRow:
    """Folders of frames and of their labels.

    Parameters
    ----------
    where : str
        The sheet and the line, for messages.
    images, labels, markers : str
        The folders; markers may be empty. The images may be those of a preprocessed movie, an OME-Zarr.
    complete : str
        `yes`, `no`, `auto`, or the numbers of the complete frames.
    frames : str
        Which frames, such as `0-49,60`; empty for all.
    use : str
        `train` or `validate`, or empty.
    pixel_size_um : float or str or None
        Where the sheet says it; height x width, such as `0.5x0.25`, of pixels that are not square.
    border_px : float or None
        Where the sheet says it.
    movie, channel : str
        The preprocessed movie whose quantiles hold, or empty, and its channel.
    stills : str
        `yes` where the images are no movie, each with quantiles of its own; `no` or empty.
    """

    where: str
    images: str
    labels: str
    markers: str = ""
    complete: str = "auto"
    frames: str = ""
    use: str = ""
    pixel_size_um: float | str | None = None
    border_px: float | None = None
    movie: str = ""
    channel: str = "0"
    stills: str = ""

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
    problems += [
        (number, f", column labels: {cells['labels']!r} is the folder of the images, too; labels have one of their own")
        for number, cells in rows
        if "labels" in cells and cells["labels"] == cells.get("images")
    ]
    refuse(path, ANNOTATIONS, rows, problems)
    return [_row(f"{path}, line {number}", cells) for number, cells in rows]


def is_preprocessed(images: str) -> bool:
    """Whether the images of a row are a preprocessed movie, and not a folder of files."""
    return images.rstrip("/").endswith(".ome.zarr")


def marked(text: str) -> str:
    """The text of a sheet as `snakemake annotate` writes it: below a mark by which it is known again."""
    return MARK.format(digest=hashlib.sha256(text.encode()).hexdigest()[:16]) + text


def check_is_ours(sheet: str | Path) -> None:
    """Refuse to write over a sheet that `snakemake annotate` has not written, or that was changed since.

    Raises
    ------
    UserError
        Names the sheet. There is none where no file stands there.
    """
    try:
        found = Path(sheet).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    except OSError as error:
        raise UserError(f"{sheet} cannot be read: {error.strerror}") from error
    if found != marked(found.partition("\n")[2]):
        raise UserError(
            f"{sheet} was not written by `snakemake annotate`, or was changed since, and would be written over: "
            "give it another name, or name another annotate.folder"
        )


def _row(where: str, cells: dict[str, str]) -> AnnotationRow:
    given: dict[str, Any] = {name: ANNOTATIONS.value(name, text) for name, text in cells.items()}
    return AnnotationRow(where, **given)


def _is_in(ranges: str, number: int) -> bool:
    """Whether a number is one of `0-49,60`."""
    pairs = re.findall(r"(\d+)(?:-(\d+))?", ranges.replace(" ", ""))
    return any(int(first) <= number <= int(last or first) for first, last in pairs)
