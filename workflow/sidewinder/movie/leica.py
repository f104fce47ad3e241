"""Leica LIF, read by `liffile`."""

import threading

import liffile
import numpy as np

from sidewinder.errors import UserError
from sidewinder.movie.axes import arrange, understand
from sidewinder.movie.causes import damaged
from sidewinder.movie.movie import RGB, Frames, Slices, choose_position
from sidewinder.movie.units import length_um, pixel

# bands of emission and of excitation, each of which is an image of its own light
SPECTRAL = "λΛ"
OF_IMAGE = "SYX"


def open_file(path: str) -> "liffile.LifFile":
    """Open a file; as `Reader`."""
    return liffile.LifFile(path)


def frames_of(path: str, file: "liffile.LifFile", position: str | None) -> Frames:
    """An image of a LIF file; as `Reader`."""
    images = list(file.images)
    if not images:
        raise UserError(f"{path}: holds no images; expected a movie")
    return _frames_of_image(path, images[choose_position(path, [image.path for image in images], position)])


def _frames_of_image(path: str, image: "liffile.LifImage") -> Frames:
    letters = {axis: "C" if axis in SPECTRAL else axis for axis in image.dims}
    axes = understand(path, "".join(letters.values()), image.shape, unknown="T")
    lengths = {letters[axis]: length for axis, length in image.sizes.items() if length > 1 or axis in "YX"}
    n_frames, n_slices, n_channels, n_samples = (lengths.get(axis, 1) for axis in "TZCS")
    inside = "".join(axis for axis in axes if axis in OF_IMAGE)
    # what an axis is called in the file
    called = {letters[axis]: axis for axis, length in image.sizes.items() if length > 1}
    lock = threading.Lock()

    def read(frame: int, z: int = 0) -> np.ndarray:
        at = {called[axis]: number for axis, number in (("T", frame), ("Z", z)) if axis in called}
        channels = [{called["C"]: channel} for channel in range(n_channels)] if "C" in called else [{}]
        with lock, damaged(path, f"frame {frame} cannot be decoded"):
            planes = [image.frame(**at, **channel) for channel in channels]
        return np.concatenate([arrange(plane, inside, OF_IMAGE) for plane in planes])

    return Frames(
        read=read,
        n_frames=n_frames,
        shape_cyx=(n_channels * n_samples, lengths["Y"], lengths["X"]),
        dtype=np.dtype(image.dtype),
        **pixel(path, *(_length_um(path, image, axis) for axis in "XY")),
        channel_names=RGB if n_samples == len(RGB) and n_channels == 1 else (),
        taken_s=_taken_s(image, n_frames),
        slices=Slices(n_slices, read) if n_slices > 1 else None,
    )


def _length_um(path: str, image: "liffile.LifImage", axis: str) -> float | None:
    """The size of a pixel, of which the file says the place in metres."""
    places = image.coords.get(axis, ())
    return length_um(path, float(f"{places[1] - places[0]:.6g}"), "m") if len(places) > 1 else None


def _taken_s(image: "liffile.LifImage", n_frames: int) -> list[float]:
    """When the first image of each frame was taken: by the time stamps of images, else as it was planned."""
    stamps = image.timestamps
    outermost = next((axis for axis, length in image.sizes.items() if length > 1), "")
    if stamps is not None and outermost == "T" and len(stamps) and len(stamps) % n_frames == 0:
        first = stamps[:: len(stamps) // n_frames]
        return [float(moment) for moment in (first - first[0]) / np.timedelta64(1, "s")]
    return [float(moment) for moment in image.coords.get("T", ())]
