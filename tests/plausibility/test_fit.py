"""Signs that the model does not fit, one by one."""

import numpy as np
import pandas as pd
import pytest

from sidewinder.plausibility.fit import Segmented, area_changes, check_fit, expected_diameters

FRAME_PX = 100_000
EXPECTED_PX = (12.0, 70.0)


def segmented(
    lengths, n_frames: int, area_px: float = 400, wobble: float = 0.03, uncertainty: float = 0.05, first: int = 0
) -> Segmented:
    """Tracks of so many frames each, whose areas change by a share from frame to frame."""
    rng = np.random.default_rng(0)
    rows = [
        (track, first + frame, area_px * (1 + wobble * (frame % 2)) * rng.uniform(0.999, 1.001))
        for track, length in enumerate(lengths, start=1)
        for frame in range(length)
    ]
    tracks = pd.DataFrame(rows, columns=["track_id", "frame", "area_px"]).assign(repaired="", touches_border=False)
    return Segmented(tracks, tracks, np.full(n_frames, uncertainty), FRAME_PX)


def said(of: Segmented, diameters_px=EXPECTED_PX) -> str:
    found = check_fit(of, diameters_px)
    assert len(found) < 2
    assert all((one.first_frame, one.last_frame) == (0, of.n_frames - 1) for one in found)
    return "".join(one.message for one in found)


def test_good_tracks_are_not_spoken_of():
    assert said(segmented([10] * 20, 10)) == ""


def test_of_label_images_of_the_user_s_own_no_model_is_spoken_of():
    (warning,) = check_fit(segmented([2] * 20, 10, first=4), None, by_model=False)
    assert warning.kind == "labels_do_not_fit"
    assert "the label images do not seem to fit: 20 of 20 tracks are shorter than 3 frames" in warning.message
    assert "model" not in warning.message


@pytest.mark.parametrize(
    ("diameter_px", "fits"), [(8.0, False), (10.5, True), (40.0, True), (80.0, True), (90.0, False)]
)
def test_cells_outside_of_what_the_card_names(diameter_px, fits):
    message = said(segmented([10] * 5, 10, area_px=np.pi * diameter_px**2 / 4, wobble=0))
    expected = f"cells have a diameter of {diameter_px:.0f}"
    assert message == "" if fits else expected in message and "is for 12 to 70 px" in message
    assert said(segmented([10] * 5, 10, area_px=np.pi * diameter_px**2 / 4, wobble=0), None) == ""


@pytest.mark.parametrize(("diameter_px", "fits"), [(9.5, False), (10.5, True), (39.0, True), (41.0, False)])
def test_a_model_of_one_frame_is_for_more_than_its_diameter(diameter_px, fits):
    of = segmented([10] * 5, 10, area_px=np.pi * diameter_px**2 / 4, wobble=0)
    assert (said(of, (20.0, 20.0)) == "") == fits


def test_the_size_is_that_of_cells_that_are_not_cut_off():
    of = segmented([4] * 10, 4, area_px=400)
    of.cells.loc[:29, ["area_px", "touches_border"]] = (20.0, True)
    assert said(of) == ""


@pytest.mark.case("results", "a warning: most tracks are short")
def test_tracks_shorter_than_three_frames(shown):
    message = said(segmented([1, 2, 1, 2] * 10, 8, first=3))
    assert "40 of 40 tracks are shorter than 3 frames" in message
    shown(message, 0)


@pytest.mark.parametrize("n_frames", [1, 2, 3])
def test_tracks_of_a_short_movie_are_short(n_frames):
    assert said(segmented([n_frames] * 40, n_frames)) == ""
    assert said(segmented([1] * 40, n_frames)) == ""


def test_tracks_that_begin_or_end_with_the_movie_may_be_longer_than_it():
    assert said(segmented([2] * 40, 8)) == ""
    assert said(segmented([2] * 40, 8, first=6)) == ""


def test_specks_that_come_and_go_beside_cells_do_no_harm():
    # as debris in U373: most tracks, but few of the cells; and of one cell that is lost now and then
    for lengths in ([97] * 8 + [1] * 30, [7] + [1] * 5):
        of = segmented(lengths, max(lengths) + 3, first=3)
        assert len(of.tracks["track_id"].unique()) == len(lengths)
        assert said(of) == ""


def test_areas_that_jump():
    assert "a cell's area changes by 30 % from one frame to the next" in said(segmented([6] * 10, 6, wobble=0.3))
    assert said(segmented([6] * 10, 6, wobble=0.09)) == ""
    # one cell may change its shape
    assert said(segmented([15], 15, wobble=0.3)) == ""


def test_areas_are_compared_of_cells_that_were_found_in_neighbouring_frames():
    rows = [(1, 0, 100, ""), (1, 1, 150, ""), (1, 3, 900, ""), (1, 4, 90, "missed"), (2, 5, 100, ""), (2, 6, 80, "")]
    tracks = pd.DataFrame(rows, columns=["track_id", "frame", "area_px", "repaired"])
    np.testing.assert_allclose(area_changes(tracks), [0.5, 0.25])


def test_a_model_that_is_uncertain_everywhere():
    crowd = segmented([5] * 175, 5, uncertainty=0.45)
    assert crowd.cells["area_px"].sum() / 5 / FRAME_PX == pytest.approx(0.7, abs=0.02)
    assert "its uncertainty is 45 % on average over the frame, of which cells cover 71 %" in said(crowd)
    assert said(segmented([5] * 175, 5, uncertainty=0.3)) == ""


def test_a_model_that_is_uncertain_where_there_are_no_cells():
    assert "its uncertainty is 15 % on average over the frame" in said(segmented([5] * 25, 5, uncertainty=0.15))
    assert said(segmented([5] * 60, 5, uncertainty=0.15)) == ""
    # the rims of a few small cells are most of them, and hardly anything of the frame
    assert said(segmented([5] * 2, 5, uncertainty=0.02)) == ""
    nothing = segmented([], 5, uncertainty=0.2)
    assert "cells cover 0 %" in said(nothing)
    assert said(segmented([], 5, uncertainty=0.01)) == ""


@pytest.mark.parametrize(
    ("card", "pixel_size_um", "expected"),
    [
        ("pixel_size_um: 0.35\nobject_diameter_px: [12, 70]", 0.7, (6.0, 35.0)),
        ("pixel_size_um: 0.35\nobject_diameter_px: [12, 70]", None, (12.0, 70.0)),
        ("object_diameter_px: [12, 70]", 0.7, (12.0, 70.0)),
        ("object_diameter_px:", 0.7, None),
        ("object_diameter_px: 12 to 70", 0.7, None),
        ("object_diameter_px: [0, .inf]", 0.7, None),
        ("name: mine", 0.7, None),
    ],
)
def test_the_card_s_diameters_are_in_the_model_s_pixels(tmp_path, card, pixel_size_um, expected):
    (tmp_path / "card.yaml").write_text(card)
    assert expected_diameters(tmp_path, pixel_size_um) == expected


def test_a_package_names_no_diameters(tmp_path):
    assert expected_diameters(tmp_path, 0.5) is None
    assert expected_diameters(tmp_path / "model.zip", 0.5) is None
