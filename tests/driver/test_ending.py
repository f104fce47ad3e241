"""What is said at the end of a run."""

from pathlib import Path

from sidewinder.driver.ending import failure_lines, listed, summary_lines
from sidewinder.driver.failures import Failure


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
        f"Look first at {name}/plain/overlay.png: outlines and track ids on six frames.",
        f"Then {name}/plain/movie.ome.zarr (napari opens it), {name}/plain/tracks.csv and, for all movies together,",
        f"{name}/experiment.parquet and {name}/summary.csv.",
    ]


def test_a_long_summary_is_cut_and_columns_without_values_are_left_out(tmp_path):
    rows = "".join(f"m{index},1,1,0,\n" for index in range(1000))
    (tmp_path / "summary.csv").write_text(f"movie,cells,tracks,divisions,SEG\n{rows}")
    lines = summary_lines(tmp_path, Path.cwd())
    assert lines[1] == "movie  cells  tracks  divisions"
    assert lines[32] == f"... and 970 more movies in {tmp_path}/summary.csv"


def test_failures_are_said_in_order_each_once_with_their_logs(tmp_path):
    failures = [
        Failure("movie b", "b", "held up by movie a, which shared its submission; start again to go on", None),
        *[Failure("movie a", "a", "x.tif: no TIFF file", tmp_path / "logs" / "a.log")] * 2,
    ]
    assert failure_lines(failures, here=tmp_path) == [
        "movie a: x.tif: no TIFF file (log: logs/a.log)",
        "movie b: held up by movie a, which shared its submission; start again to go on",
    ]


def test_a_line_holds_ten_names():
    names = [f"m{index}" for index in range(2010)]
    assert listed(names[:2]) == "m0, m1"
    assert listed(names[:10]).endswith(", m8, m9")
    assert listed(names).endswith(", m8, m9 and 2,000 more")
