"""What the explorer page brings along of others is what VENDORED.tsv says."""

import csv
import gzip
from hashlib import sha256
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def vendor(checkout) -> Path:
    """The folder of what is brought along."""
    return checkout / "workflow" / "sidewinder" / "report" / "explorer" / "vendor"


@pytest.fixture(scope="module")
def vendored(vendor) -> list[dict[str, str]]:
    """The rows of its table: one a file and package."""
    with open(vendor / "VENDORED.tsv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_each_file_is_the_one_that_was_fetched(vendor, vendored):
    ours = {"VENDORED.tsv", "LICENSES.txt", "ThirdPartyNotices.txt", "renew.sh"}
    assert {path.name for path in vendor.iterdir()} - ours == {row["file"] for row in vendored}
    digests = {row["file"]: row["sha256"] for row in vendored}
    assert {name: sha256((vendor / name).read_bytes()).hexdigest() for name in digests} == digests


def test_versions_are_those_that_renew_sh_asks_for(vendor, vendored):
    renew = (vendor / "renew.sh").read_text()
    for row in vendored:
        asked = f"ort={row['version']}\n" if row["name"] == "onnxruntime-web" else f"{row['name']}@{row['version']}"
        assert asked in renew
        assert row["source"].endswith(f"/{row['name']}-{row['version']}.tgz")


def test_each_licence_has_its_text(vendor, vendored):
    texts = (vendor / "LICENSES.txt").read_text(encoding="utf-8")
    for row in vendored:
        assert row["licence"] == "MIT"
        assert f"{row['name']} {row['version']}\n" in texts


def test_no_file_asks_for_a_source_map(vendor, vendored):
    for name in {row["file"] for row in vendored}:
        assert b"sourceMappingURL" not in (vendor / name).read_bytes()


def test_the_runtime_is_web_assembly_that_says_nothing_of_when_it_was_packed(vendor):
    packed = (vendor / "ort-wasm-simd-threaded.wasm.gz").read_bytes()
    assert packed[3:8] == bytes(5)  # no name, no time
    assert gzip.decompress(packed).startswith(b"\0asm")
