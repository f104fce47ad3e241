"""What holds of tracks whatever the cells are: what property tests and `make fuzz` share."""

import numpy as np
import pandas as pd

from sidewinder.track import Recording, TrackSettings, track_cells

N_FRAMES = 5
RECORDING = Recording(N_FRAMES, (64, 64), None, None)
# few places and sizes, so that cells compete, coincide and look like divisions
MOST_STEPS = 12
AREAS_PX = (100, 160, 314)


def table(frames):
    """The cell table of (y, x, area) of each cell of each frame; places are five pixels apart."""
    columns = ["frame", "label", "y_px", "x_px", "area_px"]
    rows = [
        (frame, label, 5 * y, 5 * x, area)
        for frame, cells in enumerate(frames)
        for label, (y, x, area) in enumerate(cells, start=1)
    ]
    return pd.DataFrame(rows, columns=columns).assign(touches_border=False)


def check_tracks(frames, chosen: TrackSettings) -> None:
    """Track cells, and assert what holds of any."""
    cells = table(frames)
    found = track_cells(cells, RECORDING, chosen)
    tracks, lineage, label_tracks = found.tracks, found.lineage, found.label_tracks
    # each cell is in exactly one track, which has at most one cell a frame
    pd.testing.assert_frame_equal(label_tracks[["frame", "label"]], cells[["frame", "label"]].astype("int64"))
    assert not tracks.duplicated(["track_id", "frame"]).any()
    assert sorted(tracks[["frame", "y_px", "x_px"]].to_numpy().tolist()) == sorted(
        cells[["frame", "y_px", "x_px"]].to_numpy().tolist()
    )
    # rows say of descent what their tracks say
    descent = ["track_id", "parent_track_id", "lineage_id", "generation"]
    pd.testing.assert_frame_equal(tracks[descent].drop_duplicates(ignore_index=True), lineage[descent])
    # ids without holes, in the order of first frames
    assert lineage["track_id"].tolist() == list(range(1, len(lineage) + 1))
    assert lineage["first_frame"].is_monotonic_increasing
    assert sorted(tracks["track_id"].unique()) == lineage["track_id"].tolist()
    # no gap is longer than allowed
    steps = tracks.groupby("track_id")["frame"].diff().dropna()
    assert (steps <= chosen.max_gap_frames + 1).all()
    assert (lineage["last_frame"] - lineage["first_frame"] + 1 >= lineage["n_frames"]).all()
    assert_families_are_valid(lineage, chosen)


def assert_families_are_valid(lineage, chosen):
    """Two to four children or none, parents end before children begin, ids and generations agree."""
    by_id = lineage.set_index("track_id")
    children = lineage[lineage["parent_track_id"] > 0]
    assert chosen.divisions or children.empty
    assert children["parent_track_id"].value_counts().between(2, 4).all()
    parents = by_id.loc[children["parent_track_id"]]
    gap = children["first_frame"].to_numpy() - parents["last_frame"].to_numpy()
    assert ((gap >= 1) & (gap <= chosen.max_gap_frames + 1)).all()
    np.testing.assert_array_equal(children["lineage_id"], parents["lineage_id"])
    np.testing.assert_array_equal(children["generation"], parents["generation"] + 1)
    founders = lineage[lineage["parent_track_id"] == 0]
    np.testing.assert_array_equal(founders["lineage_id"], founders["track_id"])
    assert (founders["generation"] == 0).all()
    assert set(by_id.index[by_id["fate"] == "division"]) == set(children["parent_track_id"])
    assert set(by_id.index[by_id["origin"] == "division"]) == set(children["track_id"])
    # from mothers to daughters as from daughters to mothers, the smaller id first
    down = {mother: list(map(int, text.split())) for mother, text in by_id["children"].items() if text}
    assert down == children.groupby("parent_track_id")["track_id"].agg(list).to_dict()
