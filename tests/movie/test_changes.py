"""Files that come, go or change while a movie is read."""

import os

import pytest

from sidewinder.errors import UserError
from sidewinder.movie.changes import check_unchanged, file_states


@pytest.fixture
def frames(tmp_path):
    for index in range(3):
        (tmp_path / f"t{index}.tif").write_bytes(b"frame")
    return tmp_path


def test_what_stays_is_right(frames):
    before = file_states(str(frames))
    assert list(before) == [frames / f"t{index}.tif" for index in range(3)]
    assert all(size == 5 for size, _ in before.values())
    (frames / "notes.txt").write_text("no frame")
    check_unchanged(str(frames), before)


@pytest.mark.case("raw data", "a file goes while the movie is read")
def test_what_does_not_stay_is_named(frames):
    before = file_states(str(frames))
    (frames / "t3.tif").write_bytes(b"frame")
    with pytest.raises(
        UserError, match=r"t3\.tif has arrived while it was read; .* \(3 files before .*, 4 afterwards\)"
    ):
        check_unchanged(str(frames), before)
    (frames / "t3.tif").unlink()
    os.utime(frames / "t1.tif", ns=(0, 1))
    with pytest.raises(UserError, match=r"t1\.tif was changed while it was read"):
        check_unchanged(str(frames), before)
    (frames / "t1.tif").unlink()
    with pytest.raises(UserError, match=r"t1\.tif has gone while it was read"):
        check_unchanged(f"{frames}/*.tif", before)


def test_a_link_that_leads_nowhere_is_named(frames):
    (frames / "t3.tif").symlink_to("not_mounted/t3.tif")
    with pytest.raises(UserError, match=r": cannot be read: No such file or directory \(.*t3\.tif\)"):
        file_states(str(frames))
