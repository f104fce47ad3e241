"""Movies of the sheet that are the same raw data."""

import os
from collections.abc import Mapping

from sidewinder.driver.ending import MOST_NAMES, listed
from sidewinder.plan import is_url
from sidewinder.sheet import Row


def same_raw_lines(rows: Mapping[str, Row]) -> list[str]:
    """A line for each set of movies that are one channel and one region of one position of one raw movie.

    Parameters
    ----------
    rows : dict of str to Row
        The sheet.

    Returns
    -------
    lines : list of str
        At most ten; links are followed, copies are not found.
    """
    same: dict[tuple[str, str | None, str, str | None], list[str]] = {}
    # what lies within the cells of another row is of the same raw movie
    for movie, row in ((movie, row) for movie, row in rows.items() if not row.within):
        path = row.path if is_url(row.path) else os.path.realpath(row.path)
        same.setdefault((path, row.position, row.channel, row.region), []).append(movie)
    lines = [
        f"WARNING: {listed(movies)} are the same raw movie, {rows[movies[0]].path}: its cells are in the tables "
        f"{len(movies):,} times; if that is not meant, correct the sheet"
        for movies in same.values()
        if len(movies) > 1
    ]
    more = len(lines) - MOST_NAMES
    return lines[:MOST_NAMES] + [f"WARNING: and {more:,} more raw movies stand in several rows"] * (more > 0)
