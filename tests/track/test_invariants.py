"""What holds whatever the cells are."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from sidewinder.track import TrackSettings, track_cells
from valid_tracks import AREAS_PX, MOST_STEPS, N_FRAMES, RECORDING, check_tracks, table

CELL = st.tuples(st.integers(0, MOST_STEPS), st.integers(0, MOST_STEPS), st.sampled_from(AREAS_PX))
FRAMES = st.lists(st.lists(CELL, max_size=6), min_size=N_FRAMES, max_size=N_FRAMES)
SETTINGS = st.builds(
    TrackSettings,
    search_range_px=st.sampled_from([None, 6.0, 25.0]),
    max_gap_frames=st.integers(0, 3),
    divisions=st.booleans(),
)


@given(frames=FRAMES, chosen=SETTINGS)
@settings(max_examples=50, deadline=None)
def test_tracks_are_valid(frames, chosen):
    check_tracks(frames, chosen)


@given(frames=FRAMES, data=st.data())
@settings(max_examples=10, deadline=None)
def test_the_order_of_rows_does_not_matter(frames, data):
    cells = table(frames)
    shuffled = cells.iloc[data.draw(st.permutations(range(len(cells))))]
    one, other = (track_cells(each, RECORDING, TrackSettings()) for each in (cells, shuffled))
    pd.testing.assert_frame_equal(one.tracks, other.tracks)
    pd.testing.assert_frame_equal(one.lineage, other.lineage)
    pd.testing.assert_frame_equal(one.label_tracks, other.label_tracks)
