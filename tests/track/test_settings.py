import pytest

from sidewinder.errors import UserError
from sidewinder.settings import TrackSettings, from_section


def of(settings: dict) -> TrackSettings:
    return from_section(TrackSettings, "track", settings)


def test_defaults_leave_the_search_range_to_the_movie():
    settings = of({})
    assert settings == TrackSettings("auto", None, 2, True)
    assert settings.given_search_range_px(0.5) is None
    assert settings.given_search_range_px(None) is None


def test_micrometres_become_pixels():
    assert of({"search_range_um": 12}).given_search_range_px(0.25) == 48


@pytest.mark.parametrize("pixel_size_um", [None, 0.25])
def test_pixels_stay_pixels(pixel_size_um):
    assert of({"search_range_px": 30}).given_search_range_px(pixel_size_um) == 30


def test_micrometres_without_a_pixel_size_are_refused():
    with pytest.raises(UserError, match=r"search_range_um is 12,.*pixel_size_um in the sheet, or search_range_px"):
        TrackSettings(search_range_um=12).given_search_range_px(None)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"serch_range": 3}, r"no key track\.serch_range; did you mean track\.search_range_"),
        (
            {"search_range_um": "far"},
            "search_range_um: found 'far'; allowed is auto, or a number of micrometres above",
        ),
        ({"search_range_um": 0}, "search_range_um: found 0"),
        pytest.param(
            {"search_range_um": 1e300},
            "search_range_um: found 1e.300; .* up to 100000",
            marks=pytest.mark.case("config", "a search range beyond any frame"),
        ),
        ({"search_range_px": True}, "search_range_px: found True"),
        pytest.param(
            {"search_range_px": float("nan")},
            "search_range_px: found nan",
            marks=pytest.mark.case("config", "a number that is infinite or NaN"),
        ),
        ({"max_gap_frames": -1}, "max_gap_frames: found -1"),
        ({"max_gap_frames": 101}, "max_gap_frames: found 101; allowed is a whole number from 0 to 100"),
        ({"max_gap_frames": 1.5}, "max_gap_frames: found 1.5"),
        ({"max_gap_frames": 2.0}, "max_gap_frames: found 2.0"),
        ({"divisions": "yes"}, "divisions: found 'yes'; allowed is true or false"),
    ],
)
def test_what_is_not_allowed_is_named(settings, message):
    with pytest.raises(UserError, match=message):
        of(settings)
