"""OME-Zarr 0.4 and 0.5: an image, a plate, a well, or the layout of bioformats2raw."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sidewinder.errors import UserError
from sidewinder.movie.axes import arrange, understand
from sidewinder.movie.causes import damaged
from sidewinder.movie.limits import check_size
from sidewinder.movie.movie import Frames, Slices, choose_position
from sidewinder.movie.omezarr_chunks import Chunks
from sidewinder.movie.omezarr_times import taken_of_image
from sidewinder.movie.units import length_um, pixel, time_s
from sidewinder.movie.unwritten import said_written
from sidewinder.movie.zarr_store import open_store

if TYPE_CHECKING:
    import zarr

LETTERS = {"time": "T", "channel": "C"}


def open_omezarr(path: str, position: str | None) -> Frames:
    """Open the full-size level of an image.

    Parameters
    ----------
    path : str
        The store, a folder or a zip file.
    position : str or None
        Which image, where there are several: its path in the store, such as "B/3/0", or its number.

    Returns
    -------
    Frames

    Raises
    ------
    UserError
        If the store is none, or holds no flat movie.
    """
    with damaged(path, "is not a complete OME-Zarr 0.4 or 0.5"):
        store = open_store(path)
        group = store.group
        images = _image_paths(path, group)
        chosen = choose_position(path, images, position)
        image = group[images[chosen]] if images[chosen] else group
        ome = _ome_of(image)
        multiscale = ome["multiscales"][0]
        level = multiscale["datasets"][0]
        frames = _frames_of(path, image[level["path"]], multiscale, ome, store.exists)
        taken_s = taken_of_image(path, image, chosen, len(images))
        # of one frame with several slices, which may be time points, they are the times of these
        if frames.n_frames > 1 or frames.slices is None:
            written = frames.source_frames or range(frames.n_frames)
            taken_s = tuple(taken_s[frame] for frame in written if frame < len(taken_s))
        return replace(frames, taken_s=taken_s)


def _ome_of(group: "zarr.Group") -> dict[str, Any]:
    """The OME metadata of a group, which 0.5 keeps under "ome" and 0.4 beside anything else."""
    attributes = group.attrs.asdict()
    return attributes.get("ome", attributes)


def _image_paths(path: str, group: "zarr.Group") -> list[str]:
    """The paths of all images in the store; "" for the store itself."""
    ome = _ome_of(group)
    if "multiscales" in ome:
        return [""]
    if "plate" in ome:
        wells = [well["path"] for well in ome["plate"]["wells"]]
        return [f"{well}/{field['path']}" for well in wells for field in _ome_of(group[well])["well"]["images"]]
    if "well" in ome:
        return [field["path"] for field in ome["well"]["images"]]
    if "bioformats2raw.layout" in ome:
        listed = _ome_of(group["OME"]).get("series") if "OME" in group else None
        return listed or sorted((name for name, _ in group.groups() if name.isdecimal()), key=int)
    raise UserError(f"{path}: a Zarr store without OME metadata; expected an OME-Zarr 0.4 or 0.5 image or plate")


def _frames_of(
    path: str, array: "zarr.Array", multiscale: dict[str, Any], ome: dict[str, Any], exists: Callable[[str], bool]
) -> Frames:
    described = multiscale["axes"]
    axes = "".join(LETTERS.get(axis.get("type"), axis["name"][:1].upper()) for axis in described)
    axes = understand(path, axes, array.shape, unknown="T")
    lengths = dict(zip(axes, array.shape, strict=True))
    n_frames, n_slices, n_channels = (lengths.get(axis, 1) for axis in "TZC")
    check_size(path, n_frames * n_slices * n_channels, lengths["Y"] * lengths["X"])
    chunks = Chunks(path, array, axes, exists)
    written = np.arange(n_frames)
    if array.size:
        written = said_written(path, chunks.written(n_frames))
        chunks.check_there(int(written[-1]), 0)

    def read(place: int, z: int = 0) -> np.ndarray:
        frame = int(written[place])
        chosen = {"T": frame, "Z": z}
        index = tuple(chosen.get(axis, slice(None)) for axis in axes)
        chunks.check_there(frame, z)
        with damaged(path, f"frame {frame} cannot be read"):
            pixels = arrange(np.asarray(array[index]), "".join(axis for axis in axes if axis not in chosen), "CYX")
        chunks.check(frame, z, pixels)
        return pixels

    scale = _scale_of(multiscale)
    units = [axis.get("unit") for axis in described]
    sizes = {axis: (value, unit) for axis, value, unit in zip(axes, scale, units, strict=True)}
    x_um, y_um = (length_um(path, *sizes[axis]) for axis in "XY")
    return Frames(
        read=read,
        n_frames=len(written),
        shape_cyx=(n_channels, lengths["Y"], lengths["X"]),
        dtype=array.dtype,
        **pixel(path, x_um, y_um),
        frame_interval_s=_interval_s(path, *sizes["T"], n_frames) if "T" in sizes else None,
        channel_names=[channel.get("label", "") for channel in ome.get("omero", {}).get("channels", [])],
        source_frames=() if (written == np.arange(len(written))).all() else written.tolist(),
        slices=Slices(n_slices, read) if n_slices > 1 else None,
    )


def _interval_s(path: str, scale: float, unit: str | None, n_frames: int) -> float | None:
    """The frame interval; a scale of 1 of an axis without a length is what writers put who have nothing to say."""
    return None if n_frames == 1 and scale == 1 else time_s(path, scale, unit)


def _scale_of(multiscale: dict[str, Any]) -> np.ndarray:
    """The size of the full-size level's elements: its own scale times that of all levels."""
    scale = np.ones(len(multiscale["axes"]))
    for transforms in (multiscale["datasets"][0], multiscale):
        for transform in transforms.get("coordinateTransformations") or []:
            if transform["type"] == "scale":
                scale = scale * transform["scale"]
    return scale
