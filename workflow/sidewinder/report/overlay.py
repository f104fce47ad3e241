"""The first picture to look at: six frames with the outlines of the tracked cells, coloured by lineage."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage
from skimage.measure import find_contours

from sidewinder.colours import lineage_colour
from sidewinder.errors import UserError
from sidewinder.pixel_size import height_and_width, scaled
from sidewinder.preprocess import channel_indices
from sidewinder.report.region import COLOUR, region_outlines
from sidewinder.store import atomic_file, open_image, open_labels
from sidewinder.store.image import Image as Movie
from sidewinder.store.table import read_frame

N_FRAMES = 6
COLUMNS = 3
# three panels of the largest width stay under 2400 px
LARGEST_PANEL_PX = 780
# small frames are enlarged, so that outlines and numbers have room
SMALLEST_PANEL_PX = 640
LARGEST_ZOOM = 4.0
GAP_PX = 12
# the strip above each panel
HEADER_PX = 36
CONTRAST_PERCENTILES = (0.5, 99.7)
# below 1, so that dim cells are seen beside bright ones
GAMMA = 0.7
ID_SIZES_PX = (12, 22)
TEXT_PX = 22
# outlines of smaller cells are one pixel wide
FINE_BELOW_PX = 16
PAPER, INK, SHADE = (18, 18, 20), (235, 235, 235), (0, 0, 0)


@dataclass(frozen=True)
class DrawnFrame:
    """One frame to draw: pixels (Y, X) and labels (Y, X), whose values are track ids."""

    number: int
    image: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Style:
    """How cells are drawn; without a font they get no track ids, which would not fit into them."""

    line_px: int
    id_font: ImageFont.FreeTypeFont | None


def draw_overlay(movie_zarr: str | Path, tracks_parquet: str | Path, output: str | Path, *, channel: str = "0") -> None:
    """Draw up to six frames, spread evenly over the movie, with outlines and track ids.

    Parameters
    ----------
    movie_zarr : str or Path
        The published movie, in whose labels a pixel's value is the track_id.
    tracks_parquet : str or Path
        The table of its cells: `track_id`, `lineage_id`.
    output : str or Path
        The PNG to write, at most 2400 px wide.
    channel : str
        The channel to show, by name or index from 0; of several, separated by commas, the first.

    Raises
    ------
    UserError
        If a label has no track, or there is no such channel.
    """
    movie, labels = open_image(movie_zarr), open_labels(movie_zarr)
    index = channel_indices(movie.channel_names, channel)[0]
    numbers = frame_numbers(labels.shape[0])
    frames = [DrawnFrame(number, movie.filled(number, [index])[0], labels[number]) for number in numbers]
    tracks = read_frame(tracks_parquet, columns=["track_id", "lineage_id"]).drop_duplicates("track_id")
    lineages: dict[int, int] = dict(tracks.itertuples(index=False))
    # in the picture pixels are square
    zoom = panel_zoom(scaled(labels.shape[1:], 1, movie.pixel_aspect))
    style = _style(frames, zoom)
    panels = _panels(frames, scaled(labels.shape[1:], zoom, movie.pixel_aspect))
    region = region_outlines(movie, panels[0].size[::-1])
    for panel, frame in zip(panels, frames, strict=True):
        draw_region(panel, region)
        outlines = _outlines(frame, zoom * np.array(height_and_width(movie.pixel_aspect)))
        refuse_unknown(outlines.keys() - lineages.keys(), frame, movie_zarr)
        _draw_cells(panel, outlines, {track: lineage_colour(lineages[track]) for track in outlines}, style)
    headers = [header(frame, movie) for frame in frames]
    picture = _lay_out(panels, headers, _caption(lineages, style, bool(region)))
    if movie.pixel_size_um:
        _draw_scale_bar(picture, panels[0].width, zoom / movie.pixel_size_um)
    with atomic_file(output) as temporary:
        picture.save(temporary, format="PNG")


def refuse_unknown(unknown: Collection[int], frame: DrawnFrame, movie_zarr: str | Path) -> None:
    """Raise a UserError that names the first of the labels that are no tracks, if there are any."""
    if unknown:
        raise UserError(
            f"{movie_zarr}, frame {frame.number}: track {min(unknown)} is not in the table of tracks, so they are not "
            "of the same run; remove the movie's results and run again"
        )


def frame_numbers(n_frames: int) -> list[int]:
    """Spread up to six frames evenly from the first to the last.

    Examples
    --------
    >>> frame_numbers(60), frame_numbers(2)
    ([0, 12, 24, 35, 47, 59], [0, 1])
    """
    return np.linspace(0, n_frames - 1, min(N_FRAMES, n_frames)).round().astype(int).tolist()


def panel_zoom(shape_yx: tuple[int, int]) -> float:
    """How many pixels of the picture a square pixel of the frame takes; less than 1 for large frames."""
    longest = max(shape_yx)
    return min(LARGEST_PANEL_PX / longest, max(SMALLEST_PANEL_PX / longest, 1.0), LARGEST_ZOOM)


def draw_region(panel: Image.Image, outlines: list[np.ndarray]) -> None:
    """Draw the outlines of the region, as of `region_outlines`, into a picture of a frame."""
    draw = ImageDraw.Draw(panel)
    for line in outlines:
        draw.line([tuple(point) for point in line], fill=COLOUR, width=1)


def _panels(frames: list[DrawnFrame], shape: tuple[int, int]) -> list[Image.Image]:
    """The frames in grey, all with the same contrast, at a size (height, width)."""
    sample = np.concatenate([frame.image[::2, ::2].ravel() for frame in frames])
    low, high = np.percentile(sample, CONTRAST_PERCENTILES)
    panels = []
    for frame in frames:
        grey = np.clip((frame.image.astype(np.float32) - low) / max(high - low, 1e-6), 0, 1) ** GAMMA
        picture = Image.fromarray((255 * grey).round().astype(np.uint8))
        panels.append(picture.resize(shape[::-1], Image.Resampling.BICUBIC, reducing_gap=2.0).convert("RGB"))
    return panels


def _style(frames: list[DrawnFrame], zoom: float) -> Style:
    """Choose line and letters by the cells' size in the picture."""
    areas_px = np.concatenate([np.unique(frame.labels[frame.labels > 0], return_counts=True)[1] for frame in frames])
    diameter_px = zoom * 2 * np.sqrt(np.median(areas_px) / np.pi) if areas_px.size else 0.0
    size_px = float(np.clip(0.45 * diameter_px, *ID_SIZES_PX))
    # given a size, Pillow returns no other kind of font
    font: ImageFont.FreeTypeFont = ImageFont.load_default(size_px)  # type: ignore[assignment]
    longest = str(max(int(frame.labels.max()) for frame in frames))
    fits = max(font.getlength(longest), font.size) < diameter_px
    return Style(line_px=1 if diameter_px < FINE_BELOW_PX else 2, id_font=font if fits else None)


def _outlines(frame: DrawnFrame, zoom_yx: np.ndarray) -> dict[int, list[np.ndarray]]:
    """The outlines of each track's cell as lines of (x, y) in the panel's pixels."""
    # outlines finer than a pixel of the picture need not be computed
    step = max(int(1 / zoom_yx.max()), 1)
    labels = frame.labels[::step, ::step]
    outlines = {}
    for track, window in enumerate(ndimage.find_objects(labels.astype(np.int32)), start=1):
        if window is not None:
            corner = np.array([part.start for part in window])
            contours = find_contours(np.pad(labels[window] == track, 1), 0.5)
            # a pixel's centre has whole coordinates in the labels, and lies in the middle of its square in the panel
            outlines[track] = [(((line - 1 + corner) * step + 0.5) * zoom_yx - 0.5)[:, ::-1] for line in contours]
    return outlines


def _draw_cells(
    panel: Image.Image, outlines: dict[int, list[np.ndarray]], colours: dict[int, tuple[int, int, int]], style: Style
) -> None:
    draw = ImageDraw.Draw(panel)
    for track, lines in outlines.items():
        for line in lines:
            draw.line([tuple(point) for point in line], fill=colours[track], width=style.line_px)
    if style.id_font is None:
        return
    # numbers go on top of all outlines, and stay inside of the panel
    for track, lines in outlines.items():
        room = np.array([style.id_font.getlength(str(track)), style.id_font.size]) / 2 + 2
        middle = np.concatenate(lines)
        middle = (middle.min(axis=0) + middle.max(axis=0)) / 2
        place = tuple(np.clip(middle, room, np.array(panel.size) - room))
        draw.text(place, str(track), fill=INK, font=style.id_font, anchor="mm", stroke_width=2, stroke_fill=SHADE)


def header(frame: DrawnFrame, movie: Movie) -> str:
    """What stands above a frame: its number, its time where that is known, and whether it has no cells."""
    parts = [f"frame {frame.number}"]
    if movie.times_s is not None and movie.frame_interval_s is not None:
        minutes, seconds = divmod(round(float(movie.times_s[frame.number])), 60)
        short = movie.frame_interval_s < 60
        parts.append(f"{minutes}:{seconds:02} min" if short else f"{minutes // 60}:{minutes % 60:02} h")
    if not frame.labels.any():
        parts.append("no cells")
    return "   ".join(parts)


def _draw_scale_bar(picture: Image.Image, panel_width_px: int, px_per_um: float) -> None:
    """A bar of a round length, up to a quarter of a panel, at the right end of the first panel's header."""
    most_um = 0.25 * panel_width_px / px_per_um
    decade = 10.0 ** np.floor(np.log10(most_um))
    length_um = max(digit * decade for digit in (1, 2, 5) if digit * decade <= most_um)
    draw, right, middle = ImageDraw.Draw(picture), GAP_PX + panel_width_px, GAP_PX + HEADER_PX / 2
    left = right - length_um * px_per_um
    draw.rectangle((left, middle - 2, right, middle + 2), fill=INK)
    font = ImageFont.load_default(TEXT_PX)
    draw.text((left - 10, middle), f"{length_um:g} um", fill=INK, font=font, anchor="rm")


def _caption(lineages: dict[int, int], style: Style, has_region: bool) -> str:
    region = " The white line is the region." if has_region else ""
    if not lineages:
        return f"No cells were found in this movie.{region}"
    said = f"{len(lineages)} tracks, {len(set(lineages.values()))} lineages. A colour is a lineage"
    said += ", a number a track_id." if style.id_font else "; the cells are too small for track ids."
    return said + region


def _lay_out(panels: list[Image.Image], headers: list[str], caption: str) -> Image.Image:
    """Panels in rows of three, each under its header, and the caption at the bottom."""
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    width, height = panels[0].size
    cell_px = np.array([width + GAP_PX, height + HEADER_PX + GAP_PX])
    picture = Image.new("RGB", tuple((cell_px * [columns, rows] + [GAP_PX, HEADER_PX + 2 * GAP_PX]).tolist()), PAPER)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(TEXT_PX)
    for index, (panel, header) in enumerate(zip(panels, headers, strict=True)):
        x, y = (cell_px * [index % columns, index // columns] + GAP_PX).tolist()
        draw.text((x, y + HEADER_PX / 2), header, fill=INK, font=font, anchor="lm")
        picture.paste(panel, (x, y + HEADER_PX))
    draw.text((GAP_PX, picture.height - GAP_PX), caption, fill=INK, font=font, anchor="ld")
    return picture
