"""The tables of a movie, byte for byte."""

from pathlib import Path

TABLES = ("tracks.csv", "tracks.parquet", "lineage.csv")


def tables(folder: Path) -> dict[str, bytes]:
    """The tables in a movie's folder."""
    return {name: (folder / name).read_bytes() for name in TABLES}
