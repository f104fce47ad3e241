"""The order of frames by the numbers in their file names."""

import logging
import math
import re
from collections.abc import Sequence

from sidewinder.errors import UserError

log = logging.getLogger("sidewinder")

NUMBER = re.compile(r"(\d+)")
# what stands before a number that counts channels, slices or positions and not frames
NOT_TIME = re.compile(r"(?:^|[^a-z])(c|ch|chan|channel|w|z|slice|s|site|f|field|p|pos|position|xy|well)[-_ ]?$", re.I)


def in_natural_order(where: str, names: Sequence[str]) -> list[str]:
    """Sort names by the numbers in them, t2 before t10.

    Parameters
    ----------
    where : str
        The folder or glob, for messages.
    names : sequence of str
        One a file.

    Returns
    -------
    list of str
        The names in the order of frames.

    Raises
    ------
    UserError
        If the names cannot be those of one movie's frames: they follow several patterns, two have the same numbers, or
        they count something else than frames too.
    """
    ordered = sorted(names, key=lambda name: (_numbers(name), name))
    patterns = sorted({NUMBER.sub("#", name) for name in names})
    if len(patterns) > 1:
        raise UserError(
            f"{where}: the file names follow {len(patterns)} patterns ({patterns[0]}, {patterns[1]}); "
            "expected one file a frame: give a glob that matches one of them"
        )
    for name, after in zip(ordered, ordered[1:], strict=False):
        if _numbers(name) == _numbers(after):
            raise UserError(f"{where}: {name} and {after} have the same number; expected one file a frame")
    columns = _varying_numbers(ordered)
    if len(columns) > 1:
        _refuse_grids(where, NUMBER.split(ordered[0]), columns)
    return ordered


def warn_of_order(where: str, ordered: Sequence[str]) -> None:
    """Warn of numbers that are missing among the names of frames, or if no number counts them.

    Parameters
    ----------
    where : str
        The folder or glob, for messages.
    ordered : sequence of str
        What `in_natural_order` gives.
    """
    counting = next((column for column in _varying_numbers(ordered).values() if len(set(column)) == len(ordered)), None)
    if counting:
        _warn_of_gaps(where, sorted(counting))
    elif len(ordered) > 1:
        log.warning(
            "%s: no single number in the file names counts the frames; they are taken in this order: %s, %s, ..., %s",
            where,
            ordered[0],
            ordered[1],
            ordered[-1],
        )


def _numbers(name: str) -> tuple[int, ...]:
    return tuple(int(number) for number in NUMBER.findall(name))


def _varying_numbers(names: Sequence[str]) -> dict[int, tuple[int, ...]]:
    """The numbers in names that are not the same in all of them, by their place in a name."""
    columns = enumerate(zip(*(_numbers(name) for name in names), strict=True))
    return {i: column for i, column in columns if len(set(column)) > 1}


def _refuse_grids(where: str, parts: list[str], columns: dict[int, tuple[int, ...]]) -> None:
    """Refuse numbers of channels, slices and positions beside those of frames."""
    for i, column in columns.items():
        before = parts[2 * i].rpartition("/")[2]
        if NOT_TIME.search(before):
            raise UserError(
                f"{where}: the file names count '{before}' from {min(column)} to {max(column)} beside the "
                f"frames; expected one file a frame: give a glob such as *{before}{parts[2 * i + 1]}*"
            )


def _warn_of_gaps(where: str, numbers: list[int]) -> None:
    steps = [after - number for number, after in zip(numbers, numbers[1:], strict=False)]
    usual = math.gcd(*steps)
    gaps = [
        (number + usual, after - usual)
        for number, after in zip(numbers, numbers[1:], strict=False)
        if after - number > usual
    ]
    if gaps:
        listed = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in gaps[:10])
        listed += ", ..." if len(gaps) > 10 else ""
        log.warning(
            "%s: the numbers %s are missing between %d and %d; the %d frames that are there count as consecutive",
            where,
            listed,
            numbers[0],
            numbers[-1],
            len(numbers),
        )
