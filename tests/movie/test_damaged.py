"""Headers with random damage: a movie is opened, or refused as the user's, and nothing else."""

import json
from contextlib import suppress
from functools import cache

import pytest
import tifffile
import zarr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzzing.images import FRAMES, OME, TIFFS
from sidewinder.errors import UserError
from sidewinder.movie.opening import movie_shape, open_movie

LIMITS = settings(
    max_examples=20, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
# in place of anything in a header of JSON
VALUES = st.sampled_from([None, True, 0, -1, 2.5, 10**9, 10**30, 1e300, "", "x", "..", [], {}, [1], [[]], {"a": 1}])


@cache
def tiff(kind: str, folder) -> tuple[bytes, list[int]]:
    """The bytes of a sound TIFF, and the places of its headers."""
    path = folder / f"{kind}.tif"
    tifffile.imwrite(path, FRAMES, photometric="minisblack", **TIFFS[kind])
    with tifffile.TiffFile(path) as tif:
        size = 20 if tif.is_bigtiff else 12
        places = [*range(16)]
        for page in tif.pages:
            places += range(page.offset, page.offset + 8 + size * len(page.tags) + 8)
        description = tif.pages.first.tags.get(270)
        places += range(description.valueoffset, description.valueoffset + description.count) if description else []
    data = path.read_bytes()
    return data, [place for place in places if place < len(data)]


def look(path) -> None:
    """Open a movie and read all of it."""
    with suppress(UserError):
        shape, dtype = movie_shape(path)
        movie = open_movie(path)
        assert (movie.data.shape, movie.data.dtype.itemsize) == (shape, dtype.itemsize)
        movie.data[shape[0] - 1].compute()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("damaged")


@pytest.mark.parametrize("kind", TIFFS)
@pytest.mark.filterwarnings("ignore")
@LIMITS
@given(st.data())
def test_bytes_of_a_tiff(folder, kind, data):
    sound, places = tiff(kind, folder)
    damaged = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.sampled_from(places))] = data.draw(st.integers(0, 255))
    path = folder / f"{kind}-damaged.ome.tif"
    path.write_bytes(damaged[: data.draw(st.sampled_from([None, None, None, len(sound) // 2, 300]))])
    look(path)


@pytest.mark.case("raw data", "tiles far larger than their image")
@pytest.mark.parametrize("pages", [[0], [0, 1, 2, 3]])
def test_tiles_that_are_far_larger_than_the_image(folder, pages):
    data, _ = tiff("tiled", folder)
    path = folder / "large_tiles.tif"
    path.write_bytes(data)
    with tifffile.TiffFile(path, mode="r+") as tif:
        for page in pages:
            tif.pages[page].aspage().tags[322].overwrite(65536)
            tif.pages[page].aspage().tags[323].overwrite(65536)
    with pytest.raises(UserError, match="says that a tile has 65536 x 65536 pixels, and an image "):
        open_movie(path).read(len(FRAMES) - 1)


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.filterwarnings("ignore")
@LIMITS
@given(st.data())
def test_values_of_an_ome_zarr(folder, zarr_format, data):
    path = folder / f"{zarr_format}.zarr"
    group = zarr.open_group(path, mode="w", zarr_format=zarr_format)
    group.create_array("0", data=FRAMES, chunks=(1, 24, 10))
    group.attrs.update({"ome": OME} if zarr_format == 3 else OME)
    headers = ["zarr.json", "0/zarr.json"] if zarr_format == 3 else [".zattrs", "0/.zarray"]
    header = path / data.draw(st.sampled_from(headers))
    header.write_text(json.dumps(altered(json.loads(header.read_text()), data)))
    look(path)


def altered(tree, data):
    """A copy of nested lists and dicts in which one value, or more, is another one."""
    if not tree or not isinstance(tree, dict | list) or data.draw(st.integers(0, 5)) == 0:
        return data.draw(VALUES)
    keys = range(len(tree)) if isinstance(tree, list) else sorted(tree)
    chosen = data.draw(st.sampled_from(list(keys)))
    changed = tree.copy()
    changed[chosen] = altered(tree[chosen], data)
    return changed
