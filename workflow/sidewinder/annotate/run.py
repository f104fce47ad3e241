"""The job `annotate`: take back what has been corrected, suggest what to look at next."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage as ndi

from sidewinder.annotate import folder as files
from sidewinder.annotate.regions import Region, candidates, choose, weighted
from sidewinder.preprocess import channel_indices
from sidewinder.store import Blocks, Image, open_image

log = logging.getLogger("sidewinder")


@dataclass(frozen=True)
class MovieFiles:
    """What is known of a movie that has been segmented.

    Parameters
    ----------
    image : path
        The movie as preprocessed.
    channel : str
        The channel that was segmented.
    labels, uncertainty : sequence of path
        The files of all blocks, in order.
    pixel_size_um : float or str or None
        What the sheet says; overrides what the image says.
    """

    image: str | Path
    channel: str
    labels: tuple[str | Path, ...]
    uncertainty: tuple[str | Path, ...]
    pixel_size_um: float | str | None = None


def movies_of_blocks(
    movies: Sequence[dict[str, Any]], *, images: Iterable[str], labels: Iterable[str], uncertainty: Iterable[str]
) -> dict[str, MovieFiles]:
    """Give each movie its files.

    Parameters
    ----------
    movies : sequence of dict
        The name of each movie, `movie`, the `channel` that was segmented, the number of its `blocks`, and what the
        sheet says of its `pixel_size_um`.
    images : iterable of path
        The preprocessed movies, in this order.
    labels, uncertainty : iterable of path
        The files of all blocks, movie by movie.

    Returns
    -------
    dict of str to MovieFiles
        The movies by name.
    """
    labels, uncertainty = iter(labels), iter(uncertainty)
    return {
        movie["movie"]: MovieFiles(
            image,
            movie["channel"],
            tuple(islice(labels, movie["blocks"])),
            tuple(islice(uncertainty, movie["blocks"])),
            movie.get("pixel_size_um"),
        )
        for movie, image in zip(movies, images, strict=True)
    }


def annotate(movies: dict[str, MovieFiles], folder: str | Path, *, n_regions: int, region_px: int) -> None:
    """Bring a folder of regions to annotate up to date.

    Parameters
    ----------
    movies : dict of str to MovieFiles
        The movies by name.
    folder : path
        See `sidewinder.annotate.folder`.
    n_regions : int
        How many regions wait to be annotated in the end.
    region_px : int
        The side of a region.

    Raises
    ------
    UserError
        If what has come back is not what it should be, or the folder holds a sheet of somebody else's.
    """
    folder = Path(folder)
    regions = files.read_regions(folder)
    done = files.corrected(folder, regions)
    for number, labels in done.items():
        _warn_of_pieces(files.tiff(folder, regions[number], files.CORRECTED, number), labels)
    wanted = n_regions - (len(regions) - len(done))
    new = choose(_candidates(movies, region_px), list(regions.values()), wanted) if wanted > 0 else []
    numbered = dict(enumerate(new, start=files.next_number(folder, regions)))
    # before the files, so that those that a killed job has not written are written by the next one
    files.write_regions(folder, regions | numbered)
    for number, region in (regions | numbered).items():
        if number not in done and region.movie in movies and not files.is_there(folder, region, number):
            _write(folder, number, region, movies[region.movie])
    back = sorted({regions[number].movie for number in done})
    files.write_sheet(folder, {name: _trained_on(movies[name]) for name in back if name in movies})
    _say(folder, regions | numbered, done, len(numbered))


def _trained_on(movie: MovieFiles) -> dict[str, str]:
    """What the sheet for `snakemake train` says of a movie."""
    size = {} if movie.pixel_size_um is None else {"pixel_size_um": str(movie.pixel_size_um)}
    return {"movie": str(movie.image), "channel": movie.channel} | size


def _candidates(movies: dict[str, MovieFiles], region_px: int) -> list[Region]:
    """Regions of all movies, more uncertain where cells come and go."""
    found = []
    for name, movie in movies.items():
        shape = open_image(movie.image).data.shape[2:]
        uncertainty = np.concatenate([np.load(path) for path in movie.uncertainty])
        labels = Blocks(movie.labels)
        found += [weighted(region, labels) for region in candidates(name, uncertainty, shape, region_px)]
    return found


def _write(folder: Path, number: int, region: Region, movie: MovieFiles) -> None:
    """Write a region's image and its labels as the model has them."""
    image: Image = open_image(movie.image, pixel_size_um=movie.pixel_size_um)
    (channel, *_) = channel_indices(image.channel_names, movie.channel)
    labels = Blocks(movie.labels)[region.frame, *region.place]
    found, numbers = np.unique(labels, return_inverse=True)
    # from 1 in each region, whether there is background or not
    labels = (numbers.reshape(labels.shape) + (found[0] > 0)).astype(np.uint16)
    pixels = image.filled(region.frame, [channel])[0][region.place]
    files.write_tiff(files.tiff(folder, region, files.IMAGES, number), pixels, image.pixel_size_um, image.pixel_aspect)
    files.write_tiff(
        files.tiff(folder, region, files.SUGGESTED, number), labels, image.pixel_size_um, image.pixel_aspect
    )
    (folder / region.movie / files.CORRECTED).mkdir(exist_ok=True)


def _warn_of_pieces(path: Path, labels: np.ndarray) -> None:
    """Say which labels are in several pieces: mostly a slip of the brush."""
    # counted from 1, for labels may be large numbers
    numbers, index = np.unique(np.append(labels, 0), return_inverse=True)
    index = index[:-1].reshape(labels.shape)
    for label, (number, box) in enumerate(zip(numbers[1:], ndi.find_objects(index), strict=True), start=1):
        _, pieces = ndi.label(index[box] == label, np.ones((3, 3)))
        if pieces > 1:
            log.warning("WARNING: %s: label %d is in %d pieces", path, number, pieces)


def _say(folder: Path, regions: dict[int, Region], done: dict[int, np.ndarray], n_new: int) -> None:
    """Say what there is to do."""
    waiting = [number for number in regions if number not in done]
    log.info("%d regions corrected, %d wait, %d of them new", len(done), len(waiting), n_new)
    for number in waiting:
        region = regions[number]
        log.info(
            "%s, frame %d, row %d, column %d, uncertainty %.2f",
            files.tiff(folder, region, files.SUGGESTED, number),
            region.frame, region.y_px, region.x_px, region.uncertainty,
        )  # fmt: skip
    log.info(
        "correct the labels in %s over the images in %s and save them under the same name in %s",
        files.SUGGESTED, files.IMAGES, files.CORRECTED,
    )  # fmt: skip
    if done:
        log.info("then train with annotations: %s", folder / files.SHEET)
