"""Frames that are no image: tracks go on over them as if they had not been taken."""

import numpy as np
import pandas as pd
import pytest

from sidewinder.track import Recording, TrackSettings, track_cells

N_FRAMES, SHAPE = 16, (300, 300)


@pytest.fixture
def cells() -> pd.DataFrame:
    """Nine cells on a grid, of which the first moves and divides before frame 8."""
    rows = []
    for frame in range(N_FRAMES):
        for number in range(9):
            y, x = 50 + 100 * (number // 3), 50 + 100 * (number % 3)
            if number == 0 and frame >= 8:
                rows += [(frame, y + sign * (9 + frame - 8), x + 2 * frame, 150.0) for sign in (-1, 1)]
            else:
                rows.append((frame, y, x + 2 * frame * (number == 0), 300.0))
    table = pd.DataFrame(rows, columns=["frame", "y_px", "x_px", "area_px"])
    table["label"] = table.groupby("frame").cumcount() + 1
    return table.assign(touches_border=False)


def tracked(cells, no_image=(), **settings):
    recording = Recording(N_FRAMES, SHAPE, 0.5, 60.0, no_image=np.isin(np.arange(N_FRAMES), no_image))
    return track_cells(cells[~cells["frame"].isin(no_image)], recording, TrackSettings(**settings))


@pytest.mark.parametrize("no_image", [(3,), (0,), (15,), (7, 8), (2, 3, 4, 5, 6), (0, 1, 9, 14, 15)], ids=str)
def test_tracks_and_the_division_are_those_of_the_frames_that_are_images(cells, no_image):
    found = tracked(cells, no_image)
    # nine cells, and the daughters of one
    assert len(found.lineage) == 11
    assert found.lineage["fate"].value_counts().to_dict() == {"end": 10, "division": 1}
    assert not set(found.tracks["frame"]) & set(no_image)
    assert found.tracks.groupby("track_id")["frame"].apply(lambda frames: frames.is_monotonic_increasing).all()
    assert (found.tracks["time_s"] == 60 * found.tracks["frame"]).all()


def test_a_gap_of_as_many_frames_that_are_images_is_not_bridged(cells):
    found = tracked(cells[~cells["frame"].isin((2, 3, 4, 5, 6))])
    assert len(found.lineage) > 11


def test_speeds_over_them_are_over_the_true_time(cells):
    found = tracked(cells, (3, 4)).tracks
    first = found[found["track_id"] == 1].set_index("frame")
    assert first.loc[5, "speed_px_per_frame"] == pytest.approx(first.loc[6, "speed_px_per_frame"], rel=0.2)


def test_a_link_over_them_is_as_sure_as_one_between_neighbours(cells):
    plain, over = (tracked(cells, no_image).tracks.set_index(["track_id", "frame"]) for no_image in ((), (4,)))
    np.testing.assert_allclose(over["link_score"].loc[2:9, 5], plain["link_score"].loc[2:9, 5], atol=1e-9)


def test_cells_in_such_a_frame_are_tracked_all_the_same(cells):
    recording = Recording(N_FRAMES, SHAPE, None, None, no_image=np.arange(N_FRAMES) == 3)
    found = track_cells(cells, recording, TrackSettings())
    assert len(found.tracks.query("frame == 3")) == 9


def test_a_movie_of_no_images_has_no_tracks(cells):
    found = tracked(cells, range(N_FRAMES))
    assert (len(found.tracks), len(found.lineage)) == (0, 0)
