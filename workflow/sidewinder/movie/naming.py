"""The order of files by the numbers in their names, and which numbers are missing."""

import logging
import math
import re
from collections.abc import Iterable, Sequence

log = logging.getLogger("sidewinder")

NUMBER = re.compile(r"(\d+)")


def in_natural_order(names: Iterable[str]) -> list[str]:
    """Sort names by the numbers in them, t2 before t10."""
    return sorted(names, key=lambda name: ([int(number) for number in NUMBER.findall(name)], name))


def places_in_sequence(where: str, numbers: Sequence[int]) -> tuple[int, ...]:
    """Which of the frames that were planned those are that are there; warns of numbers that are missing.

    Parameters
    ----------
    where : str
        The folder or glob, for messages.
    numbers : sequence of int
        The number in the name of each frame, rising.

    Returns
    -------
    tuple of int
        Of each frame, how many steps of the numbers it is behind the first; empty where none is missing.
    """
    steps = [after - number for number, after in zip(numbers, numbers[1:], strict=False)]
    usual = math.gcd(*steps)
    if not steps or usual == max(steps):
        return ()
    gaps = [
        (number + usual, after - usual)
        for number, after in zip(numbers, numbers[1:], strict=False)
        if after - number > usual
    ]
    listed = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in gaps[:10])
    listed += ", ..." if len(gaps) > 10 else ""
    log.warning(
        "%s: the numbers %s are missing between %d and %d; the time of these frames is left free",
        where,
        listed,
        numbers[0],
        numbers[-1],
    )
    return tuple((number - numbers[0]) // usual for number in numbers)
