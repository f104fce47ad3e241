"""Tables between stages."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import parquet


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
