"""The sheet of movies: what is read, and what is said of what cannot be."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidewinder.errors import UserError
from sidewinder.sheet import Row, beside_working_directory, read_sheet

NAME = (
    "a name of up to 100 letters, digits, _, - and ., not starting with . or - and none of work, logs, benchmarks, "
    "records, explorer, experiment.parquet, experiment.csv, experiment_lineage.parquet, experiment_lineage.csv, "
    "summary.csv, provenance.json, report.html"
)
PATH = "the path of a TIFF stack, a folder or glob of images, or an OME-Zarr"
PIXEL = (
    "a number of micrometres above 0 and up to 10000, such as 0.325, or of pixels that are not square height x width, "
    "such as 0.5x0.25"
)


@pytest.fixture
def in_folder(tmp_path, monkeypatch) -> Path:
    """A working directory, so that messages name the sheet as users do."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def complaint(data: str | bytes) -> str:
    """What is said of a sheet."""
    Path("s.tsv").write_bytes(data.encode() if isinstance(data, str) else data)
    with pytest.raises(UserError) as caught:
        read_sheet("s.tsv")
    return str(caught.value)


def test_reads_every_column_with_its_type(in_folder):
    header = (
        "movie path position channel pixel_size_um frame_interval_s model blocks truth archived z dose well".split()
    )
    cells = ["m.1", "data/*.tif", "3", "GFP", "6.5e-1", "300", "./mine", "4", "m1_GT", "tape 12", "max", "0.5", "01"]
    Path("s.tsv").write_text("\t".join(header) + "\n" + "\t".join(cells) + "\n")
    (row,) = read_sheet("s.tsv").values()
    assert row == Row(
        2,
        "m.1",
        "data/*.tif",
        "3",
        "GFP",
        0.65,
        300.0,
        "./mine",
        None,
        4,
        "m1_GT",
        "tape 12",
        None,
        "max",
        {"dose": "0.5", "well": "01"},
    )
    assert isinstance(row.blocks, int)


class TestFrames:
    def test_numbers_and_ranges(self, in_folder):
        Path("s.tsv").write_text("movie\tpath\tframes\na\tx.tif\t0-119, 130\nb\tx.tif\t7\n")
        assert [row.frames for row in read_sheet("s.tsv").values()] == ["0-119, 130", "7"]

    @pytest.mark.parametrize("text", ["-3", "0-", "a", "1;2", "0-3-5", "1,,2", "1-2," + "9" * 10])
    def test_what_is_no_range(self, in_folder, text):
        allowed = "numbers of frames from 0 and ranges of them, separated by commas, such as 0-119,130"
        said = complaint(f"movie\tpath\tframes\na\tx.tif\t{text}\n")
        assert said == f"s.tsv, line 2, movie a, column frames: found '{text}'; allowed is {allowed}"

    @pytest.mark.parametrize("text", ["4-2", "0-3,3", "5,4"])
    def test_frames_that_do_not_rise(self, in_folder, text):
        said = complaint(f"movie\tpath\tframes\na\tx.tif\t{text}\n")
        assert said == f"s.tsv, line 2, movie a, column frames: found '{text}'; each frame once, in the order of time"


def test_what_becomes_of_slices(in_folder):
    said = complaint("movie\tpath\tz\na\tx.tif\tmedian\nb\tx.tif\t3\n")
    assert said.startswith("s.tsv, line 2, movie a, column z: found 'median'; allowed is max, mean or sharpest")
    assert "\n" not in said


class TestRegion:
    @pytest.mark.parametrize(
        "text", ["100:400,0:512", " 3 : 4 , 5 : 9 ", "mask.tif", "a b/RoiSet.ZIP", "c.roi", "m.png"]
    )
    def test_rectangles_masks_and_rois(self, in_folder, text):
        Path("s.tsv").write_text(f"movie\tpath\tregion\na\tx.tif\t{text}\n")
        assert read_sheet("s.tsv")["a"].region == text.strip()

    @pytest.mark.parametrize(
        "text", ["100-400,0-512", "1:2", "-1:4,0:5", "1:2,3:4,5:6", "left half", "m.jpg", "s3://b/m.tif"]
    )
    def test_what_is_no_region(self, in_folder, text):
        said = complaint(f"movie\tpath\tregion\na\tx.tif\t{text}\n")
        allowed = (
            "a rectangle y0:y1,x0:x1 in pixels of the raw frame, such as 100:400,0:512, or the path of a mask image"
        )
        assert said.startswith(f"s.tsv, line 2, movie a, column region: found {text!r}; allowed is {allowed}")

    @pytest.mark.parametrize("text", ["5:5,0:9", "0:9,7:3"])
    def test_a_rectangle_without_a_pixel(self, in_folder, text):
        said = complaint(f"movie\tpath\tregion\na\tx.tif\t{text}\n")
        assert said.startswith(
            f"s.tsv, line 2, movie a, column region: found {text!r}, which is empty; y0:y1,x0:x1 goes"
        )

    def test_truth_is_of_whole_frames(self, in_folder):
        said = complaint("movie\tpath\tregion\ttruth\na\tx.tif\t0:5,0:9\tGT\n")
        assert said == "s.tsv, line 2, movie a: has a region and truth, which is that of whole frames; leave one"


class TestWithin:
    """A second segmentation of a raw movie names the first."""

    def test_rows_of_one_raw_movie(self, in_folder):
        rows = "a\tx.tif\t1\t0-4, 7\t\nb\t./x.tif\t1\t0-4,7\ta\n"
        Path("s.tsv").write_text(f"movie\tpath\tposition\tframes\twithin\n{rows}")
        assert [row.within for row in read_sheet("s.tsv").values()] == [None, "a"]

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ("b\tx.tif\t1\t\tc", "found 'c', which is no movie of this sheet; name another row of the same raw movie"),
            ("b\tx.tif\t1\t\tb", "found 'b', which is this movie itself; name another row of the same raw movie"),
            (
                "b\ty.tif\t\t0-4\ta",
                "differs from a (line 2) in path 'y.tif' and 'x.tif', position none and '1', frames '0-4' and none; "
                "both must be frames of one raw movie, with the same path, position, frames and z",
            ),
        ],
    )
    def test_other_movies_are_refused(self, in_folder, row, said):
        found = complaint(f"movie\tpath\tposition\tframes\twithin\na\tx.tif\t1\t\t\n{row}\n")
        assert found == f"s.tsv, line 3, movie b, column within: {said}"


def test_label_images_stand_in_place_of_a_model(in_folder):
    Path("s.tsv").write_text("movie\tpath\tlabels\tmodel\na\tx.tif\tmasks\t\nb\tx.tif\t\tphase\n")
    a, b = read_sheet("s.tsv").values()
    assert (a.labels, a.model, b.labels, b.model) == ("masks", None, None, "phase")
    Path("s.tsv").write_text("movie\tpath\tlabels\tmodel\na\tx.tif\tmasks\tphase\n")
    with pytest.raises(
        UserError, match=r"s\.tsv, line 2, movie a: has a model and labels, with which no model is run; lea"
    ):
        read_sheet("s.tsv")


def test_what_is_left_empty_is_not_said(in_folder):
    Path("s.tsv").write_text("path\tblocks\tdose\tmovie\tpixel_size_um\tchannel\nx.tif\t\t\tm\t\t\n")
    assert read_sheet("s.tsv") == {"m": Row(2, "m", "x.tif")}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_reads_what_editors_and_spreadsheets_write(in_folder, newline, mark):
    lines = [
        "# movies",
        '"movie"\tpath\tcondition\t\t',
        "",
        "a\t\u200b x.tif\u00a0\twild type\t\t",
        "\t\t\t\t",
        "  # b\tgone",
    ]
    lines += ['a-0\t"data/z ""1"".tif"\t\t', "a.b\tö.tif\tµ\t\t", ""]
    Path("s.tsv").write_bytes((mark + newline.join(lines)).encode())
    assert read_sheet("s.tsv") == {
        "a": Row(4, "a", "x.tif", extra={"condition": "wild type"}),
        "a-0": Row(7, "a-0", 'data/z "1".tif'),
        "a.b": Row(8, "a.b", "ö.tif", extra={"condition": "µ"}),
    }


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            "A b\tx\t\t",
            f"line 2, movie A b, column movie: found 'A b'; allowed is {NAME}",
            marks=pytest.mark.case("sheet", "a blank in a movie's name"),
        ),
        (".a\tx\t\t", f"line 2, movie .a, column movie: found '.a'; allowed is {NAME}"),
        ("-a\tx\t\t", f"line 2, movie -a, column movie: found '-a'; allowed is {NAME}"),
        ("Logs\tx\t\t", f"line 2, movie Logs, column movie: found 'Logs'; allowed is {NAME}"),
        ("\tx\t\t", f"line 2, column movie: the cell is empty; allowed is {NAME}"),
        pytest.param(
            "a\t\t\t",
            f"line 2, movie a, column path: the cell is empty; allowed is {PATH}",
            marks=pytest.mark.case("sheet", "a row without a path"),
        ),
        pytest.param(
            "a\tx\t0,325\t",
            f"line 2, movie a, column pixel_size_um: found '0,325'; allowed is {PIXEL}; write 0.325, with a point",
            marks=pytest.mark.case("sheet", "a comma in a number"),
        ),
        (
            "a\tx\t1,200\t",
            f"line 2, movie a, column pixel_size_um: found '1,200'; allowed is {PIXEL}; write 1200 or 1.200",
        ),
        ("a\tx\t0.0\t", f"line 2, movie a, column pixel_size_um: found '0.0'; allowed is {PIXEL}"),
        ("a\tx\t0.5x0\t", f"line 2, movie a, column pixel_size_um: found '0.5x0'; allowed is {PIXEL}"),
        (
            "a\tx\t5x.25\t",
            "line 2, movie a, column pixel_size_um: found '5x.25'; allowed is a height of a tenth to ten times the "
            "width, such as 0.5x0.25",
        ),
        ("a\tx\tnan\t", f"line 2, movie a, column pixel_size_um: found 'nan'; allowed is {PIXEL}"),
        ("a\tx\t1e999\t", f"line 2, movie a, column pixel_size_um: found '1e999'; allowed is {PIXEL}"),
        pytest.param(
            "a\tx\t\t1.5",
            "line 2, movie a, column blocks: found '1.5'; allowed is a whole number from 1 to 10000",
            marks=pytest.mark.case("sheet", "a number that is not whole"),
        ),
        ("a\tx\t\t0", "line 2, movie a, column blocks: found '0'; allowed is a whole number from 1 to 10000"),
        pytest.param(
            "a\tx\t\t\na\ty\t\t",
            "line 3, movie a, column movie: 'a' stands in line 2 already; each name only once",
            marks=pytest.mark.case("sheet", "a movie stands twice"),
        ),
        (
            "a\tx\t\t\nA\ty\t\t",
            "line 3, movie A, column movie: 'a' stands in line 2 already (on some systems upper and lower case are one "
            "folder); each name only once",
        ),
        ("a\tx", "line 2: 2 fields, but the header has 4 columns; separate fields by one tab each, also empty ones"),
        (
            "a\tx\t\t\ty",
            "line 2: 5 fields, but the header has 4 columns; separate fields by one tab each, also empty ones",
        ),
        pytest.param(
            "a  x  1  2",
            "line 2: 1 fields, but the header has 4 columns; there are spaces where tabs should be",
            marks=pytest.mark.case("sheet", "spaces where tabs should be"),
        ),
    ],
)
def test_a_wrong_row_is_named_with_what_is_allowed(in_folder, rows, expected):
    assert complaint(f"movie\tpath\tpixel_size_um\tblocks\n{rows}\n") == f"s.tsv, {expected}"


def test_a_line_break_in_a_cell_is_named(in_folder):
    said = complaint('movie\tpath\tnote\tdose\na\tx\t"first\nsecond"\t1\n').splitlines()
    hint = "; a cell in quotation marks goes on in another line: take the line break out of it"
    assert said[0] == f"s.tsv, line 2: 3 fields, but the header has 4 columns{hint}"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            "movie path truth\na b c\n",
            "s.tsv, line 1: the columns of the header are not separated by tabs (has an editor replaced them?)",
        ),
        (
            b"PK\x03\x04\x14\x00\xb5",
            "s.tsv is a workbook of a spreadsheet; save the sheet as tab-separated text in UTF-8",
        ),
        ("movie\tfile\na\tb\n", "s.tsv, line 1: the header lacks path; found: movie, file"),
        ("9" * 5000, f"s.tsv, line 1: the header lacks movie and path; found: {'9' * 200}..."),
        pytest.param(
            "movie\tpath\tpixel_size\n",
            "s.tsv, line 1: the column 'pixel_size' is not known; did you mean 'pixel_size_um'?",
            marks=pytest.mark.case("sheet", "a column whose name is not known"),
        ),
        ("Movie\tpath\n", "s.tsv, line 1: the column 'Movie' is not known; did you mean 'movie'?"),
        pytest.param(
            "movie\tpath\tframe\n",
            "s.tsv, line 1: the column 'frame' would clash with that of the results; call it something else",
            marks=pytest.mark.case("sheet", "a column that is called like a result"),
        ),
        (
            "movie\tpath\treason\n",
            "s.tsv, line 1: the column 'reason' would clash with that of the results; call it something else",
        ),
        pytest.param(
            "movie\tpath\tmean_ch0\n",
            "s.tsv, line 1: the column 'mean_ch0' would clash with mean_... of a channel in the results; "
            "call it something else",
            marks=pytest.mark.case("sheet", "a column that is called like a channel's result"),
        ),
        pytest.param(
            "movie\tpath\tpath\n",
            "s.tsv, line 1: the column 'path' is there twice",
            marks=pytest.mark.case("sheet", "a column stands twice"),
        ),
        ("movie\tpath\t\tx\n", "s.tsv, line 1: column 3 has no name"),
        pytest.param(
            "movie\tpath\n# a\tb\n",
            "s.tsv has a header but no movies: add a row for each movie",
            marks=pytest.mark.case("sheet", "a sheet without movies"),
        ),
        ("\n# only words\n", "s.tsv is empty: it needs a header (movie, path, ...) and a row for each movie"),
        pytest.param(
            "movie\tpath\na\tm\xfcller\n".encode("latin-1"),
            "s.tsv, line 2: byte 0xfc is not UTF-8; save it in UTF-8",
            marks=pytest.mark.case("sheet", "a sheet that is not UTF-8"),
        ),
        pytest.param(
            "movie\tpath\n".encode("utf-16"),
            "s.tsv is in UTF-16 (as 'Unicode text' of Excel is); save it as text in UTF-8",
            marks=pytest.mark.case("sheet", "a sheet saved as Unicode text"),
        ),
        pytest.param(
            b"movie\tpath\na\tb\0\n",
            "s.tsv, line 2: there is a zero byte; this is no text file",
            marks=pytest.mark.case("sheet", "a file that is no text"),
        ),
    ],
)
def test_a_wrong_file_is_named_with_what_to_do(in_folder, data, expected):
    assert complaint(data) == expected


def test_a_sheet_that_is_not_there_is_named_with_where_it_was_looked_for(in_folder):
    with pytest.raises(UserError) as caught:
        read_sheet("no.tsv")
    assert str(caught.value) == (
        f"the sheet of movies no.tsv does not exist (looked for in {in_folder}); name it with movies=<sheet>"
    )
    Path("folder").mkdir()
    with pytest.raises(UserError, match="the sheet of movies folder is a folder, not a file"):
        read_sheet("folder")


def test_all_problems_are_reported_in_the_order_of_the_lines(in_folder):
    rows = ["a\tx\t-1", "b\tx", *(f"c{i}\t\t" for i in range(25))]
    lines = complaint("movie\tpath\tpixel_size_um\n" + "\n".join(rows)).split("\n")
    assert [line.split(":")[0] for line in lines[:3]] == [
        "s.tsv, line 2, movie a, column pixel_size_um",
        "s.tsv, line 3",
        "s.tsv, line 4, movie c0, column path",
    ]
    assert len(lines) == 21
    assert lines[-1] == "... and 7 more problems"


NAMES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True)


@given(
    st.lists(NAMES, min_size=1, max_size=5, unique_by=str.lower),
    st.lists(st.integers(1, 10_000), min_size=5, max_size=5),
)
def test_what_is_written_is_read(tmp_path_factory, names, blocks):
    names = [name for name in names if name.lower() not in ("work", "logs", "benchmarks")] or ["a"]
    sheet = tmp_path_factory.mktemp("sheet") / "s.tsv"
    text = "".join(f"{name}\t{name}.tif\t{count}\n" for name, count in zip(names, blocks, strict=False))
    sheet.write_text(f"movie\tpath\tblocks\n{text}")
    rows = read_sheet(sheet)
    assert list(rows) == names
    assert [row.blocks for row in rows.values()] == blocks[: len(names)]


def test_the_demo_runs_what_the_shipped_sheet_has(checkout):
    shipped, demo = (read_sheet(checkout / "config" / name) for name in ("movies.tsv", "demo.tsv"))
    cells = [[(row.movie, row.path, row.truth, row.extra) for row in rows.values()] for rows in (shipped, demo)]
    assert cells[0] == cells[1]
    assert list(demo) == ["plain", "crowded", "rough"]


def test_the_home_folder_may_be_written_as_a_tilde(in_folder, monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")
    Path("s.tsv").write_text("movie\tpath\tmodel\ttruth\tnote\na\t~/a.tif\t~/m\t~/01_GT\t~/kept\n")
    (row,) = read_sheet("s.tsv").values()
    assert (row.path, row.model, row.truth) == ("/home/ada/a.tif", "/home/ada/m", "/home/ada/01_GT")
    assert row.extra == {"note": "~/kept"}


class TestPaths:
    """Files are looked for from the sheet's folder, then from the working directory."""

    @pytest.fixture
    def read(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        for name in ("study/raw/a.tif", "study/raw/b.tif", "here.tif", "study/01_GT/x", "study/a;b.tif"):
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).touch()

        def rows(*paths, columns="movie\tpath"):
            lines = [columns, *(f"m{number}\t{path}" for number, path in enumerate(paths))]
            Path("study/s.tsv").write_text("\n".join(lines) + "\n")
            found = read_sheet("study/s.tsv")
            return [row.path for row in found.values()], beside_working_directory("study/s.tsv", found)

        return rows

    def test_they_are_relative_to_the_sheet(self, read):
        given = ("raw/a.tif", "raw/*.tif", "raw", "raw/a.tif;raw/b.tif", "../here.tif", "a;b.tif")
        assert read(*given) == (
            [
                "study/raw/a.tif",
                "study/raw/*.tif",
                "study/raw",
                "study/raw/a.tif;study/raw/b.tif",
                "study/../here.tif",
                "study/a;b.tif",
            ],
            [],
        )

    def test_what_is_there_only_from_the_working_directory_is_taken_and_said(self, read, tmp_path):
        paths, (line,) = read("here.tif", "raw/a.tif")
        assert paths == ["here.tif", "study/raw/a.tif"]
        assert line == (
            f"a path of study/s.tsv is relative to the working directory, {tmp_path}, and not to the sheet, and taken "
            "so: write ../here.tif in place of here.tif, so that the sheet is right wherever a run is started"
        )

    def test_others_stay_as_they_are(self, read, tmp_path):
        given = ["s3://bucket/a.tif", f"{tmp_path}/here.tif", "nowhere.tif", "simulated/plain/01.ome.tif"]
        assert read(*given) == (given, [])

    def test_label_images_and_truth_are_looked_for_alike(self, read):
        read("raw/a.tif\t01_GT\traw", columns="movie\tpath\ttruth\tlabels")
        (row,) = read_sheet("study/s.tsv").values()
        assert (row.truth, row.labels) == ("study/01_GT", "study/raw")
