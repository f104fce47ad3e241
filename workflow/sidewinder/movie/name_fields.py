"""What the numbers in the names of files count: time, channel, position or slice."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sidewinder.errors import UserError
from sidewinder.movie.movie import MOST_CHANNELS
from sidewinder.movie.name_times import take_times

GUID = re.compile(r"\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", re.I)
ENDING = re.compile(r"(\.ome)?\.[a-z]+$", re.I)
NUMBER, DECIMAL = re.compile(r"(\d+)"), re.compile(r"(\d+(?:\.\d+)?)")
WORD = re.compile(r"([a-z]+)[-_ ]?$", re.I)
WELL = re.compile(r"(?<![a-z0-9])([A-P])(\d{1,2})(?![a-z0-9])", re.I)
# letters count the rows of a plate, too
POSITIONS = ["s", "site", "f", "fld", "field", "fov", "p", "pos", "position", "xy", "well", "series", "scene", *"abdeg"]
MEANINGS = {
    **dict.fromkeys(("t", "tp", "time", "timepoint", "point", "frame", "fr"), "time"),
    **dict.fromkeys(("c", "ch", "chan", "channel", "w", "wavelength"), "channel"),
    **dict.fromkeys(("z", "slice"), "z"),
    **dict.fromkeys(POSITIONS, "position"),
}
# of a plate by an Opera or Operetta
HARMONY = re.compile(r"(?<![a-z])r\d+c\d+f\d+p\d+-ch\d+", re.I)
IN_HARMONY = {"r": "position", "c": "position", "f": "position", "p": "z", "ch": "channel", "sk": "time"}
# by MetaMorph, such as w1DAPI
WAVELENGTH = re.compile(r"(?<![a-z0-9])w(\d)([a-z][^_./]*)(?=[_./]|$)", re.I)
# a number behind one of these counts frames where it is the only one: many name their frames so
ANY = {"c", "p", "f", *"abdeg"}


@dataclass(frozen=True)
class Column:
    """The numbers at one place of all names.

    Parameters
    ----------
    before : str
        What stands before them.
    texts : tuple of str
        One a name, as it is written.
    meaning : str
        "time", "channel", "position", "z", or "" where the name does not say.
    """

    before: str
    texts: tuple[str, ...]
    meaning: str

    @cached_property
    def numbers(self) -> tuple[float, ...]:
        """The values, one a name."""
        # whole numbers may be longer than a float is exact
        return tuple(int(text) if text.isdecimal() else float(text) for text in self.texts)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The texts with the word before them, such as s1."""
        word = WORD.search(self.before)
        return tuple(f"{word[1] if word else ''}{text}" for text in self.texts)


@dataclass(frozen=True)
class Fields:
    """What names say.

    Parameters
    ----------
    moments_s : list of float
        When each file was taken, in seconds since any moment; empty where names do not say.
    columns : list of Column
        The numbers that are not the same in all names.
    wells : list of str
        The well of each file; empty where it is the same in all names, or none.
    channels : list of str
        The channel of each file, where names have it in words; empty where they do not.
    """

    moments_s: list[float]
    columns: list[Column]
    wells: list[str]
    channels: list[str]

    def of(self, meaning: str) -> list[Column]:
        """The columns of a meaning."""
        return [column for column in self.columns if column.meaning == meaning]


def read_fields(where: str, names: Sequence[str]) -> Fields:
    """Find out what differs among names.

    Parameters
    ----------
    where : str
        The folder or glob, for messages.
    names : sequence of str
        One a file, with the folders that differ.

    Returns
    -------
    Fields

    Raises
    ------
    UserError
        If the names follow several patterns.
    """
    bare = [ENDING.sub("", GUID.sub("", name)) for name in names]
    moments_s, bare = take_times(bare)
    wells, bare = _take_wells(bare)
    channels, bare = _take_wavelengths(bare)
    patterns = sorted({NUMBER.sub("#", name) for name in bare})
    if len(patterns) > 1 and len({DECIMAL.sub("#", name) for name in bare}) > 1:
        raise UserError(
            f"{where}: the file names follow {len(patterns)} patterns ({patterns[0]}, {patterns[1]}); "
            "expected one file an image: give a glob that matches one of them"
        )
    meanings = MEANINGS | (IN_HARMONY if all(HARMONY.search(name) for name in bare) else {})
    alone = not (moments_s or wells or channels)
    return Fields(moments_s, _with_meanings(_columns(bare), meanings, alone=alone), wells, channels)


def _take_wells(names: list[str]) -> tuple[list[str], list[str]]:
    """The wells, where names have one each and rows differ; and the names without."""
    found = [WELL.findall(name) for name in names]
    if not all(len(each) == 1 for each in found) or len({each[0][0].upper() for each in found}) < 2:
        return [], names
    return ["".join(each[0]) for each in found], [WELL.sub("<well>", name) for name in names]


def _take_wavelengths(names: list[str]) -> tuple[list[str], list[str]]:
    """The channels, where names have one wavelength each and some differ; and the names without."""
    found = [WAVELENGTH.findall(name) for name in names]
    if not all(len(each) == 1 for each in found) or len({each[0] for each in found}) < 2:
        return [], names
    numbers, words = ({each[0][i] for each in found} for i in range(2))
    channels = [each[0][1] if len(words) == len(numbers) else "w" + "".join(each[0]) for each in found]
    return channels, [WAVELENGTH.sub("<channel>", name) for name in names]


def _columns(names: list[str]) -> list[Column]:
    """The numbers that are not the same in all names."""
    splits = [[pattern.split(name) for name in names] for pattern in (DECIMAL, NUMBER)]
    as_decimals, as_whole = (_varying(split) for split in splits)
    # 0.5 after 0.25, but 1.10 after 1.9
    return as_decimals if _n_steps(as_decimals) < _n_steps(as_whole) else as_whole


def _varying(split: list[list[str]]) -> list[Column]:
    if len({len(parts) for parts in split}) > 1:
        return []
    by_place = list(zip(*split, strict=True))
    return [
        Column(by_place[i - 1][0], by_place[i], "") for i in range(1, len(by_place), 2) if len(set(by_place[i])) > 1
    ]


def _n_steps(columns: list[Column]) -> float:
    """How many different steps there are between the successive values of all columns; few where they count."""
    if not columns:
        return float("inf")
    ordered = [sorted(set(column.numbers)) for column in columns]
    return sum(len({round(b - a, 9) for a, b in zip(values, values[1:], strict=False)}) for values in ordered)


def _with_meanings(columns: list[Column], meanings: dict[str, str], *, alone: bool) -> list[Column]:
    meant = []
    for column in columns:
        word = WORD.search(column.before.rpartition("/")[2] or column.before.rstrip("/"))
        name = word[1].lower() if word else ""
        meaning = meanings.get(name, "")
        is_only = alone and len(columns) == 1
        too_many = meaning == "channel" and len(set(column.texts)) > MOST_CHANNELS
        meant.append(Column(column.before, column.texts, "" if is_only and (name in ANY or too_many) else meaning))
    return meant
