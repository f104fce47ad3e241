"""What the description of a zoo package says of a 2-D network, as far as the stage `infer` has to know it.

References
----------
Ouyang et al. 2022, "BioImage Model Zoo", bioRxiv 2022.06.07.495102; the model description, version 0.5. Older ones are
converted by the zoo's own library.
"""

import math
import os
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from sidewinder.errors import UserError
from sidewinder.exchange.checking import check_description, check_folder, check_zip, is_outside
from sidewinder.limits import LARGEST_DESCRIPTION_BYTES, LARGEST_NETWORK, LARGEST_WINDOW_PX

# as wide as the paper's network: what a job asks for, and the size of its tiles, follow from it
ASSUMED_BASE_WIDTH = 64
# in which a package describes itself
DESCRIPTIONS = ("rdf.yaml", "bioimageio.yaml")
# channels by their names, else by their number
NAMES = {
    "foreground": ("foreground", "fg", "mask", "cell", "cells", "nuclei", "nucleus", "interior", "object"),
    "border": ("boundary", "boundaries", "border", "borders", "edge", "edges", "contour", "contours", "outline"),
    "background": ("background", "bg"),
}
BY_NAME = {name: role for role, names in NAMES.items() for name in names}
BY_NUMBER = {1: ("foreground",), 2: ("foreground", "border"), 3: ("background", "cell", "border")}
MICROMETRES = {"micrometer": 1.0, "nanometer": 1e-3, "millimeter": 1e3}


@dataclass(frozen=True)
class Side:
    """The lengths that an axis of the network's input may have: `min_px`, and steps more; no step where it is fixed."""

    min_px: int
    step_px: int | None

    def at_least(self, size_px: int) -> int:
        """The smallest length that is allowed and not below a given one."""
        if self.step_px is None or size_px <= self.min_px:
            return self.min_px
        return self.min_px + -(-(size_px - self.min_px) // self.step_px) * self.step_px


@dataclass(frozen=True)
class Description:
    """One input, one output, and what is done before and behind the network.

    Parameters
    ----------
    where : str
        The package, for messages.
    input_axes, output_axes : str
        Letters of b, c, y, x, in the network's order.
    n_channels : int
        Number of channels of the input.
    sides : tuple of Side
        The lengths that y and x may have.
    halo_px : int
        How far inside of a window's edges the output is right.
    roles : tuple of str
        What each output channel is: foreground, cell (without its border), border, background.
    preprocessing, postprocessing : list
        The zoo's steps.
    pixel_size_um : float or None
        The pixel size that the input's axes say.
    kind : str
        `torchscript` or `onnx`.
    weights : bytes
        The file.
    """

    where: str
    input_axes: str
    output_axes: str
    n_channels: int
    sides: tuple[Side, Side]
    halo_px: int
    roles: tuple[str, ...]
    preprocessing: list[Any]
    postprocessing: list[Any]
    pixel_size_um: float | None
    kind: str
    weights: bytes

    @property
    def window_px(self) -> int | None:
        """The only length of windows that the network takes; None where it takes several."""
        return min((side.min_px for side in self.sides if side.step_px is None), default=None)


def is_package(path: str | Path) -> bool:
    """Whether a path is a zoo package, and not a model folder of our own."""
    return str(path).endswith(".zip") or any(os.path.isfile(os.path.join(path, name)) for name in DESCRIPTIONS)


def read_description(path: str | Path) -> Description:
    """Read a package.

    Parameters
    ----------
    path : path
        A folder with a description, or a .zip.

    Returns
    -------
    description : Description

    Raises
    ------
    UserError
        If the package is damaged, or its network is of a kind that cannot be used here.
    """
    where = str(path)
    loaded = _load(path, _found(where, Path(path)))
    if len(loaded.inputs) != 1 or len(loaded.outputs) != 1:
        raise UserError(
            f"{where}: {len(loaded.inputs)} inputs and {len(loaded.outputs)} outputs; models of one each can be used"
        )
    (image,), (maps,) = loaded.inputs, loaded.outputs
    inside, outside = (_by_letter(where, tensor.axes) for tensor in (image, maps))
    n_channels = len(inside["c"].channel_names) if "c" in inside else 1
    if n_channels > LARGEST_NETWORK["in_channels"]:
        raise UserError(
            f"{where}: its network takes {n_channels} channels; {LARGEST_NETWORK['in_channels']} are allowed"
        )
    kind, weights = _weights(where, loaded)
    return Description(
        where=where,
        input_axes="".join(inside),
        output_axes="".join(outside),
        n_channels=n_channels,
        sides=_sides(where, inside),
        halo_px=_halo_px(where, inside, outside),
        roles=_roles(where, outside),
        preprocessing=list(image.preprocessing),
        postprocessing=list(maps.postprocessing),
        pixel_size_um=_pixel_size_um(inside),
        kind=kind,
        weights=weights,
    )


def _found(where: str, path: Path) -> Path:
    """What the zoo's library is given of a package, after it was checked: the zip, or the description in the folder."""
    if path.is_dir():
        check_folder(where, path)
        source = next(path / name for name in DESCRIPTIONS if (path / name).is_file())
        with open(source, "rb") as file:
            check_description(where, file.read(LARGEST_DESCRIPTION_BYTES + 1))
        return source
    names = [name for name in check_zip(where, path) if name.endswith(DESCRIPTIONS)]
    if not names:
        raise UserError(
            f"{where}: is no package of the BioImage Model Zoo: there is no {' or '.join(DESCRIPTIONS)} in it"
        )
    for name in names:
        try:
            with zipfile.ZipFile(path) as archive, archive.open(name) as file:
                text = file.read(LARGEST_DESCRIPTION_BYTES + 1)
        except Exception as error:  # encrypted, damaged, compressed in an unknown way: each of a class of its own
            raise UserError(f"{where}: its {name} cannot be read ({error}); download or copy it again") from error
        check_description(where, text)
    return path


def _load(path: str | Path, source: Path) -> Any:
    """The description by the zoo's own library, in its newest version."""
    try:
        from bioimageio.spec import load_model_description
        from loguru import logger
    except ImportError as error:
        raise UserError(
            f"{path}: packages of the BioImage Model Zoo need a library that is not installed ({error}): "
            "pip install bioimageio.spec"
        ) from error
    # it prints what it finds, valid or not, besides raising it
    logger.disable("bioimageio")
    try:
        return load_model_description(source, format_version="latest", perform_io_checks=False)
    except Exception as error:  # what its parsers make of a damaged description is of any class
        reason = " ".join(str(error).split())[:300]
        raise UserError(f"{path}: not a valid package of the BioImage Model Zoo ({reason})") from error


def _by_letter(where: str, axes: list[Any]) -> dict[str, Any]:
    """Axes by b, c, y, x, in their order; axes of length 1 that are none of these are refused like longer ones."""
    letters = {"batch": "b", "channel": "c", "space": None}
    found = {letters.get(axis.type, axis.type) or str(axis.id): axis for axis in axes}
    if not {"y", "x"} <= set(found) <= set("bcyx"):
        raise UserError(f"{where}: axes {', '.join(map(str, found))}; models of two-dimensional images can be used")
    return found


def _sides(where: str, axes: dict[str, Any]) -> tuple[Side, Side]:
    """Allowed lengths of y and x; an axis that refers to the other one has its lengths."""
    sizes = [axes[letter].size for letter in "yx"]
    sides = [
        Side(size, None) if isinstance(size, int) else Side(size.min, size.step) if hasattr(size, "step") else None
        for size in sizes
    ]
    known = [side for side in sides if side is not None]
    if not known:
        raise UserError(f"{where}: the length of y and x follows from another tensor; such models cannot be used")
    for side in known:
        longest = max(side.min_px, side.step_px or 0)
        if longest > LARGEST_WINDOW_PX:
            raise UserError(f"{where}: its network takes windows of {longest} pixels; {LARGEST_WINDOW_PX} are allowed")
    y, x = (side or known[0] for side in sides)
    return y, x


def _halo_px(where: str, inside: dict[str, Any], outside: dict[str, Any]) -> int:
    """The halo of the maps' axes; raises UserError where they are of another size than the image's."""
    for letter in "yx":
        image, maps = inside[letter], outside[letter]
        same = image.size == maps.size if isinstance(maps.size, int) else maps.size.offset == 0
        if not same or image.scale != maps.scale:
            raise UserError(f"{where}: its maps are of another size than its image; models that keep it can be used")
    halo_px = max(getattr(outside[letter], "halo", 0) for letter in "yx")
    if halo_px > LARGEST_WINDOW_PX // 2:
        raise UserError(f"{where}: its halo has {halo_px} pixels; {LARGEST_WINDOW_PX // 2} are allowed")
    return halo_px


def _roles(where: str, axes: dict[str, Any]) -> tuple[str, ...]:
    """What each output channel is."""
    names = [str(name).lower() for name in axes["c"].channel_names] if "c" in axes else ["foreground"]
    roles = tuple(BY_NAME.get(name, "") for name in names)
    if "background" in roles:
        # of classes that exclude each other, that without the border is the cell
        roles = tuple("cell" if role == "foreground" else role for role in roles)
    if not all(roles):
        roles = BY_NUMBER.get(len(names), ())
    if not {"foreground", "cell"} & set(roles) or len(set(roles)) < len(roles):
        raise UserError(
            f"{where}: output channels {', '.join(names)}; models that give foreground, foreground and border, or "
            "background, cell and border can be used"
        )
    return roles


def _pixel_size_um(axes: dict[str, Any]) -> float | None:
    """Geometric mean of both axes, where they say a length."""
    sizes = [axes[letter].scale * MICROMETRES.get(str(axes[letter].unit), math.nan) for letter in "yx"]
    size = math.sqrt(sizes[0] * sizes[1])
    return None if math.isnan(size) else size


def _weights(where: str, loaded: Any) -> tuple[str, bytes]:
    """The weights that can be run, and what they are."""
    for kind in ("torchscript", "onnx"):
        entry = getattr(loaded.weights, kind)
        if entry is None:
            continue
        if str(entry.source).startswith(("http://", "https://")):
            raise UserError(f"{where}: its weights are not in it ({entry.source}); download the whole package")
        if is_outside(str(entry.source)):
            raise UserError(f"{where}: its weights, {entry.source}, are outside of the package; they are not read")
        try:
            weights = entry.get_reader().read()
        except Exception as error:  # a damaged archive makes the libraries raise errors of any class
            reason = " ".join(str(error).split())[:300]
            raise UserError(
                f"{where}: its {kind} weights cannot be read ({reason}); download or copy the package again"
            ) from error
        if weights.startswith(b"PK"):
            # those of TorchScript are an archive of their own
            check_zip(f"{where}: its {kind} weights", BytesIO(weights))
        return kind, weights
    has = ", ".join(name for name, entry in loaded.weights if entry is not None)
    raise UserError(f"{where}: weights as {has}; TorchScript and ONNX can be used")
