"""Models and movies to measure on."""

import sys
from pathlib import Path

import numpy as np

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT / "workflow"))


def make_model(folder: Path, base_width: int) -> Path:
    """A model folder of depth 4; 16 is the shipped one, 32 has random weights."""
    import torch

    from sidewinder.model import save_model
    from sidewinder.normalization import ByQuantiles
    from sidewinder.unet import Architecture, UNet

    if base_width == 16:
        return CHECKOUT / "workflow" / "models" / "nuclei"
    path = folder / f"model{base_width}"
    if not path.is_dir():
        torch.manual_seed(0)
        network = UNet(Architecture(depth=4, base_width=base_width))
        with torch.no_grad():
            for _ in range(10):
                network(torch.rand(2, 1, 128, 128))
        save_model(path, network.eval(), ByQuantiles(), ("background", "cell", "border"), {})
    return path


def make_movie(folder: Path, side_px: int, n_frames: int) -> Path:
    """Blobs under noise, as OME-Zarr."""
    from sidewinder.store import write_image

    path = folder / f"movie{side_px}.zarr"
    if path.is_dir():
        return path
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:1024, :1024]
    blobs = 200 + 3000 * np.exp(-((y % 64 - 32) ** 2 + (x % 64 - 32) ** 2) / 200)
    frame = np.tile(rng.poisson(blobs).astype(np.uint16), (1, side_px // 1024, side_px // 1024))
    quantiles = {"1": float(np.quantile(frame, 0.01)), "99.8": float(np.quantile(frame, 0.998))}
    write_image(
        path, (frame for _ in range(n_frames)), n_frames=n_frames, shape_cyx=frame.shape, dtype=np.uint16,
        pixel_size_um=None, frame_interval_s=None, channel_names=("c",),
        attributes={"statistics": [{"channel": "c", "quantiles": quantiles}]},
    )  # fmt: skip
    return path


def normalised(movie: Path, model) -> np.ndarray:
    """The first frame, (Y, X), as the network gets it."""
    from sidewinder.preprocess import quantile
    from sidewinder.store import open_image

    image = open_image(movie)
    low, high = (quantile(image.attributes["statistics"], 0, percent) for percent in (1, 99.8))
    return model.normalization.apply(image.data[0, 0], low, high)
