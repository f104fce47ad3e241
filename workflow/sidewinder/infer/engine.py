"""The network over windows of frames, on the CPU or a GPU; what does not fit is cut into smaller pieces."""

import logging
from collections.abc import Callable

import numpy as np
import torch

from sidewinder.errors import UserError
from sidewinder.infer.precision import half_if_exact
from sidewinder.model import Model
from sidewinder.tiling import Tile, bands, halves, read_window
from sidewinder.unet import fold_batch_norm

log = logging.getLogger("sidewinder")

# up to so many values PyTorch computes the convolution of a single image on the CPU in another way than that of a
# larger one, or of several images (aten/src/ATen/native/Convolution.cpp, use_mkldnn), and rounds otherwise
FEW_VALUES = 20480
# what PyTorch, cuDNN and cuBLAS say
OUT_OF_MEMORY = ("out of memory", "CUDNN_STATUS_ALLOC_FAILED", "CUBLAS_STATUS_ALLOC_FAILED")


class Engine:
    """A model made ready: normalisation layers folded, channels last, on its device; half precision on a GPU.

    Parameters
    ----------
    model : Model
        The model; its network is folded in place.
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
        model: Model,
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
        self.network = fold_batch_norm(model.network).to(device, memory_format=torch.channels_last)
        if device != "cpu":
            # 10 bits of mantissa are no single precision
            torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
            self.network = half_if_exact(self.network)
        self.dtype = next(self.network.parameters()).dtype
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
        result = None
        for tile in (tile for band in self.bands(frame.shape[1:]) for tile in band):
            (values,) = self.run([torch.from_numpy(read_window(frame, tile)[None])], [tile]).cpu().numpy()
            if result is None:
                result = np.empty((len(values), *frame.shape[1:]), values.dtype)
            result[:, tile.y.core, tile.x.core] = values[:, tile.y.core_in_window, tile.x.core_in_window]
        return result

    def run(self, windows: list[torch.Tensor], tiles: list[Tile]) -> torch.Tensor:
        """Class probabilities of some windows.

        Parameters
        ----------
        windows : list of Tensor, shape (1, in_channels, y, x)
            What `prepare` takes; on any device, all of one shape.
        tiles : list of Tile
            Whose windows they are.

        Returns
        -------
        probabilities : Tensor, shape (N, n_classes, y, x)
            On the engine's device; right where the cores are, anything around them.

        Raises
        ------
        UserError
            If the GPU's memory does not even hold the smallest piece.
        """
        *_, height, width = windows[0].shape
        n_px = len(windows) * height * width
        if n_px < self.too_many_px:
            try:
                return self._forward(windows)
            except RuntimeError as error:
                if not isinstance(error, torch.cuda.OutOfMemoryError) and not any(
                    s in str(error) for s in OUT_OF_MEMORY
                ):
                    raise
            # behind the except clause, for the error holds on to the tensors that took the memory
            torch.cuda.empty_cache()
            self.too_many_px = n_px
            log.info("infer: %d x %d x %d px do not fit on the GPU; going on with halves", len(windows), height, width)
        if len(tiles) > 1:
            half = len(tiles) // 2
            return torch.cat([self.run(windows[:half], tiles[:half]), self.run(windows[half:], tiles[half:])])
        return self._run_halves(windows[0], tiles[0])

    def check_finite(self) -> None:
        """Refuse what has been computed so far if values did not fit into half precision; raises UserError."""
        if not self._finite.item():
            raise UserError("the model's values are too large for the GPU's half precision; set infer.device to cpu")

    def _run_halves(self, window: torch.Tensor, tile: Tile) -> torch.Tensor:
        """The probabilities of one window, from smaller ones that lie in it."""
        result = None
        for part in halves(tile, self.architecture.halo_px, self.architecture.stride_px):
            y, x = (
                slice(cut.window_start - whole.window_start, cut.window_stop - whole.window_start)
                for cut, whole in ((part.y, tile.y), (part.x, tile.x))
            )
            (values,) = self.run([window[:, :, y, x]], [part])
            if result is None:
                result = values.new_empty((1, len(values), *window.shape[2:]))
            core = values[:, part.y.core_in_window, part.x.core_in_window]
            result[0, :, y, x][:, part.y.core_in_window, part.x.core_in_window] = core
        if result is None:
            raise UserError(
                f"the GPU's memory does not hold a window of {tile.y.window_px} x {tile.x.window_px} px, the smallest "
                "that this model can be cut into; end what else runs on the GPU, or set infer.device to cpu"
            )
        return result

    @torch.inference_mode()
    def _forward(self, windows: list[torch.Tensor]) -> torch.Tensor:
        """The network over windows, all at once."""
        prepared = [self.prepare(window.to(self.device, non_blocking=True)).to(self.dtype) for window in windows]
        image = torch.cat(prepared).contiguous(memory_format=torch.channels_last)
        if self.device == "cpu" and len(image) == 1 and self._is_small(image):
            # a second one, for the rounding's sake
            image = image.repeat(2, 1, 1, 1)
        probabilities = torch.softmax(self.network(image, self.skips).float(), dim=1)
        if self.dtype == torch.float16:
            self._finite &= probabilities.isfinite().all()
        return self.finish(probabilities[: len(windows)])

    def _is_small(self, image: torch.Tensor) -> bool:
        """Whether a convolution of the network gets so few values of an image that they would be rounded otherwise."""
        widths = self.architecture.widths[:-1]
        values_a_pixel = min(image.shape[1], *(width / 4 ** (level + 1) for level, width in enumerate(widths)))
        return values_a_pixel * image.shape[-2] * image.shape[-1] <= FEW_VALUES


def as_uint8(probabilities: torch.Tensor) -> torch.Tensor:
    """What is kept of probabilities (N, n_classes, Y, X): 255 times those of all but the background, rounded."""
    return probabilities[:, 1:].mul(255).round_().to(torch.uint8)
