"""The network over one frame, tile by tile."""

import numpy as np
import torch

from sidewinder.errors import UserError
from sidewinder.model import Model
from sidewinder.tiling import Tile, batches, read_window, tiles
from sidewinder.unet import fold_batch_norm

# up to so many values PyTorch computes the convolution of a single image on the CPU in another way than that of a
# larger one, or of several images (aten/src/ATen/native/Convolution.cpp, use_mkldnn), and rounds otherwise
FEW_VALUES = 20480


class Engine:
    """A model made ready: normalisation layers folded, channels last, on its device.

    Parameters
    ----------
    model : Model
        The model; its network is folded in place.
    tile_px : int
        Largest side of a window.
    device : str
        `cpu`, or `cuda` with or without a number.
    batch : int
        Tiles at once. On the CPU one at a time is fastest and keeps results independent of how work is split.
    """

    def __init__(self, model: Model, tile_px: int, device: str = "cpu", batch: int = 1) -> None:
        self.architecture = model.network.architecture
        self.tile_px = tile_px
        self.device = device
        self.batch = batch
        self.network = fold_batch_norm(model.network).to(device, memory_format=torch.channels_last)

    def probabilities(self, frame: np.ndarray) -> np.ndarray:
        """Class probabilities of a frame.

        Parameters
        ----------
        frame : ndarray, shape (in_channels, Y, X), float32
            Normalised.

        Returns
        -------
        probabilities : ndarray, shape (n_classes, Y, X), float32
            The pixel-wise softmax.
        """
        result = np.empty((self.architecture.n_classes, *frame.shape[1:]), dtype=np.float32)
        plan = tiles(frame.shape[1:], self.tile_px, self.architecture.halo_px, self.architecture.stride_px)
        for group in batches(plan, self.batch):
            for tile, values in zip(group, self._run(frame, group), strict=True):
                result[:, tile.y.core, tile.x.core] = values[:, tile.y.core_in_window, tile.x.core_in_window]
        return result

    def _run(self, frame: np.ndarray, group: list[Tile]) -> np.ndarray:
        """Probabilities of some windows of one shape; the group is halved while it does not fit on the GPU."""
        windows = [read_window(frame, tile) for tile in group]
        if len(windows) == 1 and self._is_small(windows[0]):
            # a second one, for the rounding's sake
            windows *= 2
        try:
            with torch.inference_mode():
                batch = torch.from_numpy(np.stack(windows)).to(self.device, memory_format=torch.channels_last)
                return torch.softmax(self.network(batch), dim=1)[: len(group)].cpu().numpy()
        except torch.cuda.OutOfMemoryError:
            torch.cuda.empty_cache()
            if len(group) == 1:
                raise UserError(
                    f"the GPU's memory does not hold one tile of {self.tile_px} px; set infer.tile to a smaller number"
                ) from None
        half = len(group) // 2
        return np.concatenate([self._run(frame, group[:half]), self._run(frame, group[half:])])

    def _is_small(self, window: np.ndarray) -> bool:
        """Whether a convolution of the network gets so few values of a window that they would be rounded otherwise."""
        widths = self.architecture.widths[:-1]
        values_a_pixel = min(len(window), *(width / 4 ** (level + 1) for level, width in enumerate(widths)))
        return values_a_pixel * window.shape[-2] * window.shape[-1] <= FEW_VALUES


def as_uint8(probabilities: np.ndarray) -> np.ndarray:
    """Probabilities as whole numbers from 0 to 255, rounded."""
    return np.rint(255 * probabilities).astype(np.uint8)
