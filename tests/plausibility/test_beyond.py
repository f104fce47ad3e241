"""What a user does not get, though nothing is wrong with the cells."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sidewinder.plausibility.beyond import check_ctc, check_pixel_size, check_reading


def image(pixel_size_um=None, **attributes):
    return SimpleNamespace(data=np.zeros((4, 1, 2, 2)), pixel_size_um=pixel_size_um, attributes=attributes)


def test_what_the_reader_said_is_one_row():
    (warning,) = check_reading(image(said=["frames 3 and 4 were never written", "times that do not rise are not used"]))
    assert (warning.kind, warning.first_frame, warning.last_frame) == ("raw_data", 0, 3)
    assert warning.message == "frames 3 and 4 were never written; times that do not rise are not used"
    assert check_reading(image()) == []


@pytest.mark.parametrize(
    ("size_um", "card", "n"), [(None, {"pixel_size_um": 0.35}, 1), (0.5, {"pixel_size_um": 0.35}, 0), (None, {}, 0)]
)
def test_a_pixel_size_is_missed_where_the_model_wants_one(size_um, card, n):
    found = check_pixel_size(image(size_um), card)
    assert [warning.kind for warning in found] == ["pixel_size_not_known"] * n
    assert all("the model knows cells at 0.35 um a pixel" in warning.message for warning in found)


@pytest.mark.parametrize(("n_tracks", "frames", "n"), [(65_535, (0, 1), 0), (65_536, (0, 1), 1), (65_535, (0, 2), 1)])
def test_more_tracks_than_masks_can_number_are_said(n_tracks, frames, n):
    track_id = np.repeat(np.arange(1, n_tracks + 1), 2)
    frame = np.tile([0, 1], n_tracks)
    # the last track may have a gap, which takes a label more
    frame[-2:] = frames
    found = check_ctc(pd.DataFrame({"track_id": track_id, "frame": frame}), 3)
    assert [(warning.kind, warning.last_frame) for warning in found] == [("ctc_left_out", 2)] * n
    assert all("need the label 65536" in warning.message for warning in found)
