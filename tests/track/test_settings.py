import pytest

from sidewinder.errors import UserError
from sidewinder.track import TrackSettings


def test_defaults_leave_the_search_range_to_the_movie():
    settings = TrackSettings.from_config({})
    assert settings == TrackSettings("auto", None, 2, True)
    assert settings.given_search_range_px(0.5) is None
    assert settings.given_search_range_px(None) is None


def test_micrometres_become_pixels():
    assert TrackSettings.from_config({"search_range_um": 12}).given_search_range_px(0.25) == 48


@pytest.mark.parametrize("pixel_size_um", [None, 0.25])
def test_pixels_stay_pixels(pixel_size_um):
    assert TrackSettings.from_config({"search_range_px": 30}).given_search_range_px(pixel_size_um) == 30


def test_micrometres_without_a_pixel_size_are_refused():
    with pytest.raises(UserError, match=r"search_range_um is 12,.*pixel_size_um in the sheet, or search_range_px"):
        TrackSettings(search_range_um=12).given_search_range_px(None)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"serch_range": 3}, "no serch_range; allowed are search_range_um, search_range_px, max_gap_frames, divisions"),
        ({"search_range_um": "far"}, "search_range_um is 'far'; allowed is auto"),
        ({"search_range_um": 0}, "search_range_um is 0"),
        ({"search_range_px": True}, "search_range_px is True"),
        ({"search_range_px": float("nan")}, "search_range_px is nan"),
        ({"search_range_um": 5, "search_range_px": 5}, "search_range_um or search_range_px, not both"),
        ({"max_gap_frames": -1}, "max_gap_frames is -1"),
        ({"max_gap_frames": 1.5}, "max_gap_frames is 1.5"),
        ({"divisions": "yes"}, "divisions is 'yes'; allowed is true or false"),
    ],
)
def test_what_is_not_allowed_is_named(settings, message):
    with pytest.raises(UserError, match=message):
        TrackSettings.from_config(settings)
