"""How tables are written."""

from pathlib import Path

import pandas as pd

from sidewinder.store import atomic_file

# a millionth of a pixel in a frame of ten thousand is more than anybody measures, and still reads well
CSV_FLOATS = "%.8g"


def write_csv(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table as comma-separated text; numbers to eight digits, nothing where nothing is known."""
    with atomic_file(path) as temporary:
        table.to_csv(temporary, index=False, float_format=CSV_FLOATS, lineterminator="\n")


def write_parquet(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table with its types and all digits; the same bytes for the same table."""
    with atomic_file(path) as temporary:
        table.to_parquet(temporary, index=False)
