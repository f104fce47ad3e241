"""The list of edits, as users write it."""

import pytest

from sidewinder.edits.table import Edit, read_edits
from sidewinder.errors import UserError

HEADER = "edit\tframe\ty_px\tx_px\tto_frame\tto_y_px\tto_x_px\tmask\twho\n"


@pytest.fixture
def read(tmp_path):
    def read(*rows, header=HEADER):
        path = tmp_path / "edits.tsv"
        path.write_text(header + "".join(f"{row}\n" for row in rows))
        return read_edits(path)

    return read


def test_the_second_cell_is_in_the_next_frame_if_the_row_does_not_say_which(read):
    assert read("link\t3\t10.5\t20\t\t11\t21\t\tAda", "# none", "not_division\t4\t1\t2\t\t\t\t\t") == [
        Edit("link", 3, (10.5, 20.0), 4, (11.0, 21.0), line=2, who="Ada"),
        Edit("not_division", 4, (1.0, 2.0), line=4),
    ]
    assert read("merge\t3\t1\t2\t\t3\t4\t\t")[0].to_frame == 3


def test_a_list_without_rows_is_no_mistake(read):
    assert read() == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("join\t3\t1\t2\t\t\t\t\t", "line 2, column edit: found 'join'; allowed is link, unlink, divide, not_division"),
        ("link\t3\t1\t2\t\t\t\t\t", "line 2: link needs a second cell; fill in to_y_px and to_x_px"),
        ("link\t3\t1\t2\t3\t1\t2\t\t", "line 2, column to_frame: found 3; the second cell is in a later frame"),
        ("merge\t3\t1\t2\t4\t1\t2\t\t", "line 2, column to_frame: found 4; both places are in frame 3"),
        ("add\t3\t1\t2\t\t\t\t\t", "line 2: add needs the cell's mask"),
        ("split\t3\t1\t2\t\t\t\t\t", "line 2: split needs a place in each part"),
        ("add\t3\t1\t2\t\t\t\t../a.tif\t", "line 2, column mask: found '../a.tif'; allowed is the name of a TIFF"),
        ("delete\t3.5\t1\t2\t\t\t\t\t", "line 2, column frame: found '3.5'; allowed is a frame's number"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(read, row, said):
    with pytest.raises(UserError, match=rf"edits.tsv, {said}"):
        read(row)
