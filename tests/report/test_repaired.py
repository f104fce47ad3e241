"""What the page shows of repair: cells before and after, with outlines."""

import base64
import io

import numpy as np
import pandas as pd
from PIL import Image

from reported import SIDE_PX, reported
from sidewinder.repair import repairs_of
from sidewinder.report.movie import repaired


def picture(address: str) -> np.ndarray:
    head, _, text = address.partition(",")
    assert head == "data:image/webp;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("RGB")).astype(int)


def near(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Where a picture, which is lossy, has about a colour."""
    return np.abs(picture - colour).sum(axis=2) < 120


def test_labels_are_found_again_as_they_were():
    rng = np.random.default_rng(0)
    found = rng.integers(0, 6, (30, 40))
    repaired_labels = np.where(rng.random(found.shape) < 0.3, 7, found)
    # 2 is left out, and 5 was joined with 4, so that it is no track
    repaired_labels[repaired_labels == 5] = 4
    track_of = np.array([0, 11, 0, 13, 14, 0, 0, 17])
    known = pd.DataFrame({"label": [1, 2, 3, 4, 7], "track_id": [11, 0, 13, 14, 17]})
    before = repaired.labels_before(track_of[repaired_labels], repairs_of(found, repaired_labels), known)
    was_changed = found != repaired_labels
    expected = np.array([0, 11, -2, 13, 14, -5])[found]
    np.testing.assert_array_equal(before[was_changed], expected[was_changed])
    np.testing.assert_array_equal(before[~was_changed], track_of[found][~was_changed])


def test_outlines_before_and_after(tmp_path):
    (one,) = reported(tmp_path).facts["repairs"]
    assert (one["kind"], one["track"], one["frame"]) == ("merged", 4, 3)
    before, after = picture(one["before"]), picture(one["after"])
    assert before.shape == after.shape
    assert max(after.shape) == repaired.PICTURE_PX
    # three diameters around the cell at y 63, x 60, as far as the frame goes
    scale = max(after.shape) / (SIDE_PX - (60 - 45))
    y, x = round((63.5 - 18) * scale), round((60 - 15) * scale)
    middle = np.s_[y - 12 : y + 12, x - 6 : x + 6]
    # the line that divided the two halves
    assert near(before, repaired.REPAIRED)[middle].sum() >= 24
    assert near(after, repaired.REPAIRED)[middle].sum() == 0
    # what is drawn after is the outline of the disc, two pixels wide
    rows, columns = np.indices(after.shape[:2])
    from_centre = np.hypot(rows - y, columns - x) / scale
    drawn = from_centre[near(after, repaired.REPAIRED)]
    assert drawn.size > 2 * np.pi * 15 * scale
    assert ((drawn > 13) & (drawn < 16)).mean() > 0.95


def test_few_of_each_kind_are_shown_spread_over_the_movie():
    kinds = np.repeat(["missed", "merged", ""], [40, 3, 20])
    cells = pd.DataFrame({"repaired": kinds, "frame": np.arange(63), "track_id": 1})
    chosen = repaired._chosen(cells)
    assert chosen["repaired"].value_counts().to_dict() == {"missed": 8, "merged": 3}
    assert chosen["frame"].tolist()[:8] == [0, 6, 11, 17, 22, 28, 33, 39]
