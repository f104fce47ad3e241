"""What is said at the end of a run."""

from pathlib import Path

import pytest

from sidewinder.driver.ending import failure_lines, listed, summary_lines, warning_lines
from sidewinder.driver.failures import Failure
from sidewinder.errors import UserError


def test_the_summary_is_a_table_and_where_to_look(tmp_path):
    name = tmp_path.name
    (tmp_path / "summary.csv").write_text(
        "movie,condition,frames,cells,tracks,divisions,pixel_size_um,SEG,DET,TRA,LNK\n"
        "plain,sparse,40,1520,61,9,0.5,0.91234,0.99,1.0,0.9\n"
        "own,dense,3,7,4,0,,,,,\n"
    )
    assert summary_lines(tmp_path, tmp_path.parent) == [
        "",
        "movie  cells  tracks  divisions    SEG    DET    TRA",
        "plain   1520      61          9  0.912  0.990  1.000",
        "own        7       4          0      -      -      -",
        "",
        f"Look first at {name}/plain/report.html, in a browser: its warnings, cells, tracks and lineages.",
        f"Then {name}/plain/movie.ome.zarr (napari opens it), {name}/plain/tracks.csv and, for all movies together,",
        f"{name}/experiment.parquet and {name}/summary.csv.",
    ]
    (tmp_path / "report.html").touch()
    assert summary_lines(tmp_path, tmp_path.parent)[5:7] == [
        f"Look first at {name}/report.html, in a browser: all movies, and what differs by condition.",
        f"Then {name}/plain/report.html, in a browser: its warnings, cells, tracks and lineages.",
    ]


def test_a_long_summary_is_cut_and_columns_without_values_are_left_out(tmp_path):
    rows = "".join(f"m{index},1,1,0,\n" for index in range(1000))
    (tmp_path / "summary.csv").write_text(f"movie,cells,tracks,divisions,SEG\n{rows}")
    lines = summary_lines(tmp_path, Path.cwd())
    assert lines[1] == "movie  cells  tracks  divisions"
    assert lines[32] == f"... and 970 more movies in {tmp_path}/summary.csv"


def test_what_is_not_done_and_how_many_warnings_there_are_stand_in_the_summary(tmp_path):
    (tmp_path / "summary.csv").write_text(
        "movie,state,reason,warnings,frames,cells,tracks,divisions\n"
        "bad,failed,bad.tif: is cut off,,,,,\n"
        "good,done,,model_does_not_fit; black_frames,3,7,4,0\n"
        'late,missing,"not made: the run ended before its turn",,,,,\n'
    )
    lines = summary_lines(tmp_path, tmp_path)
    assert lines[1:5] == [
        "movie    state  warnings  cells  tracks  divisions",
        "bad     failed         -      -       -          -",
        "good      done         2      7       4          0",
        "late   missing         -      -       -          -",
    ]
    assert lines[6].startswith("Look first at good/report.html")


def test_where_no_movie_is_done_there_is_nothing_to_look_at(tmp_path):
    (tmp_path / "summary.csv").write_text("movie,state,cells\nbad,failed,\n")
    assert summary_lines(tmp_path, tmp_path) == ["", "movie   state", "bad    failed"]


def test_warnings_are_said_with_their_frames_as_far_as_a_screen_holds_them(tmp_path):
    (tmp_path / "summary.csv").write_text("movie,warnings\nfew,a; b\nnone,\ngone,a\nmany,c\n")
    for movie, rows in {
        "few": ["a,0,35,no cells", 'b,7,7,"all black, it seems"', "a,,,odd", 'b,5,6,"Frames 5 to 6: dim"'],
        "none": ["x,0,1,old"],
    }.items():
        (tmp_path / movie).mkdir()
        text = "".join(f"{movie},{row}\n" for row in rows)
        (tmp_path / movie / "warnings.csv").write_text(f"movie,kind,first_frame,last_frame,message\n{text}")
    few = [
        "WARNING: movie few, frames 0 to 35: no cells",
        "WARNING: movie few, frame 7: all black, it seems",
        "WARNING: movie few: odd",
        "WARNING: movie few: Frames 5 to 6: dim",
    ]
    assert warning_lines(tmp_path, tmp_path.parent) == few
    (tmp_path / "many").mkdir()
    text = "".join(f"many,c,{frame},{frame},dim\n" for frame in range(9))
    (tmp_path / "many" / "warnings.csv").write_text(f"movie,kind,first_frame,last_frame,message\n{text}")
    lines = warning_lines(tmp_path, tmp_path.parent)
    assert lines[:4] == few
    assert lines[9:] == ["WARNING: movie many, frame 5: dim", f"and 3 more in {tmp_path.name}/summary.csv"]


@pytest.mark.case("results", "a summary that a spreadsheet has altered")
@pytest.mark.parametrize(
    "data", [b"movie;warnings\na;b\n", b"movie,warnings\na\xff,b\n", b"", b"movie\n" + b"a" * 200_000]
)
def test_a_summary_that_is_no_table_any_more_is_named(tmp_path, data):
    (tmp_path / "summary.csv").write_bytes(data)
    for lines in (summary_lines, warning_lines):
        with pytest.raises(UserError, match=r"summary\.csv: .*; it was altered: remove it and run again"):
            lines(tmp_path, tmp_path)


def test_a_summary_with_a_name_that_no_file_can_have_is_shown(tmp_path):
    (tmp_path / "summary.csv").write_text(f"movie,cells\n{'a' * 5000},3\n")
    assert any("aaa/movie.ome.zarr" in line for line in summary_lines(tmp_path, tmp_path))


@pytest.mark.case("results", "warnings of a movie that a spreadsheet has altered")
def test_warnings_that_are_no_table_any_more_do_not_end_a_run(tmp_path, shown):
    (tmp_path / "summary.csv").write_text(f"movie,warnings\n{'9' * 5000},b\na,b\n")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "warnings.csv").write_text("movie;kind;first_frame;last_frame;message\na;b;0;1;dim\n")
    (line,) = warning_lines(tmp_path, tmp_path)
    shown(line, 0)
    assert line.startswith("WARNING: movie a: ")
    assert line.endswith("a/warnings.csv: has no column first_frame; it was altered: remove it and run again")


def test_failures_are_said_in_order_each_once_with_their_logs(tmp_path):
    failures = [
        Failure("movie b", "b", "held up by movie a, which shared its submission; start again to go on", None),
        *[Failure("movie a", "a", "x.tif: no TIFF file", tmp_path / "logs" / "a.log")] * 2,
    ]
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_text("ERROR: movie a: x.tif: no TIFF file\n")
    assert failure_lines(failures, here=tmp_path) == [
        "movie a: x.tif: no TIFF file (log: logs/a.log)",
        "movie b: held up by movie a, which shared its submission; start again to go on",
    ]


def test_what_a_batch_system_refuses_is_said_once_and_without_empty_logs(tmp_path):
    (tmp_path / "m0.log").touch()
    why = "Slurm refused the job (Invalid account): correct slurm_account"
    failures = [Failure(f"movie m{number}", f"m{number}", why, tmp_path / f"m{number}.log") for number in range(12)]
    (line,) = failure_lines(failures, here=tmp_path)
    assert line.startswith("movie m0, movie m1, movie m10, ")
    assert line.endswith(f"and 2 more: {why}")


def test_a_line_holds_ten_names():
    names = [f"m{index}" for index in range(2010)]
    assert listed(names[:2]) == "m0, m1"
    assert listed(names[:10]).endswith(", m8, m9")
    assert listed(names).endswith(", m8, m9 and 2,000 more")
