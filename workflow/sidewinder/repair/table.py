"""The cell table while it is repaired: large, and so never copied as a whole."""

import numpy as np
import pandas as pd

# what is measured again differs by rounding, and by what far places weigh in a background; that is no change
CLOSE_ENOUGH = 1e-5


def is_changed(before: pd.DataFrame, after: pd.DataFrame) -> np.ndarray:
    """Whether cells of a frame are not as they were.

    Parameters
    ----------
    before, after : DataFrame
        The cells of the frame, sorted by label. Columns that only one of the two has do not count, but for `repaired`:
        a cell that was repaired is changed.

    Returns
    -------
    ndarray of bool, one a row of `after`
        Also of cells that were not there.
    """
    if not len(before):
        return np.ones(len(after), dtype=bool)
    row = np.searchsorted(before["label"], after["label"]).clip(max=len(before) - 1)
    changed = (before["label"].to_numpy()[row] != after["label"].to_numpy()) | (after["repaired"] != "").to_numpy()
    for name in after.columns.intersection(before.columns):
        old, new = before[name].to_numpy()[row].astype(float), after[name].to_numpy(float)
        changed |= ~np.isclose(new, old, rtol=CLOSE_ENOUGH, atol=0, equal_nan=True)
    return changed


def consume_and_join(
    cells: pd.DataFrame, rows: np.ndarray, track: np.ndarray, changed: list[pd.DataFrame]
) -> pd.DataFrame:
    """Put cells that stay and cells that were changed together; uses up the table, a column at a time.

    Parameters
    ----------
    cells : DataFrame
        All cells as they were, with a column `track`.
    rows : ndarray of int, shape (N,)
        Rows of those that stay.
    track : ndarray of int64, shape (N,)
        The tracks of these.
    changed : list of DataFrame
        The others, frame by frame, with the same columns and `repaired`.

    Returns
    -------
    DataFrame
        Sorted by frame and label; `repaired` is the last column.
    """
    kept = {"track": track, "repaired": np.full(len(rows), "", dtype=object)}

    def column(name: str) -> np.ndarray:
        before = kept[name] if name in kept else cells[name].to_numpy()[rows]
        return np.concatenate([before, *(table[name].to_numpy(before.dtype) for table in changed)])

    order, table = np.lexsort((column("label"), column("frame"))), {}
    for name in [*cells.columns, "repaired"]:
        table[name] = column(name)[order]
        if name in cells:
            del cells[name]
    return pd.DataFrame(table | {"repaired": pd.array(table["repaired"], dtype="str")}, copy=False)
