"""Zeiss CZI, read by `pylibCZIrw`."""

import threading
from typing import Any

import numpy as np
from pylibCZIrw.czi import CziReader

from sidewinder.errors import UserError
from sidewinder.movie.causes import damaged
from sidewinder.movie.movie import RGB, Frames, Slices, choose_position
from sidewinder.movie.units import Pixel, length_um, pixel, time_s
from sidewinder.movie.zeiss_times import time_stamps

# the types of pixels in a CZI, and how many samples each has
TYPES = {
    "Gray8": ("uint8", 1),
    "Gray16": ("uint16", 1),
    "Gray32Float": ("float32", 1),
    "Bgr24": ("uint8", 3),
    "Bgr48": ("uint16", 3),
    "Bgr96Float": ("float32", 3),
}
AXES = "TZC"


def open_file(path: str) -> CziReader:
    """Open a file; as `Reader`."""
    return CziReader(path)


def frames_of(path: str, file: CziReader, position: str | None) -> Frames:
    """A scene of a CZI file; as `Reader`."""
    box, about = file.total_bounding_box, file.metadata["ImageDocument"]["Metadata"]
    dimensions = about["Information"]["Image"].get("Dimensions") or {}
    _refuse_other_axes(path, box)
    scenes = file.scenes_bounding_rectangle_no_pyramid
    chosen = choose_position(path, _scene_names(dimensions, len(scenes)), position)
    scene = sorted(scenes)[chosen] if scenes else None
    rectangle = file.total_bounding_rectangle_no_pyramid if scene is None else scenes[scene]
    start = {axis: box.get(axis, (0, 1))[0] for axis in AXES}
    n_frames, n_slices, n_channels = (box.get(axis, (0, 1))[1] for axis in AXES)
    dtype, n_samples = _type(path, file)
    lock = threading.Lock()

    def read_plane(frame: int, z: int, channel: int) -> np.ndarray:
        place = dict(zip(AXES, (frame, z, channel), strict=True))
        plane = {axis: start[axis] + place[axis] for axis in AXES}
        # blue comes first in a CZI
        return file.read(roi=tuple(rectangle), plane=plane, scene=scene)[..., ::-1].transpose(2, 0, 1)

    def read(frame: int, z: int = 0) -> np.ndarray:
        with lock, damaged(path, f"frame {frame} cannot be decoded"):
            return np.concatenate([read_plane(frame, z, channel) for channel in range(n_channels)])

    return Frames(
        read=read,
        n_frames=n_frames,
        shape_cyx=(n_channels * n_samples, rectangle.h, rectangle.w),
        dtype=np.dtype(dtype),
        **_pixel(path, about),
        frame_interval_s=_planned_interval_s(path, dimensions),
        channel_names=RGB if n_samples == len(RGB) and n_channels == 1 else _channel_names(dimensions),
        taken_s=time_stamps(path, n_frames) or _planned_s(dimensions, n_frames),
        slices=Slices(n_slices, read) if n_slices > 1 else None,
    )


def _refuse_other_axes(path: str, box: dict[str, tuple[int, int]]) -> None:
    for axis, (_, length) in box.items():
        if axis not in f"{AXES}YX" and length > 1:
            raise UserError(f"{path}: has an axis {axis} of length {length}; expected time, scene, Z and channel")


def _type(path: str, file: CziReader) -> tuple[str, int]:
    """The type of pixels, and how many samples each has."""
    found = sorted(set(file.pixel_types.values()))
    if len(found) != 1 or found[0] not in TYPES:
        raise UserError(f"{path}: its pixels are of the types {', '.join(found)}; expected one of {', '.join(TYPES)}")
    return TYPES[found[0]]


def _listed(found: Any) -> list[dict[str, Any]]:
    """What stands once or several times in XML, as a list."""
    return found if isinstance(found, list) else [found] if isinstance(found, dict) else []


def _scene_names(dimensions: dict[str, Any], n_scenes: int) -> list[str]:
    """Their names, or else their numbers."""
    scenes = _listed(((dimensions.get("S") or {}).get("Scenes") or {}).get("Scene"))
    names = [str(scene.get("@Name", "")) for scene in sorted(scenes, key=lambda scene: int(scene.get("@Index", 0)))]
    n_positions = max(1, n_scenes)
    distinct = len(names) == n_positions and len({*names, ""}) == n_positions + 1
    return names if distinct else [str(index) for index in range(n_positions)]


def _channel_names(dimensions: dict[str, Any]) -> list[str]:
    return [str(each.get("@Name", "")) for each in _listed((dimensions.get("Channels") or {}).get("Channel"))]


def _pixel(path: str, about: dict[str, Any]) -> Pixel:
    distances = _listed((((about.get("Scaling") or {}).get("Items")) or {}).get("Distance"))
    sizes = {each.get("@Id"): float(each["Value"]) for each in distances if each.get("Value")}
    return pixel(path, *(length_um(path, sizes.get(axis), "m") for axis in "XY"))


def _planned_s(dimensions: dict[str, Any], n_frames: int) -> list[float]:
    """When frames were to be taken, as the acquisition was planned; empty where that is not said of just these."""
    positions = (dimensions.get("T") or {}).get("Positions") or {}
    offsets = [float(text) for text in str((positions.get("List") or {}).get("Offsets") or "").split()]
    return offsets if len(offsets) == n_frames else []


def _planned_interval_s(path: str, dimensions: dict[str, Any]) -> float | None:
    positions = (dimensions.get("T") or {}).get("Positions") or {}
    increment = (positions.get("Interval") or {}).get("Increment")
    return None if increment is None else time_s(path, float(increment), "s")
