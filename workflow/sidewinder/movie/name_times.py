"""When frames were taken, as names of files and labels of slices say it: 0.25h, 01d02h15m, 2026-01-31_23h20m."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

DAY_S = 86400.0
SECONDS = {"ms": 1e-3, "s": 1.0, "sec": 1.0, "min": 60.0, "d": DAY_S, "day": DAY_S}
SECONDS |= dict.fromkeys(("h", "hr", "hour"), 3600.0)
DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)"
    r"(?:[-_ T]*([01]\d|2[0-3])[-_.:h]?([0-5]\d)(?:[-_.:m]?([0-5]\d))?[ms]?)?(?![0-9a-z])",
    re.I,
)
ELAPSED = re.compile(
    r"(?<![0-9.])(?:(\d+)d[-_ ]?)?(?:(\d+)h[-_ ]?)?(?:(\d+)m(?:in)?[-_ ]?)?(?:(\d+)s)?(?![0-9a-z])", re.I
)
HOURS_AND_MINUTES = re.compile(r"(?<![0-9.])()(\d+)h([0-5]\d)m?()(?![0-9a-z])", re.I)
WITH_UNIT = re.compile(r"(?<![0-9.])(\d+(?:\.\d+)?) ?(ms|s|sec|min|h|hr|hour|d|day)s?(?![0-9a-z])", re.I)
TIME = "<time>"


@dataclass(frozen=True)
class Stamp:
    """A time in a name: where it stands, in seconds since any moment, and whether it begins again every day."""

    start: int
    end: int
    moment_s: float
    is_clock: bool = False


def take_times(names: Sequence[str]) -> tuple[list[float], list[str]]:
    """Find the time that differs from name to name.

    Parameters
    ----------
    names : sequence of str
        One a file, or a label.

    Returns
    -------
    moments_s : list of float
        One a name, in seconds since any moment; empty where names do not say when.
    rest : list of str
        The names with `TIME` in place of it.
    """
    for find in (_dates, _elapsed, _hours_and_minutes, _with_unit):
        if not any(map(find, names[:1])):
            # what the first has none of, does not differ from name to name
            continue
        found = [find(name) for name in names]
        for stamps in zip(*found, strict=False):
            if len({stamp.moment_s for stamp in stamps}) > 1 and len({len(each) for each in found}) == 1:
                rest = [name[: s.start] + TIME + name[s.end :] for name, s in zip(names, stamps, strict=True)]
                moments_s = [stamp.moment_s for stamp in stamps]
                return _over_midnight(moments_s) if all(s.is_clock for s in stamps) else moments_s, rest
    return [], list(names)


def _dates(name: str) -> list[Stamp]:
    stamps = []
    for match in DATE.finditer(name):
        try:
            year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
            moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        except ValueError:
            continue
        stamps.append(Stamp(*match.span(), moment.timestamp()))
    return stamps


def _elapsed(name: str) -> list[Stamp]:
    return _of_parts(name, ELAPSED, lambda parts: sum(part is not None for part in parts) > 1)


def _hours_and_minutes(name: str) -> list[Stamp]:
    return _of_parts(name, HOURS_AND_MINUTES, lambda _: True)


def _of_parts(name: str, pattern: re.Pattern[str], is_time: Callable[[Sequence[str | None]], bool]) -> list[Stamp]:
    """Days, hours, minutes and seconds; what has hours of one day only may be the time of day."""
    stamps = []
    for match in pattern.finditer(name):
        if is_time(match.groups()):
            days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
            moment_s = DAY_S * days + 3600.0 * hours + 60.0 * minutes + seconds
            stamps.append(Stamp(*match.span(), moment_s, is_clock=not match[1] and bool(match[2]) and hours < 24))
    return stamps


def _with_unit(name: str) -> list[Stamp]:
    found = WITH_UNIT.finditer(name)
    return [Stamp(*match.span(), round(float(match[1]) * SECONDS[match[2].lower()], 6)) for match in found]


def _over_midnight(moments_s: list[float]) -> list[float]:
    """Times of day, put on the next day after midnight where that makes even times of uneven ones."""
    ordered = sorted(set(moments_s))
    steps = [after - time for time, after in zip(ordered, ordered[1:], strict=False)]
    longest = max(range(len(steps)), key=steps.__getitem__)
    others = {*steps[:longest], *steps[longest + 1 :], ordered[0] + DAY_S - ordered[-1]}
    if len(set(steps)) > 1 and math.isclose(min(others), max(others)):
        return [time + DAY_S * (time <= ordered[longest]) for time in moments_s]
    return moments_s
