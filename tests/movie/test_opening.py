"""Formats that are not read say so, and what to do."""

import re
import sys

import pytest

from sidewinder.errors import UserError
from sidewinder.movie.axes import arrange
from sidewinder.movie.movie import distinct_names
from sidewinder.movie.opening import open_movie


@pytest.mark.parametrize(
    ("name", "called"),
    [
        pytest.param("a.OIR", "Olympus OIR", marks=pytest.mark.case("raw data", "a file of a microscope's vendor")),
        ("a.h5", "HDF5"),
    ],
)
def test_other_formats_are_named(tmp_path, name, called):
    (tmp_path / name).write_bytes(b"II*\0whatever")
    message = f"{name}: {called} files are not read; export the movie as OME-TIFF or OME-Zarr"
    with pytest.raises(UserError, match=re.escape(message)):
        open_movie(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "called", "package"),
    [
        ("a.nd2", "Nikon ND2", "nd2"),
        ("a.CZI", "Zeiss CZI", "pylibCZIrw"),
        ("a.lif", "Leica LIF", "liffile"),
        ("a.MP4", "MP4", "av"),
    ],
)
def test_a_reader_that_is_not_installed(tmp_path, monkeypatch, name, called, package):
    monkeypatch.setitem(sys.modules, package, None)
    (tmp_path / name).write_bytes(b"whatever")
    message = (
        f"{name}: {called} files are read by the package {package}, which is not installed; install it with "
        f"{sys.executable} -m pip install {package}"
    )
    with pytest.raises(UserError, match=re.escape(message)):
        open_movie(tmp_path / name)


@pytest.mark.parametrize(
    ("names", "n", "expected"),
    [
        ([], 2, ("ch0", "ch1")),
        (["a"], 2, ("ch0", "ch1")),
        (["a", "b"], 2, ("a", "b")),
        (["a", None], 2, ("a", "ch1")),
        (["a", "a", "b"], 3, ("a ch0", "a ch1", "b")),
        (["a", "a", "a ch0"], 3, ("ch0", "ch1", "ch2")),
        ([" a\n b "], 1, ("a b",)),
    ],
)
def test_every_channel_has_a_name_of_its_own(names, n, expected):
    assert distinct_names(names, n) == expected


def test_axes_are_arranged_without_copies(pixels):
    array = pixels(2, 1, 3, 5)
    got = arrange(array, "CQYX", "TCYX")
    assert got.shape == (1, 2, 3, 5)
    assert got.base is not None
    assert (arrange(array, "XZYC", "TCYX")[0] == array[:, 0].transpose(2, 1, 0)).all()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param(
            "gs://bucket/m.tif",
            "knows this URL; correct it, or pip install snakemake-storage-plugin-gcs",
            marks=pytest.mark.case("raw data", "a URL whose storage plugin is not installed"),
        ),
        ("HTTPS://host/m.tif", "pip install snakemake-storage-plugin-http"),
        ("file:///data/m.tif", "file:///data/m.tif: give a file of this machine by its path alone, without file://"),
        pytest.param(
            "smb://server/share/m.tif",
            "no storage plugin of Snakemake is known for smb://",
            marks=pytest.mark.case("raw data", "a URL of which no storage plugin knows"),
        ),
        ("C://data/m.tif", "or give a path on a disk that is mounted, without ://"),
    ],
)
def test_urls_that_nothing_has_fetched(url, message):
    with pytest.raises(UserError, match=re.escape(message)) as caught:
        open_movie(url)
    assert str(caught.value).startswith(f"{url}: ")


@pytest.mark.case("raw data", "a header over which a library stumbles")
@pytest.mark.parametrize("error", [ZeroDivisionError(), AssertionError(), RecursionError("deep"), KeyError("axes")])
def test_whatever_a_library_raises_is_the_movies_error(tmp_path, monkeypatch, error):
    def fail(*_):
        raise error

    (tmp_path / "m.tif").write_bytes(b"II*\0")
    monkeypatch.setattr("sidewinder.movie.opening.open_tiff", fail)
    with pytest.raises(UserError, match=rf"m\.tif: its header cannot be understood \({type(error).__name__}"):
        open_movie(tmp_path / "m.tif")
