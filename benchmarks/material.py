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
    from sidewinder.preprocess import QUANTILES_PERCENT
    from sidewinder.store import write_image

    path = folder / f"movie{side_px}.zarr"
    if path.is_dir():
        return path
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:1024, :1024]
    blobs = 200 + 3000 * np.exp(-((y % 64 - 32) ** 2 + (x % 64 - 32) ** 2) / 200)
    frame = np.tile(rng.poisson(blobs).astype(np.uint16), (1, side_px // 1024, side_px // 1024))
    values = np.percentile(frame, QUANTILES_PERCENT, method="inverted_cdf").astype(float).tolist()
    quantiles = dict(zip(map(str, QUANTILES_PERCENT), values, strict=True))
    write_image(
        path, (frame for _ in range(n_frames)), n_frames=n_frames, shape_cyx=frame.shape, dtype=np.uint16,
        pixel_size_um=None, frame_interval_s=None, channel_names=("c",),
        attributes={"statistics": [{"channel": "c", "quantiles": quantiles}]},
    )  # fmt: skip
    return path


def normalised(movie: Path, model) -> np.ndarray:
    """The first frame, (Y, X), as the network gets it."""
    from sidewinder.infer.movie import limits_of
    from sidewinder.store import open_image

    image = open_image(movie)
    return model.normalization.apply(image.data[0, :1], *limits_of(image, model.normalization, [0]))[0]
