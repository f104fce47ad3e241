"""CI refuses an installation that is no longer the one that was tried on a machine that has nothing."""

import shutil
import subprocess
import sys

import pytest

FILES = ("requirements.lock", "envs/install.sh", "envs/venv.sh", "envs/fetch_pip.py")


@pytest.fixture
def tried(checkout, tmp_path):
    """Run `.ci/tried.py` in a copy of what it looks at."""
    for name in (".ci/tried.py", *FILES):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy2(checkout / name, tmp_path / name)

    def run(*arguments: str) -> subprocess.CompletedProcess:
        command = [sys.executable, tmp_path / ".ci" / "tried.py", *arguments]
        return subprocess.run(command, capture_output=True, text=True)

    return run


def test_a_machine_has_one_row_the_last_one(tried, tmp_path):
    for python, seconds in (("3.13.5", "100"), ("3.13.6", "90")):
        assert tried("record", "Debian trixie", python, "6000", seconds, "200").returncode == 0
    assert tried("record", "Debian sid", "3.14.0", "6000", "95", "210").returncode == 0
    header, *rows = [line.split("\t") for line in (tmp_path / ".ci" / "tried.tsv").read_text().splitlines()]
    assert header == ["machine", "python", "venv_mb", "install_s", "run_s", "date", "digest"]
    assert [row[:5] for row in rows] == [
        ["Debian sid", "3.14.0", "6000", "95", "210"],
        ["Debian trixie", "3.13.6", "6000", "90", "200"],
    ]


@pytest.mark.parametrize("name", FILES)
def test_a_change_of_what_is_installed_or_how_is_noticed(tried, tmp_path, name):
    tried("record", "Debian trixie", "3.13.5", "6000", "100", "200")
    assert tried("check").returncode == 0
    with open(tmp_path / name, "a") as file:
        file.write("# changed\n")
    result = tried("check")
    assert result.returncode == 1
    assert "has changed since it was tried (Debian trixie on" in result.stderr
    assert ".ci/on-debian" in result.stderr


def test_nothing_tried_is_not_enough(tried, tmp_path):
    (tmp_path / ".ci" / "tried.tsv").write_text("machine\tpython\tvenv_mb\tinstall_s\trun_s\tdate\tdigest\n")
    result = tried("check")
    assert result.returncode == 1
    assert "was never tried" in result.stderr
