"""Which channel the sheet means."""

from collections.abc import Sequence

from sidewinder.errors import UserError


def channel_index(channel_names: Sequence[str], channel: str) -> int:
    """Find a channel by its name, or else by its number from 0.

    Parameters
    ----------
    channel_names : sequence of str
        Of the movie, all different.
    channel : str
        What the sheet says.

    Returns
    -------
    int

    Raises
    ------
    UserError
        If there is no such channel.

    Examples
    --------
    >>> channel_index(["DAPI", "GFP"], "GFP"), channel_index(["DAPI", "GFP"], "0")
    (1, 0)
    """
    if channel in channel_names:
        return list(channel_names).index(channel)
    if channel.isdecimal() and int(channel) < len(channel_names):
        return int(channel)
    listed = ", ".join(f"{index}: {name}" for index, name in enumerate(channel_names))
    raise UserError(
        f"channel '{channel}' is not in the movie ({listed}); give one of the names or numbers in the sheet"
    )
