"""How many tracks the masks of the Cell Tracking Challenge hold, and what is said where there are more."""

# masks have 16 bits
LARGEST_LABEL = 65_535


def left_out(n_tracks: int, largest_label: int) -> str:
    """What is said of a movie that cannot be exported; behind a gap, a track is another one there."""
    return (
        f"{n_tracks} tracks need the label {largest_label}, but masks of the Cell Tracking Challenge end at "
        f"{LARGEST_LABEL}: the export is left out; split the movie, or say geff in the sheet's column exports"
    )
