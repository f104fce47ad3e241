"""Whether a folder takes files."""

import errno

import pytest

from sidewinder.driver import probe
from sidewinder.driver.probe import refusal


def test_a_folder_that_takes_files_is_left_as_it_was(tmp_path):
    assert refusal(tmp_path) is None
    assert refusal(tmp_path / "not" / "there") is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "no space is left (disk, quota, or number of files) for {}; free some space and start again"),
        (errno.EROFS, "{} cannot be read or written: Read-only file system; see to that and start again"),
    ],
)
def test_why_a_folder_takes_none_is_said_with_the_folder(tmp_path, monkeypatch, number, reason):
    def refuse(*_):
        raise OSError(number, "refused", "probe")

    monkeypatch.setattr(probe, "open", refuse, raising=False)
    assert refusal(tmp_path / "logs") == reason.format(tmp_path)
