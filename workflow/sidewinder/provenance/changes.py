"""What has changed since results were made: what is said of it, and what is noted."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sidewinder.provenance.record import Record, write_record

MOST_LINES = 30


@dataclass
class Changes:
    """What has changed of a movie, or of the tables of all movies.

    Parameters
    ----------
    movie : str
        Its name; empty for the tables of all movies.
    why : list of (str, str)
        Stages that are to be run again, the earliest first, each with the reason, such as "its raw data have changed (1
        file added: t004.tif)".
    again : list of str
        The files below the results folder that are to be made again; what depends on them follows.
    gone : str
        Why its raw data cannot be compared, such as that they are not there; else empty.
    kept : str
        Why its raw data would be read again if they were there; what was made of them stays.
    archived : str
        Where its raw data are, if they are not there and the sheet says so; else empty.
    touched : dict of str to Record
        By their paths, records of files whose times alone have changed, as they are to be.
    settled : list of str
        The names of the records with which everything agrees: whatever the times of files, their jobs have been done.
    alike : list of str
        Those of them whose settings have changed in nothing that makes a difference, which Snakemake cannot know.
    """

    movie: str
    why: list[tuple[str, str]] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    gone: str = ""
    kept: str = ""
    archived: str = ""
    touched: dict[str, Record] = field(default_factory=dict)
    settled: list[str] = field(default_factory=list)
    alike: list[str] = field(default_factory=list)


def lines_of(changes: Iterable[Changes]) -> list[str]:
    """Say what is computed again and why, and which raw data are neither there nor archived: a line each movie."""
    lines = []
    for one in changes:
        if one.why and not one.movie:
            lines.append(f"tables of all movies: {one.why[0][1]}: they are made again")
        elif one.why:
            stage, reason = one.why[0]
            whole = "it is computed again" if stage == "preprocess" else f"it is computed again from {stage} on"
            lines.append(f"movie {one.movie}: {reason}: {whole}")
        elif one.kept:
            lines.append(f"movie {one.movie}: {one.kept}, but its raw data are not there: its results stay as they are")
        elif one.gone and not one.archived:
            lines.append(f"movie {one.movie}: {one.gone}; its results stay as they are")
    more = len(lines) - MOST_LINES
    return lines if more <= 0 else [*lines[:MOST_LINES], f"... and {more} more movies of which something has changed"]


def note_times(changes: Iterable[Changes]) -> None:
    """Note the times of files of which nothing else has changed, so that they are not read at every start."""
    for one in changes:
        for path, record in one.touched.items():
            try:
                write_record(Path(path), record)
            except OSError:
                # results that may not be written to are compared at length again
                return
