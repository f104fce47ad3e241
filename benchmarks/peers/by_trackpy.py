"""trackpy with a memory of one frame; it knows no divisions."""

import pandas as pd
import trackpy
from adapter import run


def track(cells: pd.DataFrame, movie) -> pd.DataFrame:
    """trackpy's own linker; where it is too crowded for it, with its own remedy."""
    trackpy.quiet()
    cells, range_px = cells.rename(columns={"y_px": "y", "x_px": "x"}), movie.search_range_px
    try:
        linked = trackpy.link(cells, range_px, memory=1)
    except trackpy.SubnetOversizeException:
        linked = trackpy.link(cells, range_px, memory=1, adaptive_stop=range_px / 5, adaptive_step=0.9)
    return linked.assign(track=linked["particle"] + 1, parent=0)


if __name__ == "__main__":
    run(track)
