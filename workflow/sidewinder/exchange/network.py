"""A zoo package as a network that the stage `infer` can run like one of ours."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from math import lcm
from pathlib import Path

import torch
from torch import nn

from sidewinder.errors import UserError
from sidewinder.exchange.description import ASSUMED_BASE_WIDTH, Description, read_description
from sidewinder.exchange.processing import Operation, before, behind
from sidewinder.model import CLASSES
from sidewinder.tiling import mirrored

# probabilities, but for rounding
TOLERANCE = 0.01
# log of 0
SMALLEST = 1e-12


@dataclass(frozen=True)
class PackageShape:
    """What tiling has to know, as of `sidewinder.unet.Architecture`."""

    in_channels: int
    stride_px: int
    halo_px: int
    n_classes: int = len(CLASSES)
    base_width: int = ASSUMED_BASE_WIDTH
    widths: tuple[int, ...] = ()


class PackagedNetwork(nn.Module):
    """A network whose logits are the logarithms of the package's probabilities of background, cell and border.

    Parameters
    ----------
    description : Description
        The package.
    """

    def __init__(self, description: Description) -> None:
        super().__init__()
        self.description = description
        self.architecture = _shape(description)
        self.finish = behind(description.where, description.postprocessing)
        try:
            self.run = _torchscript(description) if description.kind == "torchscript" else _onnx(description)
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[0]
            raise UserError(f"{description.where}: its weights cannot be used ({reason})") from error

    def forward(
        self,
        image: torch.Tensor,
        skips: tuple[bool, ...] | None = None,
        keep: tuple[slice, slice] | None = None,
    ) -> torch.Tensor:
        if skips is not None:
            raise UserError(f"{self.description.where}: the skip connections of a package cannot be switched")
        rows, columns = keep or (slice(None), slice(None))
        # one by one, for many packages take no more
        maps = torch.cat([self._maps(window) for window in image.split(1)])[:, :, rows, columns]
        low, high = maps.min().item(), maps.max().item()
        if not -TOLERANCE <= low <= high <= 1 + TOLERANCE:
            raise UserError(
                f"{self.description.where}: its maps have values from {low:.3g} to {high:.3g}; expected probabilities, "
                "so that a sigmoid or a softmax is missing among its postprocessing"
            )
        return _classes(maps.clamp(0, 1), self.description.roles).clamp(min=SMALLEST).log()

    def preparing(self, sample: torch.Tensor) -> Operation:
        """What is to be applied to windows of a movie, of which a sample of grey values (C, 1, N) is given."""
        return before(self.description.where, self.description.preprocessing, sample)

    def _maps(self, window: torch.Tensor) -> torch.Tensor:
        """The package's maps (1, K, y, x) of a window (1, C, y, x)."""
        description, (height, width) = self.description, window.shape[2:]
        taller, wider = (side.at_least(px) for side, px in zip(description.sides, (height, width), strict=True))
        if (taller, wider) != (height, width):
            rows, columns = (torch.from_numpy(mirrored(0, *sizes)) for sizes in ((taller, height), (wider, width)))
            window = window[:, :, rows.to(window.device)][:, :, :, columns.to(window.device)]
        maps = self.run(_to_axes(window, description.input_axes))
        maps = _from_axes(maps, description.output_axes)[:, :, :height, :width]
        return self.finish(maps.float())


@dataclass(frozen=True)
class PackagedModel:
    """A package as `sidewinder.model.Model` is a model folder; the network itself says what is done to its input.

    Parameters
    ----------
    network : PackagedNetwork
        The network in evaluation mode, on the CPU.
    pixel_size_um : float or None
        The pixel size to which frames are rescaled; None where they are taken as they are.
    window_px : int or None
        The only side of windows that the network takes; None where it takes any on its grid.
    classes : tuple of str
        Names of its output channels.
    """

    network: PackagedNetwork
    pixel_size_um: float | None
    window_px: int | None
    classes: tuple[str, ...] = CLASSES


def load_package(path: str | Path) -> PackagedModel:
    """Read a package.

    Parameters
    ----------
    path : path
        A folder or a .zip.

    Returns
    -------
    model : PackagedModel

    Raises
    ------
    UserError
        If it cannot be read or used.
    """
    description = read_description(path)
    network = PackagedNetwork(description).eval()
    return PackagedModel(network, description.pixel_size_um, description.window_px)


def _shape(description: Description) -> PackageShape:
    """The grid on which windows may begin, and the halo in whole steps of it."""
    halo_px = description.halo_px
    if description.window_px is None:
        stride_px = lcm(*(side.step_px for side in description.sides if side.step_px is not None))
    else:
        # a frame is mirrored by one step, which is to be as much of the halo as leaves room for a core of one step
        room_px = description.window_px - 2 * halo_px
        stride_px = max((step for step in range(1, min(halo_px, room_px) + 1) if halo_px % step == 0), default=1)
    return PackageShape(description.n_channels, stride_px, -(-halo_px // stride_px) * stride_px)


def _classes(maps: torch.Tensor, roles: tuple[str, ...]) -> torch.Tensor:
    """Probabilities of background, cell and border, which add up to 1."""
    by_role = dict(zip(roles, maps.unbind(1), strict=True))
    border = by_role.get("border", torch.zeros_like(maps[:, 0]))
    if "cell" in by_role:
        cell = by_role["cell"]
    else:
        # a foreground includes its border, and a border may reach beyond it
        border = torch.minimum(border, by_role["foreground"])
        cell = by_role["foreground"] - border
    return torch.stack([(1 - cell - border).clamp(min=0), cell, border], dim=1)


def _torchscript(description: Description) -> Callable[[torch.Tensor], torch.Tensor]:
    """What runs TorchScript, on the device of its input."""
    script = torch.jit.load(io.BytesIO(description.weights), map_location="cpu").eval()
    device = torch.device("cpu")

    def run(image: torch.Tensor) -> torch.Tensor:
        nonlocal script, device
        if image.device != device:
            script, device = script.to(image.device), image.device
        maps = script(image)
        return maps[0] if isinstance(maps, tuple | list) else maps

    return run


def _onnx(description: Description) -> Callable[[torch.Tensor], torch.Tensor]:
    """What runs ONNX, on the CPU."""
    try:
        import onnxruntime
    except ImportError as error:
        raise UserError(
            f"{description.where}: ONNX weights need a library that is not installed: pip install onnxruntime"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    try:
        session = onnxruntime.InferenceSession(description.weights, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no common class of their own
        raise RuntimeError(str(error)) from error
    (given,) = session.get_inputs()

    def run(image: torch.Tensor) -> torch.Tensor:
        maps, *_ = session.run(None, {given.name: image.cpu().numpy()})
        return torch.from_numpy(maps).to(image.device)

    return run


def _to_axes(image: torch.Tensor, axes: str) -> torch.Tensor:
    """An image (1, C, y, x) in the order that the package wants."""
    if "c" not in axes:
        image = image[:, 0]
    if "b" not in axes:
        image = image[0]
    order = [letter for letter in "bcyx" if letter in axes]
    return image.permute([order.index(letter) for letter in axes]).contiguous()


def _from_axes(maps: torch.Tensor, axes: str) -> torch.Tensor:
    """Maps in the package's order as (1, K, y, x)."""
    order = [letter for letter in "bcyx" if letter in axes]
    maps = maps.permute([axes.index(letter) for letter in order])
    if "b" not in axes:
        maps = maps[None]
    return maps if "c" in axes else maps[:, None]
