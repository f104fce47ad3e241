"""What the explorer page brings along of others is what VENDORED.tsv says."""

import base64
import csv
import gzip
from hashlib import sha256
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile


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


@pytest.fixture
def decoded(page_of, vendor, tmp_path):
    """What images.js makes of a file: the pixels of each of its pages, for a PNG the only one."""
    (tmp_path / "page.html").write_text(
        "<!doctype html><meta charset=utf-8><title>Decoders</title><link rel=icon href=data:,>"
        f"<script>{(vendor / 'images.js').read_text(encoding='utf-8')}</script>"
    )
    page = page_of()
    page.goto((tmp_path / "page.html").as_uri())

    def by(decoder: str, file: bytes) -> list[np.ndarray]:
        pages = page.evaluate(
            """([decoder, file]) => {
                const bytes = Uint8Array.from(atob(file), (byte) => byte.charCodeAt(0));
                const pages = [images[decoder](bytes)].flat();
                return pages.map(({ data, height, width }) => [data.constructor.name, [...data], height, width]);
            }""",
            [decoder, base64.b64encode(file).decode()],
        )
        types = {"Uint8Array": np.uint8, "Uint16Array": np.uint16, "Float32Array": np.float32}
        return [np.array(data, types[name]).reshape(height, width) for name, data, height, width in pages]

    return by


# noise fills the table of LZW to its end, and a row of its own has little of it
NOISE = np.random.default_rng(0).integers(0, 65536, (90, 70)).astype(np.uint16)
NOISE[20:40] = np.arange(70) * 900


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"byteorder": ">"},
        {"compression": "lzw"},
        {"compression": "lzw", "predictor": 2},
        {"compression": "lzw", "rowsperstrip": 7},
        {"compression": "zlib", "predictor": 2},
        {"compression": "zlib", "tile": (32, 32)},
    ],
    ids=str,
)
def test_what_microscopes_write_is_decoded_in_a_browser(decoded, tmp_path, options):
    tifffile.imwrite(tmp_path / "a.tif", NOISE, **options)
    (found,) = decoded("decodeTiff", (tmp_path / "a.tif").read_bytes())
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, NOISE)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_all_pages_are_decoded(decoded, tmp_path, dtype):
    stack = np.stack([NOISE, NOISE[::-1]]).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", stack, photometric="minisblack", compression="lzw")
    found = decoded("decodeTiff", (tmp_path / "a.tif").read_bytes())
    assert found[0].dtype == dtype
    np.testing.assert_array_equal(found, stack)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_values_of_a_png_keep_all_their_bits(decoded, dtype):
    image = NOISE.astype(dtype)
    (found,) = decoded("decodePng", imagecodecs.png_encode(image))
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, image)
