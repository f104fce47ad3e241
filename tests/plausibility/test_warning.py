"""How frames become warnings."""

import re

import pytest

from sidewinder.plausibility import KINDS
from sidewinder.plausibility.warning import MOST_RANGES, MovieWarning, over_ranges, ranges, spoken


@pytest.mark.parametrize(
    ("frames", "expected"),
    [((), []), ((0,), [(0,)]), ((0, 1, 2), [(0, 1, 2)]), ((1, 3, 4, 7), [(1,), (3, 4), (7,)])],
)
def test_neighbouring_frames_are_joined(frames, expected):
    assert ranges(frames) == expected


def test_a_warning_says_its_frames_first():
    said = over_ranges("saturated", [2, 5, 6], lambda frames: f"about {frames}")
    assert said == [
        MovieWarning("saturated", 2, 2, "Frame 2: about (2,)"),
        MovieWarning("saturated", 5, 6, "Frames 5 to 6: about (5, 6)"),
    ]
    assert over_ranges("saturated", [], lambda frames: "") == []


def test_many_ranges_are_one_row():
    frames = range(0, 2 * MOST_RANGES, 2)
    assert len(over_ranges("saturated", frames, lambda frames: "x")) == MOST_RANGES
    (warning,) = over_ranges("saturated", [*frames, 40], lambda frames: f"{len(frames)} bright ones")
    assert warning == MovieWarning("saturated", 0, 40, "6 of the frames 0 to 40: 6 bright ones")
    assert spoken((0, 1)) == "Frames 0 to 1"


def test_the_page_explains_each_kind_in_order(checkout):
    page = (checkout / "docs" / "warnings.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^## `(\w+)`$", page, re.M)) == KINDS
