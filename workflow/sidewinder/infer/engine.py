"""The network over windows of frames, on the CPU or a GPU; what does not fit is cut into smaller pieces."""

import logging
import math
from collections.abc import Callable, Iterator

import numpy as np
import torch

from sidewinder.errors import UserError
from sidewinder.exchange.network import PackagedModel
from sidewinder.infer.precision import half_if_exact
from sidewinder.model import Model
from sidewinder.tiling import Tile, bands, common_core, core_within, halves, read_window
from sidewinder.unet import UNet, fold_batch_norm

log = logging.getLogger("sidewinder")

# up to so many values PyTorch computes the convolution of a single image on the CPU in another way than that of a
# larger one, or of several images (aten/src/ATen/native/Convolution.cpp, use_mkldnn), and rounds otherwise
FEW_VALUES = 20480
# what PyTorch says for CUDA and for the CPU, cuDNN and cuBLAS
OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "CUDNN_STATUS_ALLOC_FAILED", "CUBLAS_STATUS_ALLOC_FAILED")

# which windows of a batch, they, their tiles, and where what comes of them goes
Part = tuple[slice, list[torch.Tensor], list[Tile], tuple[slice, slice]]


class Engine:
    """A model made ready: normalisation layers folded, channels last, on its device; half precision on a GPU.

    Parameters
    ----------
    model : Model or PackagedModel
        The model; left as it is, for what is folded and moved to the device is a copy of its network.
    tile_px : int
        Largest side of a window.
    device : str
        `cpu`, or `cuda` with or without a number.
    skips : tuple of bool, optional
        Which skip connections are on, finest first; all by default.
    prepare, finish : callable, optional
        What is done on the device to the windows before the network, and to the probabilities behind it.
    """

    def __init__(
        self,
        model: Model | PackagedModel,
        tile_px: int,
        device: str = "cpu",
        skips: tuple[bool, ...] | None = None,
        prepare: Callable[[torch.Tensor], torch.Tensor] = torch.Tensor.float,
        finish: Callable[[torch.Tensor], torch.Tensor] = torch.Tensor.contiguous,
    ) -> None:
        self.architecture = model.network.architecture
        self.tile_px = tile_px
        self.device = device
        self.skips = skips
        self.prepare, self.finish = prepare, finish
        if device != "cpu":
            # 10 bits of mantissa are no single precision
            torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
        self.network, self.dtype = _made_ready(model.network, device)
        # what has turned out not to fit
        self.too_many_px: float = float("inf")
        # whether any value was too large for half precision, known without waiting for the GPU
        self._finite = torch.ones((), dtype=torch.bool, device=device)

    def bands(self, shape_yx: tuple[int, int]) -> list[list[Tile]]:
        """The tiles of a frame, row by row."""
        return bands(shape_yx, self.tile_px, self.architecture.halo_px, self.architecture.stride_px)

    def probabilities(self, frame: np.ndarray) -> np.ndarray:
        """Class probabilities of a frame.

        Parameters
        ----------
        frame : ndarray, shape (in_channels, Y, X)
            What `prepare` takes.

        Returns
        -------
        probabilities : ndarray, shape (n_classes, Y, X), float32
            The pixel-wise softmax, or what `finish` makes of it.
        """
        _, height, width = frame.shape
        rows = [np.concatenate([self._core(frame, tile) for tile in band], 2) for band in self.bands((height, width))]
        return np.concatenate(rows, axis=1)

    def _core(self, frame: np.ndarray, tile: Tile) -> np.ndarray:
        """Class probabilities of what is kept of a tile, (n_classes, y, x)."""
        (values,) = self.run([torch.from_numpy(read_window(frame, tile)[None])], [tile]).cpu().numpy()
        return values

    def run(self, windows: list[torch.Tensor], tiles: list[Tile]) -> torch.Tensor:
        """Class probabilities of some windows.

        Parameters
        ----------
        windows : list of Tensor, shape (1, in_channels, y, x)
            What `prepare` takes; on any device, all of one shape.
        tiles : list of Tile
            The tiles that the windows belong to.

        Returns
        -------
        probabilities : Tensor, shape (N, n_classes, y', x')
            Probabilities of the part of the windows in which their cores lie (`common_core`), on the engine's device;
            right where the cores are, anything around them.

        Raises
        ------
        UserError
            If memory does not even hold the smallest piece.
        """
        *_, height, width = windows[0].shape
        n_px = len(windows) * height * width
        if n_px < self.too_many_px:
            try:
                return self._forward(windows, common_core(tiles))
            except RuntimeError as error:
                if not any(said in str(error) for said in OUT_OF_MEMORY):
                    raise
            # behind the except clause, for the error holds on to the tensors that took the memory
            torch.cuda.empty_cache()
            self.too_many_px = n_px
            log.info("infer: %d x %d x %d px do not fit into memory; going on with halves", len(windows), height, width)
        return self._run_parts(windows, tiles)

    def check_finite(self) -> None:
        """Refuse what has been computed so far if values did not fit into half precision; raises UserError."""
        if not self._finite.item():
            raise UserError("the model's values are too large for the GPU's half precision; set infer.device to cpu")

    def _run_parts(self, windows: list[torch.Tensor], tiles: list[Tile]) -> torch.Tensor:
        """Do what `run` does in two parts: half of the windows each, or half of the only window."""
        rows, columns = common_core(tiles)
        shape = (rows.stop - rows.start, columns.stop - columns.start)
        result = None
        for which, some, of_them, place in self._parts(windows, tiles):
            values = self.run(some, of_them)
            if result is None:
                result = values.new_empty((len(tiles), values.shape[1], *shape))
            result[which, :, place[0], place[1]] = values
        if result is None:
            y, x = windows[0].shape[2:]
            raise UserError(
                f"the memory of {self.device} does not hold a window of {y} x {x} px, the smallest that this model can "
                "be cut into; give the job more memory, or end what else runs on the GPU"
            )
        return result

    def _parts(self, windows: list[torch.Tensor], tiles: list[Tile]) -> Iterator[Part]:
        """Two parts, or none where the only window cannot be cut."""
        if len(tiles) > 1:
            for which in (slice(0, len(tiles) // 2), slice(len(tiles) // 2, len(tiles))):
                yield which, windows[which], tiles[which], core_within(tiles[which], tiles)
            return
        (tile,), (window,) = tiles, windows
        for part in halves(tile, self.architecture.halo_px, self.architecture.stride_px):
            axes = ((part.y, tile.y), (part.x, tile.x))
            y, x = (slice(p.window_start - t.window_start, p.window_stop - t.window_start) for p, t in axes)
            rows, columns = (slice(p.core_start - t.core_start, p.core_stop - t.core_start) for p, t in axes)
            yield slice(0, 1), [window[:, :, y, x]], [part], (rows, columns)

    @torch.inference_mode()
    def _forward(self, windows: list[torch.Tensor], keep: tuple[slice, slice]) -> torch.Tensor:
        """The network over windows, all at once, for a part of them."""
        prepared = [self.prepare(window.to(self.device, non_blocking=True)).to(self.dtype) for window in windows]
        image = torch.cat(prepared).contiguous(memory_format=torch.channels_last)
        if self.device == "cpu" and len(image) == 1 and self._is_small(image.shape[1], keep):
            # a second one, for the rounding's sake
            image = image.repeat(2, 1, 1, 1)
        probabilities = torch.softmax(self.network(image, self.skips, keep).float(), dim=1)
        if self.dtype == torch.float16:
            self._finite &= probabilities.isfinite().all()
        return self.finish(probabilities[: len(windows)])

    def _is_small(self, n_channels: int, keep: tuple[slice, slice]) -> bool:
        """Whether a convolution of the network may get so few values of an image that it would round otherwise."""
        widths = self.architecture.widths[:-1]
        values_a_pixel = min([n_channels, *(width / 4 ** (level + 1) for level, width in enumerate(widths))])
        return values_a_pixel * math.prod(part.stop - part.start for part in keep) <= FEW_VALUES


def _made_ready(network: torch.nn.Module, device: str) -> tuple[torch.nn.Module, torch.dtype]:
    """A network on its device, and the type of its input."""
    if not isinstance(network, UNet):
        # a package of others moves to the device of its input, and is not to be looked into
        return network, torch.float32
    # PyTorch's annotations lack the memory format
    ours: UNet = fold_batch_norm(network).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if device != "cpu":
        ours = half_if_exact(ours)
    return ours, next(ours.parameters()).dtype


def as_uint8(probabilities: torch.Tensor) -> torch.Tensor:
    """What is kept of probabilities (N, n_classes, Y, X): 255 times those of all but the background, rounded."""
    return probabilities[:, 1:].mul(255).round_().to(torch.uint8)
