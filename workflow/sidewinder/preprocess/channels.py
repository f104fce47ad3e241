"""The channels that the sheet means."""

from collections.abc import Sequence

from sidewinder.errors import UserError


def channel_indices(channel_names: Sequence[str], channel: str) -> list[int]:
    """Find channels by their names, or else by their numbers from 0.

    Parameters
    ----------
    channel_names : sequence of str
        Names of the movie's channels, all different.
    channel : str
        What the sheet says: one, or several separated by commas, for a model that takes several.

    Returns
    -------
    list of int
        In the order of the sheet.

    Raises
    ------
    UserError
        If there is no such channel, or one is named twice.

    Examples
    --------
    >>> channel_indices(["DAPI", "GFP"], "GFP"), channel_indices(["DAPI", "GFP"], "1, DAPI")
    ([1], [1, 0])
    """
    # a name may hold a comma itself
    parts = [channel] if channel in channel_names else [part.strip() for part in channel.split(",")]
    indices = [_index(channel_names, part) for part in parts]
    if len(set(indices)) < len(indices):
        raise UserError(f"channel '{channel}' names one channel twice; name each once in the sheet")
    return indices


def _index(channel_names: Sequence[str], channel: str) -> int:
    """Find one channel."""
    if channel in channel_names:
        return list(channel_names).index(channel)
    if channel.isdecimal() and int(channel) < len(channel_names):
        return int(channel)
    listed = ", ".join(f"{index}: {name}" for index, name in enumerate(channel_names))
    raise UserError(
        f"channel '{channel}' is not in the movie ({listed}); give one of the names or numbers in the sheet"
    )
