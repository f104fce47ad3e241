"""Edits of the user's that the movie's cells no longer fit."""

from collections.abc import Mapping, Sequence
from typing import Any

from sidewinder.names import CURATED, EDITS
from sidewinder.plausibility.warning import MovieWarning


def check_edits(broken: Sequence[Mapping[str, Any]], movie: str) -> list[MovieWarning]:
    """Warn of edits that find no cell, or that contradict each other.

    Parameters
    ----------
    broken : sequence of mapping
        `line`, `frame` and `problem` of each, as tracking has found them.
    movie : str
        The movie's name.
    """
    return [
        MovieWarning(
            "edits_do_not_hold",
            one["frame"],
            one["frame"],
            f"{CURATED}/{movie}/{EDITS}, line {one['line']}, frame {one['frame']}: {one['problem']}. The edit was not "
            "applied: look at the place in the movie, and correct the line or remove it",
        )
        for one in broken
    ]
