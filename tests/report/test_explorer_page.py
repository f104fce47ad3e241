"""The page: what is put into it, what it holds, and what is refused."""

import base64
import gzip
import json
import re

import numpy as np
import onnxruntime
import pytest

from explored import HOSTILE
from sidewinder.errors import UserError
from sidewinder.report.explorer import page as page_module
from sidewinder.report.explorer.page import write_explorer
from sidewinder.report.one_file import PLACEHOLDER

COMMON = {
    "movie": HOSTILE, "channel": "1, 0", "truth": None, "frame": "auto", "region": "auto", "region_px": 40,
    "instances": {"foreground": 0.6, "seed": 0.3}, "threads": 1,
}  # fmt: skip
# PyTorch's exporter takes seconds for each page
pytestmark = pytest.mark.slow
PARTS = ("style", "script", "worker", "skips", "facts", "arrays", "network", "runtime", "runtime_script")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A page and a runtime of a few bytes."""
    folder = tmp_path_factory.mktemp("page")
    page, vendor = folder / "page", folder / "vendor"
    page.mkdir()
    vendor.mkdir()
    parts = "".join(f'<script type="text/plain" id="{name}">{{{{{name}}}}}</script>\n' for name in PARTS)
    (page / "page.html").write_text(f"<!doctype html>\n{parts}<script>{{{{images_script}}}}</script>")
    (page / "ORDER").write_text("b.js\na.js\n")
    for name, text in {"a.js": "1", "b.js": "2 // {{facts}} µ", "worker.js": "3", "style.css": "p {}"}.items():
        (page / name).write_text(text, encoding="utf-8")
    (page / "skips.json").write_text('[{"name": "a </script> b"}]')
    (vendor / page_module.RUNTIME).write_bytes(b"wasm")
    (vendor / page_module.RUNTIME_SCRIPT).write_text("</script>")
    (vendor / page_module.IMAGES_SCRIPT).write_text("4")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_module, "PAGE", page)
        patch.setattr(page_module, "VENDOR", vendor)
        yield folder


def written(explored, output):
    """The parts of a page that was written, by their names."""
    write_explorer(explored / "image.ome.zarr", explored / "two", output, **COMMON | {"truth": explored / "GT"})
    text = output.read_text(encoding="utf-8")
    parts = dict(re.findall(r'<script type="text/plain" id="(\w+)">(.*?)</script>', text, re.DOTALL))
    assert list(parts) == list(PARTS)
    assert text.endswith("<script>4</script>")
    return parts


@pytest.fixture(scope="module")
def parts(explored, folders):
    """The parts of the page of a movie with truth; PyTorch's exporter takes seconds for each page."""
    return written(explored, folders / "out" / "page.html")


def unzipped(part: str) -> bytes:
    return gzip.decompress(base64.b64decode(part))


def test_the_page_holds_all_that_it_needs(parts):
    assert parts["style"] == "p {}"
    # in the order that ORDER gives; a placeholder in a part is no placeholder
    assert parts["script"] == "2 // {{facts}} µ\n1"
    assert parts["worker"] == "3"
    assert json.loads(parts["skips"]) == [{"name": "a </script> b"}]
    assert base64.b64decode(parts["runtime"]) == b"wasm"
    assert base64.b64decode(parts["runtime_script"]) == b"</script>"
    facts = json.loads(parts["facts"])
    assert (facts["movie"], facts["model"], facts["about"], facts["not_for"]) == (HOSTILE, "two", HOSTILE, "mice")
    assert facts["channel_names"] == [HOSTILE, "GFP"]
    assert facts["architecture"] == {
        "in_channels": 2, "n_classes": 3, "depth": 2, "base_width": 8, "skips": [True, False], "stride_px": 4,
        "halo_px": 24, "receptive_field_px": 44, "widths": [8, 16, 32],
    }  # fmt: skip
    assert facts["normalization"] == {"low_percent": 1.0, "high_percent": 99.8, "gamma": 0.5}
    assert facts["settings"] == {"foreground": 0.6, "seed": 0.3}
    assert facts["classes"] == ["background", "cell", "border"]
    assert [frame["time_s"] for frame in facts["frames"]] == [60 * frame["number"] for frame in facts["frames"]]
    assert facts["has_network"] is True


def test_the_ranges_of_the_facts_are_those_of_the_blobs(parts):
    facts, arrays, network = json.loads(parts["facts"]), unzipped(parts["arrays"]), unzipped(parts["network"])
    stop = 0
    for about in facts["arrays"].values():
        dtype, size = np.dtype(about["dtype"]).newbyteorder("<"), int(np.prod(about["shape"]))
        assert stop <= about["start"] < stop + 8
        assert about["start"] % 8 == 0
        stop = about["start"] + size * dtype.itemsize
    assert stop == len(arrays)
    window = facts["arrays"]["frame1/window"]
    values = np.frombuffer(arrays, "<u2", int(np.prod(window["shape"])), window["start"]).reshape(window["shape"])
    assert window["shape"][0] == 2
    # of the two channels in the sheet's order, the second is the brighter one
    assert values[1].max() > 1.5 * values[0].max()
    assert {name.split("/")[1] for name in facts["arrays"]} == {"window", "maps", "labels", "seeds", "masks", "truth"}
    sessions = []
    for piece in facts["pieces"]:
        session = onnxruntime.InferenceSession(network[piece["start"] : piece["start"] + piece["size"]])
        assert [value.name for value in session.get_outputs()] == piece["outputs"]
        sessions.append(piece["id"])
    assert sessions[1:] == [block["id"] for block in facts["blocks"]]


def test_names_of_users_can_not_end_the_script_that_holds_them(parts):
    assert "<" not in parts["facts"]
    assert "<" not in parts["skips"]
    assert HOSTILE.count("<") == 2


def test_the_same_material_gives_the_same_bytes(explored, folders, parts):
    assert written(explored, folders / "again.html") == parts
    assert (folders / "again.html").read_bytes() == (folders / "out" / "page.html").read_bytes()


def test_a_network_that_is_too_large_is_left_out(explored, folders, monkeypatch, caplog):
    monkeypatch.setattr(page_module, "LARGEST_PAGE_BYTES", 1000)
    parts = written(explored, folders / "large.html")
    facts = json.loads(parts["facts"])
    assert (facts["has_network"], facts["pieces"], parts["network"], parts["runtime"]) == (False, [], "", "")
    assert len(facts["blocks"]) == 8
    assert "with the network the page would have 0 MB" in caplog.text
    assert unzipped(parts["arrays"])


def test_packages_of_others_are_refused(explored, folders):
    package = folders / "mine.zip"
    package.write_bytes(b"")
    with pytest.raises(UserError, match="the explorer looks into Sidewinder's own models, and .*mine.zip is a package"):
        write_explorer(explored / "image.ome.zarr", package, folders / "none.html", **COMMON)
    assert not (folders / "none.html").exists()


def test_the_page_that_is_shipped_has_a_place_for_each_part(checkout):
    page = (checkout / "workflow/sidewinder/report/explorer/page/page.html").read_text(encoding="utf-8")
    assert sorted(PLACEHOLDER.findall(page)) == sorted([*PARTS, "images_script"])
