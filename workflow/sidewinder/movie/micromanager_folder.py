"""A folder of single images by Micro-Manager: one file an image, and metadata.txt, which says what each is."""

import json
import logging
import os
from dataclasses import replace
from typing import Any

from sidewinder.errors import UserError
from sidewinder.movie.causes import AGAIN
from sidewinder.movie.file_grid import FileGrid, complete_frames, image_name, images_of_a_frame
from sidewinder.movie.folder import open_files
from sidewinder.movie.movie import Frames, choose_position
from sidewinder.movie.ome_files import OF_MICROMANAGER
from sidewinder.movie.units import length_um, pixel

log = logging.getLogger("sidewinder")


def folders_of_positions(folder: str) -> dict[str, str]:
    """The folders of images below a folder, or itself, by the names of positions; empty where there are none."""
    if os.path.isfile(os.path.join(folder, OF_MICROMANAGER)):
        return {os.path.basename(os.path.abspath(folder)): folder}
    names = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
    below = {name: os.path.join(folder, name) for name in names}
    return {name: path for name, path in below.items() if os.path.isfile(os.path.join(path, OF_MICROMANAGER))}


def open_micromanager(path: str, folders: dict[str, str], position: str | None) -> Frames:
    """Open the images of a position by their metadata.

    Parameters
    ----------
    path : str
        The movie's path, for messages.
    folders : dict of str to str
        What `folders_of_positions` finds.
    position : str or None
        Which position, where there are several.

    Returns
    -------
    Frames

    Raises
    ------
    UserError
        If there is no such position, the metadata are damaged, or an image is missing between others.
    """
    names = list(folders)
    folder = folders[names[choose_position(path, names, position)]]
    summary, images = _read(os.path.join(folder, OF_MICROMANAGER))
    slices = [str(z) for z in sorted({_index(image, "Slice") for image in images})]
    slices = slices if len(slices) > 1 else []
    channels = list(dict.fromkeys(str(image["Channel"]) for image in sorted(images, key=_channel_index)))
    files = [str(image["FileName"]) for image in images]
    by_frame: dict[int, dict[str, int]] = {}
    for number, image in enumerate(images):
        if os.path.isfile(os.path.join(folder, files[number])):
            by_frame.setdefault(_index(image, "Frame"), {})[_name(image, slices)] = number
    expected = images_of_a_frame(channels, slices)
    frames = complete_frames(folder, [by_frame[frame] for frame in sorted(by_frame)], expected, files)
    if len(frames) < int(summary.get("Frames", 0)):
        log.warning(
            "%s: the acquisition was stopped: of %d frames that were planned, %d are there",
            folder,
            summary["Frames"],
            len(frames),
        )
    first = [images[frame[expected[0]]] for frame in frames]
    elapsed_ms = [image.get("ElapsedTime-ms") for image in first]
    grid = FileGrid(
        files=[[os.path.join(folder, files[frame[image]]) for image in expected] for frame in frames],
        channel_names=tuple(channels),
        taken_s=tuple(float(ms) / 1000 for ms in elapsed_ms if ms is not None),
        source_frames=(),
        n_slices=max(1, len(slices)),
    )
    pixel_size_um = length_um(folder, float(first[0].get("PixelSizeUm", 0)), "um")
    return replace(open_files(folder, grid), **pixel(folder, pixel_size_um, pixel_size_um))


def _read(path: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The summary and what is said of each image."""
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    try:
        said = json.loads(text)
    except ValueError:
        # an acquisition that was stopped leaves the last brace out
        said = json.loads(text.rstrip().rstrip(",") + "}")
    images = [image for key, image in said.items() if isinstance(image, dict) and "FileName" in image]
    if not images or not all("Channel" in image for image in images):
        raise UserError(f"{path}: does not say what each image is (FileName, Channel, Frame); {AGAIN}")
    return said.get("Summary", {}), images


def _index(image: dict[str, Any], axis: str) -> int:
    """The number of an image along an axis, by either of the names that versions give it."""
    return int(image.get(f"{axis}Index", image.get(axis, 0)))


def _name(image: dict[str, Any], slices: list[str]) -> str:
    """The name of an image in its frame."""
    return image_name(str(image["Channel"]), str(_index(image, "Slice")) if slices else "")


def _channel_index(image: dict[str, Any]) -> int:
    return int(image.get("ChannelIndex", 0))
