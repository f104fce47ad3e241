"""What the tables of skip connections share: the score of outlines, and the file that the explorer page shows."""

import datetime
import json
from collections.abc import Iterable

import numpy as np
from material import CHECKOUT
from scipy import ndimage as ndi
from skimage.segmentation import find_boundaries

from sidewinder.train.annotations import AnnotatedFrame

TOLERANCE_PX = 1.0
OF_EXPLORER = CHECKOUT / "workflow" / "sidewinder" / "report" / "explorer" / "page" / "skips.json"


def outlines(labels: np.ndarray) -> np.ndarray:
    """Pixels that have another label beside them, inside of cells."""
    return find_boundaries(labels, mode="inner")


def boundary_f1(truth: np.ndarray, found: np.ndarray, known: np.ndarray) -> float:
    """F1 of the outlines, where the truth is known."""
    true, ours = outlines(truth) & known, outlines(found) & known
    if not true.any() or not ours.any():
        return float(true.any() == ours.any())
    near_true, near_ours = (ndi.distance_transform_edt(~line) <= TOLERANCE_PX for line in (true, ours))
    precision, recall = near_true[ours].mean(), near_ours[true].mean()
    return 2 * precision * recall / max(precision + recall, 1e-9)


def boundary_by_source(frames: Iterable[AnnotatedFrame], found: Iterable[np.ndarray]) -> dict[str, float]:
    """The boundary score of each set among the frames, by the folder that they come from."""
    scores: dict[str, list[float]] = {}
    for frame, labels in zip(frames, found, strict=True):
        scores.setdefault(frame.source, []).append(boundary_f1(frame.labels, labels, frame.known))
    return {source: float(np.mean(of_set)) for source, of_set in scores.items()}


def write_for_explorer(
    part: str, command: str, rows: list[tuple[dict, dict[str, float]]], date: str | None = None, **more: object
) -> None:
    """Put a table in place of what the explorer's file has of it.

    Parameters
    ----------
    part : str
        `trained` or `switched`.
    command : str
        What made the table.
    rows : list of (dict, dict of float)
        What a row is, with `skips`, finest first, and its scores by column.
    date : str, optional
        When it was made; today by default.
    **more
        What else is said of the table.
    """
    tables = json.loads(OF_EXPLORER.read_text()) if OF_EXPLORER.is_file() else {}
    columns = list(dict.fromkeys(column for _, scores in rows for column in scores))
    lines = [{**what, "values": [round(scores[column], 3) for column in columns]} for what, scores in rows]
    about = {"command": command, "date": date or datetime.date.today().isoformat(), **more}
    tables[part] = {**about, "columns": columns, "rows": lines}
    OF_EXPLORER.parent.mkdir(parents=True, exist_ok=True)
    OF_EXPLORER.write_text(json.dumps(tables, indent=1) + "\n")
