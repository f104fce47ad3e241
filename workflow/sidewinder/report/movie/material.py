"""All that the page is given: facts, arrays and pictures."""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sidewinder.report.movie.columns import in_steps
from sidewinder.report.movie.corrected import facts_of_corrections
from sidewinder.report.movie.facts import facts_of_movie, facts_of_tables, what_is_reduced
from sidewinder.report.movie.fitting import Fit, fit, frame_step
from sidewinder.report.movie.frames import arrays_of_outlines, pictures_of
from sidewinder.report.movie.images import contrasts_of
from sidewinder.report.movie.repaired import facts_of_repairs
from sidewinder.report.movie.tables import arrays_of_cells, arrays_of_tracks, read_tables
from sidewinder.report.one_file import packed
from sidewinder.store import open_image, open_labels


@dataclass(frozen=True)
class Material:
    """What goes into the page.

    Parameters
    ----------
    facts : dict
        What JSON can hold; `arrays` says where in the blob something lies.
    arrays : bytes
        Numbers, little-endian.
    pictures : bytes
        WebP files, one behind the other; the array `picture_bytes` has their lengths.
    """

    facts: dict[str, Any]
    arrays: bytes
    pictures: bytes


def gather(
    movie_zarr: str | Path,
    tracks: str | Path,
    lineage: str | Path,
    repairs: str | Path,
    label_tracks: str | Path,
    *,
    channel: str,
    columns: Literal["auto"] | Sequence[str],
) -> Material:
    """Gather the material of a movie and its tables; parameters as of `write_report`."""
    image, labels = open_image(movie_zarr), open_labels(movie_zarr)
    tables, contrasts = read_tables(tracks, lineage, columns), contrasts_of(image)
    every = frame_step(image.data.shape[0], len(contrasts), len(tables.cells))
    shown = tables.cells[tables.cells["frame"] % every == 0].reset_index(drop=True)
    steps, shape = [in_steps(shown[name]) for name in tables.columns], labels.shape[1:]
    of_tracks = arrays_of_tracks(tables.lineage, shown)
    unscaled = Fit(tuple(range(0, labels.shape[0], every)), every, shape, 0)
    taken, _ = packed(of_tracks | arrays_of_cells(shown, steps, shape, unscaled))
    fitted = fit(image.data, labels, contrasts, every, len(gzip.compress(taken, 6)), image.pixel_aspect)
    pictures = pictures_of(image.data, contrasts, fitted)
    of_cells = arrays_of_cells(shown, steps, shape, fitted) | arrays_of_outlines(movie_zarr, labels, shown, fitted)
    sizes = {"picture_bytes": np.array([len(picture) for picture in pictures], np.uint32)}
    blob, index = packed(of_tracks | of_cells | sizes)
    of_movie = facts_of_movie(image, contrasts, channel, fitted)
    first = of_movie["channel"]
    facts = {
        **of_movie,
        "corrections": facts_of_corrections(image, first),
        "repairs": facts_of_repairs(
            image, labels, tables.cells, Path(repairs), Path(label_tracks), first, contrasts[first]
        ),
        **facts_of_tables(tables, steps, image.data.shape[0]),
        "reduced": what_is_reduced(image, tables, fitted),
        "arrays": index,
    }
    return Material(facts, blob, b"".join(pictures))
