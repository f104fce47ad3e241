"""Tables of cells that say how many objects were left out of each frame for their size."""

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sidewinder.store.atomic import atomic_file

KEY = b"n_left_out"


def write_cells(cells: pd.DataFrame, n_left_out: Sequence[int], path: str | Path) -> None:
    """Write the table of a block's cells, and in its metadata how many objects were left out of each of its frames."""
    table = pa.Table.from_pandas(cells, preserve_index=False)
    metadata = {**(table.schema.metadata or {}), KEY: json.dumps(list(map(int, n_left_out))).encode()}
    with atomic_file(path) as temporary:
        pq.write_table(table.replace_schema_metadata(metadata), temporary)


def read_left_out(path: str | Path) -> list[int]:
    """How many objects were left out of each of the block's frames; empty where an older version wrote the table."""
    found: list[int] = json.loads((pq.read_schema(path).metadata or {}).get(KEY, b"[]"))
    return found
