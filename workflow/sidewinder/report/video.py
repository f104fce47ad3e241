"""All frames with the outlines of the tracked cells, coloured by lineage, as an animated WebP."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from sidewinder.colours import lineage_colour
from sidewinder.pixel_size import scaled
from sidewinder.preprocess import channel_indices
from sidewinder.progress import progress
from sidewinder.report.movie.outlines import nearest
from sidewinder.report.overlay import (
    CONTRAST_PERCENTILES,
    FINE_BELOW_PX,
    GAMMA,
    INK,
    LARGEST_ZOOM,
    PAPER,
    DrawnFrame,
    draw_region,
    frame_numbers,
    header,
    refuse_unknown,
)
from sidewinder.report.region import region_outlines
from sidewinder.store import atomic_file, open_image, open_labels
from sidewinder.store.table import read_frame

# the longer side of a frame
SIDE_PX = 640
# the strip above it
STRIP_PX = 28
TEXT_PX = 16
FRAME_MS = 100
QUALITY, METHOD = 60, 2


def draw_video(movie_zarr: str | Path, tracks_parquet: str | Path, output: str | Path, *, channel: str = "0") -> None:
    """Write all frames with the outlines of their cells as an animated WebP, ten frames a second.

    Parameters
    ----------
    movie_zarr, tracks_parquet, channel
        As of `drawn_frames`.
    output : str or Path
        The WebP to write.

    Raises
    ------
    UserError
        If a label has no track, or there is no such channel.
    """
    frames, n_frames = drawn_frames(movie_zarr, tracks_parquet, channel)
    moving = _Moving(progress(frames, n_frames, "video"), n_frames)
    with atomic_file(output) as temporary:
        moving.save(temporary, format="WEBP", save_all=True, duration=FRAME_MS, quality=QUALITY, method=METHOD)


def drawn_frames(movie_zarr: str | Path, tracks_parquet: str | Path, channel: str) -> tuple[Iterator[Image.Image], int]:
    """Draw all frames with the outlines of their cells, each when it is asked for.

    Parameters
    ----------
    movie_zarr : str or Path
        The published movie, in whose labels a pixel's value is the track_id.
    tracks_parquet : str or Path
        The table of its cells: `track_id`, `lineage_id`, `area_px`.
    channel : str
        The channel to show, by name or index from 0; of several, separated by commas, the first.

    Returns
    -------
    frames : iterator of Image
        In colour, all of one size and contrast, with at most 640 pixels a side below a strip that says which frame it
        is. Pixels are square, whatever they are in the movie.
    n_frames : int
        How many.

    Raises
    ------
    UserError
        If there is no such channel, or, once its frame is asked for, a label has no track.
    """
    movie, labels = open_image(movie_zarr), open_labels(movie_zarr)
    index, n_frames = channel_indices(movie.channel_names, channel)[0], labels.shape[0]
    cells = read_frame(tracks_parquet, columns=["track_id", "lineage_id", "area_px"])
    zoom = min(SIDE_PX / max(scaled(labels.shape[1:], 1, movie.pixel_aspect)), LARGEST_ZOOM)
    shape, colours = scaled(labels.shape[1:], zoom, movie.pixel_aspect), _colours(cells)
    diameter_px = zoom * 2 * np.sqrt(cells["area_px"].median() / np.pi)
    line_px, region = 1 if diameter_px < FINE_BELOW_PX else 2, region_outlines(movie, shape)
    sample = [movie.filled(number, [index])[0][::2, ::2].ravel() for number in frame_numbers(n_frames)]
    low, high = np.percentile(np.concatenate(sample), CONTRAST_PERCENTILES)

    def drawn(number: int) -> Image.Image:
        frame = DrawnFrame(number, movie.filled(number, [index])[0], labels[number])
        refuse_unknown(_unknown(frame.labels, colours), frame, movie_zarr)
        grey = np.clip((frame.image.astype(np.float32) - low) / max(high - low, 1e-6), 0, 1) ** GAMMA
        picture = Image.fromarray((255 * grey).round().astype(np.uint8))
        picture = picture.resize(shape[::-1], Image.Resampling.BICUBIC, reducing_gap=2.0).convert("RGB")
        draw_region(picture, region)
        return _lay_out(_with_outlines(picture, frame.labels, colours, line_px), header(frame, movie))

    return map(drawn, range(n_frames)), n_frames


class _Moving(Image.Image):
    """A picture of several frames of which memory holds one: each is drawn when it is asked for, in their order."""

    def __init__(self, frames: Iterator[Image.Image], n_frames: int) -> None:
        super().__init__()
        first = next(frames)
        self.n_frames, self._frames, self._number = n_frames, frames, 0
        # what a reader of Pillow's sets
        self._mode, self._size, self.im = first.mode, first.size, first.im

    def seek(self, frame: int) -> None:
        # after the last frame, Pillow goes back to the first, which it does not look at
        if frame > self._number:
            self._number, self.im = frame, next(self._frames).im


def _colours(tracks: pd.DataFrame) -> np.ndarray:
    """The colour of each track, uint8 (N, 3), by its id; black where there is no track of an id."""
    tracks = tracks.drop_duplicates("track_id")
    colours = np.zeros((int(tracks["track_id"].max()) + 1 if len(tracks) else 1, 3), np.uint8)
    colours[tracks["track_id"]] = [lineage_colour(lineage) for lineage in tracks["lineage_id"]] or np.empty((0, 3))
    return colours


def _unknown(labels: np.ndarray, colours: np.ndarray) -> list[int]:
    """The labels that are no tracks."""
    present = np.unique(labels)
    found: list[int] = np.setdiff1d(present[present > 0], np.flatnonzero(colours.any(axis=1))).tolist()
    return found


def _with_outlines(picture: Image.Image, labels: np.ndarray, colours: np.ndarray, line_px: int) -> Image.Image:
    """A frame at the video's size with the outermost pixels of each cell in its colour."""
    shown = nearest(labels, (picture.height, picture.width))
    pixels = np.array(picture)
    around = 2 * line_px + 1
    edge = (shown > 0) & (ndimage.minimum_filter(shown, around) != ndimage.maximum_filter(shown, around))
    pixels[edge] = colours[shown[edge]]
    return Image.fromarray(pixels)


def _lay_out(picture: Image.Image, text: str) -> Image.Image:
    """A frame below the strip that says which it is."""
    laid_out = Image.new("RGB", (picture.width, picture.height + STRIP_PX), PAPER)
    laid_out.paste(picture, (0, STRIP_PX))
    font = ImageFont.load_default(TEXT_PX)
    ImageDraw.Draw(laid_out).text((6, STRIP_PX / 2), text, fill=INK, font=font, anchor="lm")
    return laid_out
