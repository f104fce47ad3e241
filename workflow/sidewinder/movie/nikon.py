"""Nikon ND2, read by `nd2`."""

import threading

import nd2
import numpy as np

from sidewinder.errors import UserError
from sidewinder.movie.axes import arrange
from sidewinder.movie.causes import damaged
from sidewinder.movie.movie import RGB, Frames, Slices, choose_position
from sidewinder.movie.units import Pixel, length_um, pixel

# of one image, in nd2's letters: S are the samples of a pixel in colour
OF_IMAGE = "CYXS"


def open_file(path: str) -> "nd2.ND2File":
    """Open a file; as `Reader`."""
    return nd2.ND2File(path)


def frames_of(path: str, file: "nd2.ND2File", position: str | None) -> Frames:
    """A position of an ND2 file; as `Reader`."""
    sizes = dict(file.sizes)
    for axis, length in sizes.items():
        if axis not in f"TPZ{OF_IMAGE}" and length > 1:
            raise UserError(f"{path}: has an axis {axis} of length {length}; expected time, position, Z and channel")
    chosen = choose_position(path, _positions(file, sizes.get("P", 1)), position)
    places = {tuple(at.get(axis, 0) for axis in "TPZ"): index for index, at in enumerate(file.loop_indices)}
    n_frames, n_slices = sizes.get("T", 1), sizes.get("Z", 1)
    n_channels, n_samples = sizes.get("C", 1), sizes.get("S", 1)
    inside = "".join(axis for axis in sizes if axis in OF_IMAGE)
    lock = threading.Lock()

    def read(frame: int, z: int = 0) -> np.ndarray:
        with lock, damaged(path, f"frame {frame} cannot be decoded"):
            image = np.array(file.read_frame(places[frame, chosen, z]))
        planes = arrange(image.reshape([sizes[axis] for axis in inside]), inside, OF_IMAGE.replace("YX", "") + "YX")
        return planes.reshape(n_channels * n_samples, sizes["Y"], sizes["X"])

    return Frames(
        read=read,
        n_frames=n_frames,
        shape_cyx=(n_channels * n_samples, sizes["Y"], sizes["X"]),
        dtype=np.dtype(file.dtype),
        **_pixel(path, file),
        channel_names=RGB if n_samples == len(RGB) and n_channels == 1 else _channel_names(file),
        taken_s=[_taken_s(file, places[frame, chosen, z]) for frame, z in _moments(n_frames, n_slices)],
        slices=Slices(n_slices, read) if n_slices > 1 else None,
    )


def _moments(n_frames: int, n_slices: int) -> list[tuple[int, int]]:
    """The images whose times are those of frames; of a single frame all slices, which may be time points."""
    return [(0, z) for z in range(n_slices)] if n_frames == 1 else [(frame, 0) for frame in range(n_frames)]


def _positions(file: "nd2.ND2File", n_positions: int) -> list[str]:
    """Their names, or else their numbers."""
    points = [point for loop in file.experiment if loop.type == "XYPosLoop" for point in loop.parameters.points]
    names = [str(point.name or index) for index, point in enumerate(points)]
    distinct = len(names) == n_positions and len(set(names)) == n_positions
    return names if distinct else [str(index) for index in range(n_positions)]


def _pixel(path: str, file: "nd2.ND2File") -> Pixel:
    channels = getattr(file.metadata, "channels", None)
    if not channels or not all(channels[0].volume.axesCalibrated[:2]):
        return pixel(path, None, None)
    size = file.voxel_size()
    return pixel(path, length_um(path, size.x, "um"), length_um(path, size.y, "um"))


def _channel_names(file: "nd2.ND2File") -> list[str]:
    return [str(channel.channel.name) for channel in getattr(file.metadata, "channels", None) or []]


def _taken_s(file: "nd2.ND2File", index: int) -> float | None:
    """When an image was taken, in seconds since the acquisition began."""
    channels = getattr(file.frame_metadata(index), "channels", None)
    return float(channels[0].time.relativeTimeMs) / 1000 if channels else None
