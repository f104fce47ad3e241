"""What a version of Snakemake may have no longer."""

from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def found_or(without: Found, look: Callable[[], Found]) -> Found:
    """What Snakemake holds; `without`, where this version of it has no such thing."""
    try:
        return look()
    except (AttributeError, TypeError):
        return without
