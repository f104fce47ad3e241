"""laptrack: linear assignment, then gaps and splits."""

import pandas as pd
from adapter import run
from laptrack import LapTrack


def track(cells: pd.DataFrame, movie, share: float) -> pd.DataFrame:
    """Gaps of up to two frames; all cut-offs are this share of Sidewinder's search range."""
    cut_off = (share * movie.search_range_px) ** 2
    tracker = LapTrack(
        cutoff=cut_off, gap_closing_cutoff=cut_off, gap_closing_max_frame_count=2, splitting_cutoff=cut_off
    )
    tracks, splits, _ = tracker.predict_dataframe(
        cells, ["y_px", "x_px"], frame_col="frame", only_coordinate_cols=False
    )
    tracks = tracks.reset_index().assign(track=lambda t: t["track_id"] + 1)
    parents = dict(zip(splits["child_track_id"], splits["parent_track_id"] + 1, strict=True)) if len(splits) else {}
    return tracks.assign(parent=tracks["track_id"].map(parents).fillna(0))


if __name__ == "__main__":
    run(track)
