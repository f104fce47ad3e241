"""What is noticed of a change of files."""

import os
from pathlib import Path

import pytest

from sidewinder.fingerprint import (
    Print,
    difference,
    digest_at,
    digest_of,
    look_at,
    with_digests,
)

THEN = {f"t{frame}.tif": Print(10, 5, f"of {frame}") for frame in range(5)}


def never(name: str) -> str:
    raise AssertionError("no contents have to be read")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (THEN, ""),
        (THEN | {"t5.tif": Print(10, 5)}, "1 file added: t5.tif"),
        ({"t0.tif": Print(10, 5)}, "4 files removed: t1.tif, t2.tif, t3.tif, ..."),
        (THEN | {"t2.tif": Print(11, 5)}, "1 file changed: t2.tif"),
        ({"x.tif": Print(10, 5)} | dict(list(THEN.items())[1:]), "1 file added: x.tif; 1 file removed: t0.tif"),
    ],
)
def test_names_and_sizes_tell_without_a_look_inside(now, expected):
    assert difference(THEN, now, never) == expected


def test_contents_tell_where_times_alone_differ():
    older = THEN | {name: Print(10, 4) for name in ("t1.tif", "t3.tif")}
    asked = []

    def digest(name: str) -> str:
        asked.append(name)
        return "another" if name == "t3.tif" else THEN[name].digest

    assert difference(THEN, older, digest) == "1 file changed: t3.tif"
    assert asked == ["t1.tif", "t3.tif"]
    assert difference(THEN, older, lambda name: THEN[name].digest) == ""


def test_a_single_file_is_known_whatever_its_name(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"movie")
    then = with_digests(look_at([tmp_path / "a.tif"], tmp_path / "a.tif"), tmp_path / "a.tif")
    os.rename(tmp_path / "a.tif", tmp_path / "b.tif")
    now = look_at([tmp_path / "b.tif"], tmp_path / "b.tif")
    assert difference(then, now, never) == ""
    (tmp_path / "b.tif").write_bytes(b"longer")
    now = look_at([tmp_path / "b.tif"], tmp_path / "b.tif")
    assert difference(then, now, never) == "the file has changed"


def test_names_are_those_below_the_root_however_it_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("frames/in").mkdir(parents=True)
    Path("frames/in/t0.tif").write_bytes(b"12345")
    for root in ("frames", "./frames/", "frames//", tmp_path / "frames"):
        prints = look_at([Path(root, "in/t0.tif")], root)
        assert [(name, one.size) for name, one in prints.items()] == [("in/t0.tif", 5)]


def test_links_are_followed(tmp_path):
    for name, text in (("one", "first"), ("two", "other")):
        (tmp_path / name).write_text(text)
    link = tmp_path / "link"
    link.symlink_to("one")
    then = with_digests(look_at([link], link), link)
    link.unlink()
    link.symlink_to("two")
    os.utime(tmp_path / "two", ns=(0, 0))
    assert difference(then, look_at([link], link), lambda name: digest_of(link)) == "the file has changed"


def test_the_digest_of_a_folder_changes_with_names_and_contents_but_not_with_snakemakes_own(tmp_path):
    (tmp_path / "ctc" / "in").mkdir(parents=True)
    (tmp_path / "ctc" / "in" / "a").write_text("1")
    first = digest_at(tmp_path / "ctc")
    (tmp_path / "ctc" / ".snakemake_timestamp").touch()
    assert digest_at(tmp_path / "ctc", threads=2) == first
    (tmp_path / "ctc" / "in" / "b").touch()
    second = digest_at(tmp_path / "ctc")
    os.rename(tmp_path / "ctc" / "in" / "b", tmp_path / "ctc" / "b")
    assert len({first, second, digest_at(tmp_path / "ctc")}) == 3
