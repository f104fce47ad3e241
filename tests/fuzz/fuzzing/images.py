"""Raw movies and label images: headers of TIFF and Zarr, made here and of real files where these are."""

import json
import shutil
import zipfile
from pathlib import Path
from random import Random

import numpy as np
import tifffile
import zarr

from fuzzing.damage import of_bytes, of_text, of_tree
from fuzzing.kinds import REAL
from fuzzing.limited import TryOne
from sidewinder.cluster.resources import size_of_image
from sidewinder.movie.opening import movie_shape, open_movie
from sidewinder.store import open_image, read_tiff_labels, write_image

LARGEST_FILE_BYTES = 4_000_000
MOST_PLACES = 20_000
HEADERS = ("zarr.json", ".zarray", ".zattrs", ".zgroup", ".zmetadata")
FRAMES = np.arange(4 * 24 * 20, dtype="uint16").reshape(4, 24, 20) + 1
TIFFS = {
    "plain": {"metadata": None},
    "shaped": {},
    "truncated": {"truncate": True},
    "imagej": {"imagej": True, "metadata": {"axes": "TYX"}},
    "big": {"bigtiff": True, "byteorder": ">"},
    "ome": {"ome": True, "metadata": {"axes": "TYX"}},
    "tiled": {"tile": (16, 16), "compression": "zlib"},
}  # fmt: skip
OME = {
    "version": "0.5",
    "multiscales": [
        {
            "axes": [{"name": "t", "type": "time"}, {"name": "y", "type": "space"}, {"name": "x", "type": "space"}],
            "datasets": [{"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [60.0, 0.5, 0.5]}]}],
        }
    ],
    "omero": {"channels": [{"label": "DAPI"}]},
}


def look(path: str | Path) -> None:
    """Ask for the size of a movie, open it, and read the first and the last frame."""
    shape, dtype = movie_shape(path)
    movie = open_movie(path)
    assert (movie.shape, movie.dtype.itemsize) == (shape, dtype.itemsize)
    for frame in (0, shape[0] - 1):
        assert movie.read(frame).shape == shape[1:]


def places_of_headers(path: Path) -> list[int]:
    """Where the headers, the lists of tags and the descriptions of a TIFF are."""
    with tifffile.TiffFile(path) as tif:
        places, size = list(range(16)), 20 if tif.is_bigtiff else 12
        for page in list(tif.pages)[:50]:
            page = page.aspage()
            places += range(page.offset, page.offset + 8 + size * len(page.tags) + 8)
            for tag in page.tags:
                if tag.valueoffset > page.offset and tag.code not in (273, 279, 324, 325):
                    places += range(tag.valueoffset, tag.valueoffset + min(tag.count, 2000))
    return [place for place in places[:MOST_PLACES] if place < path.stat().st_size]


def tiffs_in(sound: list[Path]) -> TryOne:
    """Damage the headers of one of these files, each in the same folder as it was."""
    headers = {path: (path.read_bytes(), places_of_headers(path)) for path in sound}

    def try_one(rng: Random) -> None:
        path = rng.choice(sound)
        data, places = headers[path]
        path.write_bytes(of_bytes(rng, data, places))
        try:
            look(path)
        finally:
            path.write_bytes(data)

    return try_one


def tiff(folder: Path) -> TryOne:
    """TIFFs as programs write them."""
    for name, how in TIFFS.items():
        tifffile.imwrite(folder / f"{name}.ome.tif", FRAMES, photometric="minisblack", **how)
    return tiffs_in(sorted(folder.glob("*.tif")))


def real_tiff(folder: Path) -> TryOne:
    """TIFFs of microscopes and of their programs."""
    sound = []
    for found in sorted(REAL.rglob("*.tif*")):
        if found.stat().st_size < LARGEST_FILE_BYTES:
            target = folder / found.relative_to(REAL)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(found, target)
            sound.append(target)
    return tiffs_in(sound)


def zarrs_in(movies: list[Path]) -> TryOne:
    """Damage one of the headers of one of these OME-Zarrs."""
    headers = {movie: [p for p in sorted(movie.rglob("*")) if p.name in HEADERS] for movie in movies}

    def try_one(rng: Random) -> None:
        movie = rng.choice(movies)
        path = rng.choice(headers[movie])
        text = path.read_text()
        changed = of_text(rng, text) if rng.random() < 0.2 else json.dumps(of_tree(rng, json.loads(text))).encode()
        path.write_bytes(changed)
        try:
            look(movie)
        finally:
            path.write_text(text)

    return try_one


def omezarr(folder: Path) -> TryOne:
    """OME-Zarrs of both versions."""
    for zarr_format in (2, 3):
        group = zarr.open_group(folder / f"{zarr_format}.zarr", mode="w", zarr_format=zarr_format)
        group.create_array("0", data=FRAMES, chunks=(1, 24, 10))
        group.attrs.update({"ome": OME} if zarr_format == 3 else OME)
    return zarrs_in(sorted(folder.glob("*.zarr")))


def real_omezarr(folder: Path) -> TryOne:
    """OME-Zarrs of other programs: images and plates."""
    for packed in sorted(REAL.glob("ome-zarr/*.zip")):
        with zipfile.ZipFile(packed) as archive:
            archive.extractall(folder / packed.stem)
    below = [p for p in folder.glob("*/*") if p.is_dir()]
    return zarrs_in([p for p in below if any((p / name).exists() for name in HEADERS)] or list(folder.iterdir()))


def own_image(folder: Path) -> TryOne:
    """The store in which a stage finds the image of the one before."""
    write_image(
        folder / "image.ome.zarr", FRAMES[:, None], n_frames=4, shape_cyx=(1, 24, 20), dtype=np.uint16,
        pixel_size_um=0.5, frame_interval_s=None, channel_names=["DAPI"], attributes={},
    )  # fmt: skip
    headers = sorted((folder / "image.ome.zarr").rglob("zarr.json"))

    def try_one(rng: Random) -> None:
        path = rng.choice(headers)
        text = path.read_text()
        changed = of_text(rng, text) if rng.random() < 0.2 else json.dumps(of_tree(rng, json.loads(text))).encode()
        path.write_bytes(changed)
        try:
            size_of_image(folder / "image.ome.zarr")
            open_image(folder / "image.ome.zarr")
        finally:
            path.write_text(text)

    return try_one


def label_image(folder: Path) -> TryOne:
    """A label image that a person has saved."""
    path = folder / "labels.tif"
    tifffile.imwrite(path, FRAMES[0] % 5, compression="zlib")
    data = path.read_bytes()

    def try_one(rng: Random) -> None:
        path.write_bytes(of_bytes(rng, data))
        assert read_tiff_labels(path).dtype == np.int32

    return try_one
