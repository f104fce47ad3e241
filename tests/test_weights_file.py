"""Files of weights that were copied in part, before anything runs."""

from pathlib import Path

import pytest

from sidewinder.weights_file import incomplete

WHOLE = Path(__file__).resolve().parents[1] / "workflow/models/nuclei/weights.safetensors"


def test_shipped_weights_are_complete_and_what_cannot_be_read_is_left_to_its_job(tmp_path):
    assert incomplete(str(WHOLE)) == ""
    assert incomplete(str(tmp_path / "none")) == ""


@pytest.mark.parametrize("kept", [1000, -1])
def test_a_file_that_was_copied_in_part_is_told_by_its_size(tmp_path, kept):
    data = WHOLE.read_bytes()
    (tmp_path / "w").write_bytes(data[:kept] if kept < 0 else data[: len(data) - kept])
    said = f"has {len(data) - abs(kept)} of {len(data)} bytes; copy the model folder again"
    assert incomplete(str(tmp_path / "w")) == said


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "is damaged; copy"),
        (b"\1\0", "is damaged; copy"),
        (b"<html>404 not found</html>", "is damaged; copy"),
        (WHOLE.read_bytes()[:500], "has 500 of "),
        (b"\5\0\0\0\0\0\0\0[1,2]", "is damaged; copy"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "is a pointer of Git LFS and not"),
    ],
    ids=["empty", "cut in its length", "a web page", "cut in its header", "no header", "Git LFS"],
)
def test_what_is_no_file_of_weights_is_named(tmp_path, data, expected):
    (tmp_path / "w").write_bytes(data)
    assert incomplete(str(tmp_path / "w")).startswith(expected)
