"""The movies' tables one below the other: which columns the joined table has, and how it is written."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sidewinder.errors import UserError
from sidewinder.names import LINEAGE_TEXTS, LINEAGE_WHOLE
from sidewinder.store import atomic_file, date_back, no_formula
from sidewinder.store.table import CSV_ROWS, write_csv_rows

# 01 and 1e5000 are no numbers
NUMBER = re.compile(r"-?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?")
WHOLE_NUMBER = re.compile(r"-?(0|[1-9]\d{0,17})")
Add = Callable[[pa.Table, Mapping[str, str]], None]


def joined_schema(schemas: Iterable[pa.Schema], rows: Sequence[Mapping[str, str]], name: str) -> pa.Schema:
    """The columns of a joined table.

    Parameters
    ----------
    schemas : iterable of Schema
        Those of the movies' tables.
    rows : sequence of dict
        For each movie `movie` and whatever else the sheet says of it, as text.
    name : str
        What the movies' tables are called, for messages.

    Returns
    -------
    Schema
        `movie`, the sheet's other columns, then all of all tables in the order in which they come up. A column of the
        sheet is whole numbers or float64 where everything in it is one, else text.

    Raises
    ------
    UserError
        Where a column of the sheet is called like one of the tables.
    """
    common = pa.unify_schemas([pa.schema([]), *schemas], promote_options="permissive")
    texts: dict[str, list[str]] = {}
    for row in rows:
        for column in row.keys() - {"movie"}:
            texts.setdefault(column, []).append(row[column])
    extra = dict.fromkeys(column for row in rows for column in row if column != "movie")
    clash = sorted(extra.keys() & set(common.names))
    if clash:
        raise UserError(f"the sheet's column {clash[0]!r} is called like one of {name}; call it something else")
    of_sheet = [pa.field("movie", pa.string()), *(pa.field(column, _type_of(texts[column])) for column in extra)]
    return pa.schema(of_sheet + [field for field in common if field.name != "movie"])


def _type_of(texts: list[str]) -> pa.DataType:
    """The type of a column of the sheet."""
    if all(WHOLE_NUMBER.fullmatch(text) for text in texts):
        return pa.int64()
    return pa.float64() if all(NUMBER.fullmatch(text) for text in texts) else pa.string()


def _in_schema(table: pa.Table, row: Mapping[str, str], schema: pa.Schema) -> pa.Table:
    """A movie's table in the schema of the joined one; `row` is what the sheet says of the movie."""
    columns = []
    for field in schema:
        if field.name in table.column_names and field.name != "movie":
            columns.append(table[field.name].cast(field.type))
        else:
            value = pa.scalar(row.get(field.name), pa.string()).cast(field.type)
            columns.append(pa.repeat(value, len(table)))
    return pa.table(columns, schema=schema)


def lineage_of_rows(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> pa.Table:
    """The table of a movie's tracks with its types, of its rows as text."""
    schema = lineage_schema(columns)
    texts = {name: pa.array([row[name] for row in rows], pa.string()) for name in schema.names}
    # what is not known is empty, but in texts
    known = {
        name: text if schema.field(name).type == pa.string() else pa.array([one or None for one in text.to_pylist()])
        for name, text in texts.items()
    }
    return pa.table([known[name].cast(schema.field(name).type) for name in schema.names], schema=schema)


def lineage_schema(columns: Sequence[str]) -> pa.Schema:
    """The types of the columns of `lineage.csv`."""
    return pa.schema([(name, _type_of_lineage(name)) for name in columns])


def _type_of_lineage(name: str) -> pa.DataType:
    if name in LINEAGE_TEXTS:
        return pa.string()
    if name == "cycle_censored":
        return pa.bool_()
    return pa.int64() if name in LINEAGE_WHOLE else pa.float64()


@contextmanager
def writing_joined(path: Path, schema: pa.Schema, with_csv: bool, written_s: float | None) -> Iterator[Add]:
    """Give a function that adds a movie's table, with what the sheet says of it; the files appear when the block ends
    well.

    Parameters
    ----------
    path : Path
        The Parquet to write.
    schema : Schema
        As of `joined_schema`.
    with_csv : bool
        Whether the same table is written as text beside it, the sheet's own behind `no_formula`; one of an earlier run
        is removed where not.
    written_s : float or None
        When the files are to say that they were written, in seconds since 1970; None for now.

    Yields
    ------
    add : callable
        Takes the table and the row.
    """
    with ExitStack() as stack:
        temporary = stack.enter_context(atomic_file(path))
        stack.callback(date_back, temporary, written_s)
        # Arrow's own file does not say that a disk is full
        file = stack.enter_context(open(temporary, "wb"))
        parquet = stack.enter_context(pq.ParquetWriter(file, schema, compression="zstd"))
        adders: list[Add] = [lambda table, row: parquet.write_table(_in_schema(table, row, schema))]
        if with_csv:
            text = stack.enter_context(atomic_file(path.with_suffix(".csv")))
            stack.callback(date_back, text, written_s)
            adders.append(_csv_writer(stack, text, schema))

        def add(table: pa.Table, row: Mapping[str, str]) -> None:
            for adder in adders:
                adder(table, row)

        yield add
    if not with_csv:
        path.with_suffix(".csv").unlink(missing_ok=True)


def _csv_writer(stack: ExitStack, path: Path, schema: pa.Schema) -> Add:
    """Begin a table as text; a function that adds to it."""
    file = stack.enter_context(open(path, "wb"))
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(map(no_formula, schema.names))
    file.write(header.getvalue().encode())

    def add(table: pa.Table, row: Mapping[str, str]) -> None:
        whole = _in_schema(table, {name: str(no_formula(text)) for name, text in row.items()}, schema)
        for begin in range(0, len(whole), CSV_ROWS):
            rows = whole.slice(begin, CSV_ROWS).to_pandas(use_threads=False)
            write_csv_rows(rows, file, "needed")

    return add
