"""Tables between stages and for users: how they are read and written."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv, parquet

from sidewinder.store.atomic import atomic_file

# a millionth of a pixel in a frame of ten thousand is more than anybody measures, and still reads well
CSV_DIGITS = 8
# of rows that are made text at once: bounds memory
CSV_ROWS = 100_000
# powers of ten up to here are exact
LARGEST_POWER = 22


def read_table(path: str | Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a Parquet file on this thread alone.

    Arrow's other ways hand parts to threads of their own, and wait for ever where the memory does not suffice to start
    one.

    Parameters
    ----------
    path : str or Path
        The file.
    columns : sequence of str, optional
        Those to read; all if not given.

    Returns
    -------
    pyarrow.Table
    """
    with parquet.ParquetFile(path) as file:
        return file.read(columns=columns, use_threads=False)


def read_frame(path: str | Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a Parquet file as `read_table` does, for pandas."""
    return read_table(path, columns).to_pandas(use_threads=False)


def read_made_of(path: str | Path) -> dict[str, Any]:
    """What the metadata of a Parquet file say of how it was made; nothing where they do not; see `write_parquet`."""
    made_of: dict[str, Any] = json.loads((parquet.read_schema(path).metadata or {}).get(b"sidewinder", b"{}"))
    return made_of


def write_csv(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table as comma-separated text; numbers to eight digits, nothing where nothing is known.

    Texts must be free of commas, quotes and line breaks.
    """
    with atomic_file(path) as temporary, open(temporary, "wb") as file:
        file.write(f"{','.join(table.columns)}\n".encode())
        for begin in range(0, len(table), CSV_ROWS):
            write_csv_rows(table.iloc[begin : begin + CSV_ROWS], file, "none")


def write_csv_rows(rows: pd.DataFrame, file: BinaryIO, quoting: Literal["none", "needed"]) -> None:
    """Add rows to a file of comma-separated text, numbers as in `write_csv`; `needed` puts all texts in quotes."""
    options = csv.WriteOptions(include_header=False, quoting_style=quoting)
    csv.write_csv(pa.table({name: _as_text_has_it(column) for name, column in rows.items()}), file, options)


def write_parquet(table: pd.DataFrame, path: str | Path, made_of: Mapping[str, Any] | None = None) -> None:
    """Write a table with its types and all digits; the same bytes for the same table.

    Parameters
    ----------
    table : DataFrame
        Its index is left out.
    path : str or Path
        Written.
    made_of : dict, optional
        What the file's metadata say under `sidewinder`, as JSON.
    """
    columns = pa.Table.from_pandas(table, preserve_index=False)
    if made_of is not None:
        metadata = {**(columns.schema.metadata or {}), b"sidewinder": json.dumps(made_of, sort_keys=True).encode()}
        columns = columns.replace_schema_metadata(metadata)
    # Arrow's own file does not say that a disk is full
    with atomic_file(path) as temporary, open(temporary, "wb") as file:
        parquet.write_table(columns, file)


def _as_text_has_it(column: pd.Series) -> pa.Array:
    """A column whose shortest text is the one to write, which Arrow finds in a seventh of pandas' time."""
    if column.dtype == bool:
        return pa.array(np.where(column, "True", "False"))
    if column.dtype == np.float64:
        return pa.array(rounded(column.to_numpy()), from_pandas=True)
    return pa.array(column)


def rounded(values: np.ndarray) -> np.ndarray:
    """Numbers with eight significant digits: the floats nearest to these, so that no more digits name them.

    Parameters
    ----------
    values : ndarray of float64, shape (N,)
        Numbers; NaN and infinities stay.

    Returns
    -------
    ndarray of float64, shape (N,)
    """
    some = np.isfinite(values) & (values != 0)
    number = values[some]
    power = CSV_DIGITS - 1 - np.floor(np.log10(np.abs(number))).astype(np.int64)
    up, down = (10.0 ** np.clip(by, 0, LARGEST_POWER) for by in (power, -power))
    digits = np.rint(number * up / down) / up * down
    for odd in np.flatnonzero(np.abs(power) > LARGEST_POWER):
        digits[odd] = float(f"{number[odd]:.{CSV_DIGITS}g}")
    result = values.copy()
    result[some] = digits
    return result
