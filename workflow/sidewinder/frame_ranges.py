"""Frames that a user has chosen, written as `0-119,130`."""


def parse_frames(text: str) -> list[range]:
    """Read ranges of frames.

    Parameters
    ----------
    text : str
        Numbers from 0 and ranges of them, both ends included, separated by commas.

    Returns
    -------
    list of range
        In the order of the text.

    Examples
    --------
    >>> parse_frames("0-3, 5")
    [range(0, 4), range(5, 6)]
    """
    parts = [part.split("-") for part in text.replace(" ", "").split(",")]
    return [range(int(part[0]), int(part[-1]) + 1) for part in parts]


def are_rising(ranges: list[range]) -> bool:
    """Whether no range is empty, and each begins behind the one before."""
    begins_behind = all(a.stop <= b.start for a, b in zip(ranges, ranges[1:], strict=False))
    return begins_behind and all(len(frames) for frames in ranges)
