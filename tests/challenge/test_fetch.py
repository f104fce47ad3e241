"""Sets of the Cell Tracking Challenge, from a server on this machine: what comes, and what is refused."""

import http.server
import io
import re
import threading
import zipfile
from pathlib import Path

import pytest

from sidewinder import limits
from sidewinder.challenge import download, unpack
from sidewinder.challenge.ask import dataset_asked, fetch_dataset
from sidewinder.errors import UserError
from sidewinder.sheet import read_sheet

NAME = "PhC-C2DH-U373"
FILES = {
    f"{NAME}/01/t000.tif": b"frame", f"{NAME}/01_GT/TRA/man_track.txt": b"1 0 0 0\n", f"{NAME}/02/t000.tif": b"frame",
    f"{NAME}/02_GT/TRA/man_track.txt": b"", f"{NAME}/02_GT/SEG/man_seg000.tif": b"mask" * 9000,
}  # fmt: skip


def packed(files: dict[str, bytes], link: str | None = None, name: str = NAME) -> bytes:
    """An archive of files, of which one may be a link."""
    blob = io.BytesIO()
    with zipfile.ZipFile(blob, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir(name)
        for path, data in files.items():
            entry = zipfile.ZipInfo(path)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o120777 if path == link else 0o100644) << 16
            archive.writestr(entry, data)
    return blob.getvalue()


class Served(http.server.ThreadingHTTPServer):
    """Answers with archives by their paths; the size that it says may be another."""

    files: dict[str, bytes]
    too_few = 0


class Handler(http.server.BaseHTTPRequestHandler):
    server: Served

    def do_GET(self):
        data = self.server.files.get(self.path)
        if data is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(data) + self.server.too_few))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch, tmp_path):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.chdir(tmp_path)
    served = Served(("127.0.0.1", 0), Handler)
    served.files = {f"/sets/{NAME}.zip": packed(FILES)}
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    served.shutdown()
    thread.join()
    served.server_close()


def address(server) -> str:
    return f"http://127.0.0.1:{server.server_port}/sets"


def refused(server, name: str = NAME) -> str:
    """What is said of a set that is refused; nothing of it is there."""
    with pytest.raises(UserError) as caught:
        fetch_dataset(name, address(server))
    assert list(Path().iterdir()) == []
    return str(caught.value)


def test_a_set_comes_whole_with_a_sheet_that_names_its_truth(server):
    lines = fetch_dataset(NAME, address(server))
    assert {str(path): path.read_bytes() for path in Path(NAME).rglob("*") if path.is_file()} == FILES
    rows = read_sheet(f"{NAME}.tsv")
    assert [(row.path, row.truth, row.model, row.pixel_size_um, row.frame_interval_s) for row in rows.values()] == [
        (f"{NAME}/{one}", f"{NAME}/{one}_GT", "phase", 0.65, 900) for one in ("01", "02")
    ]
    assert list(rows) == [f"{NAME}_01", f"{NAME}_02"]
    assert lines[0].startswith(f"{NAME}.tsv: 2 movies with truth; look it over, then, in the checkout: snakemake ")
    # what is there is neither fetched again nor written over
    with pytest.raises(UserError, match=rf"{NAME}.tsv is there already and is not overwritten"):
        fetch_dataset(NAME, "http://127.0.0.1:1")
    Path(f"{NAME}.tsv").unlink()
    lines = fetch_dataset(NAME, "http://127.0.0.1:1")
    assert lines[0] == f"{NAME} is there already, and was not fetched again"
    assert list(read_sheet(f"{NAME}.tsv")) == list(rows)


def test_what_the_sheet_cannot_know_is_left_empty_and_said(server):
    other, files = "Fluo-X2DH-Y+", {path.replace(NAME, "Fluo-X2DH-Y+"): data for path, data in FILES.items()}
    files |= {f"__MACOSX/{other}/._01": b"", f"{other}/.DS_Store": b""}
    server.files[f"/sets/{other}.zip"] = packed(files, name=other)
    lines = fetch_dataset(other, address(server))
    row = read_sheet(f"{other}.tsv")["Fluo-X2DH-Yplus_01"]
    assert (row.path, row.model, row.pixel_size_um, row.frame_interval_s) == (f"{other}/01", None, None, None)
    assert "pixel size and interval are not in the files" in lines[2]
    assert lines[3] == "no shipped model is for such cells: name one in column model"
    assert sorted(path.name for path in Path(other).iterdir()) == ["01", "01_GT", "02", "02_GT"]


@pytest.mark.parametrize(
    ("entry", "link"),
    [
        (f"{NAME}/../../evil.tif", False),
        ("/tmp/evil.tif", False),
        ("elsewhere/evil.tif", False),
        (f"{NAME}/..\\evil.tif", False),
        (f"{NAME}/c:/evil.tif", False),
        (f"{NAME}/01/t001.tif", True),
    ],
)
def test_archives_that_lead_elsewhere_are_not_unpacked(server, tmp_path, entry, link):
    server.files[f"/sets/{NAME}.zip"] = packed({**FILES, entry: b"/etc/passwd"}, entry if link else None)
    said = f"{NAME}.zip: its entry {entry!r} is a link or no plain name below {NAME}/; nothing of it was unpacked"
    assert refused(server) == said
    assert not list(tmp_path.parent.rglob("evil.tif"))


def test_what_is_larger_than_any_set_is_refused(server, monkeypatch):
    monkeypatch.setattr(unpack, "LARGEST_SET_BYTES", 10_000)
    assert refused(server).startswith(f"{NAME}.zip: has 6 files of 0.0 GB unpacked; 1,000,000 and 0 GB are allowed")
    monkeypatch.setattr(download, "LARGEST_SET_BYTES", 100)
    assert re.search(r"U373.zip: has 0.0 GB, but 0 GB are allowed", refused(server))
    # a server that says no size
    monkeypatch.setattr(Handler, "send_header", lambda *_: None)
    assert refused(server).endswith("U373.zip: does not end; 0 GB are allowed")
    assert limits.LARGEST_SET_BYTES > 10e9


def test_what_comes_in_part_or_damaged_is_refused(server):
    server.too_few = 7
    size = len(packed(FILES))
    assert refused(server).endswith(f"/sets/{NAME}.zip: {size:,} of {size + 7:,} bytes came; try again")
    server.too_few = 0
    server.files[f"/sets/{NAME}.zip"] = packed(FILES)[:-30]
    assert refused(server).startswith(f"{NAME}.zip: is no zip archive that can be read (File is not a zip file)")
    damaged = bytearray(packed(FILES))
    damaged[damaged.index(b"t000.tif") + 9] ^= 255
    server.files[f"/sets/{NAME}.zip"] = bytes(damaged)
    assert refused(server).startswith(f"{NAME}.zip: is no zip archive that can be read (")
    server.files[f"/sets/{NAME}.zip"] = packed({f"{NAME}/01/t000.tif": b"frame"})
    assert refused(server).startswith(f"{NAME}: has sequences 01, expected folders such as 01, each with 01_GT/TRA/")


def test_what_is_not_there_is_said(server):
    said = refused(server, "DIC-C2DH-HeLa")
    listed = "sets are listed at https://celltrackingchallenge.net/2d-datasets"
    assert said == f"{address(server)}/DIC-C2DH-HeLa.zip: the server has no such file (404); {listed}"
    for name, why in {"../x": "is no name of a set", "Fluo-N3DH-CE": "is a set of slices", "a/b": "is no name"}.items():
        assert why in refused(server, name)
    with pytest.raises(UserError, match=r"say which set: snakemake ctc --config dataset=PhC-C2DH-U373"):
        dataset_asked({})
    with pytest.raises(UserError, match=r"cannot be fetched \(.*refused.*\); try again, or fetch it with a browser"):
        fetch_dataset(NAME, "http://127.0.0.1:1")
