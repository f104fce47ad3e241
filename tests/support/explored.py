"""A movie and networks that the tests of the explorer share."""

import numpy as np
import pytest
import tifffile
import torch

from sidewinder.model import CLASSES, save_model
from sidewinder.normalization import ByBackground, ByQuantiles
from sidewinder.preprocess.statistics import MovieStatistics
from sidewinder.store import write_image
from sidewinder.unet import Architecture, UNet

SHAPE = (61, 90)
HOSTILE = '</script><!-- {{facts}} "&'


def random_network(**parameters) -> UNet:
    """A network that nobody trained, with statistics in its normalisation layers."""
    torch.manual_seed(0)
    network = UNet(Architecture(**parameters))
    for _ in range(3):
        network(torch.rand(2, network.architecture.in_channels, 32, 32))
    return network.eval()


def write_movie(path, frames, pixel_size_um=None, names=("GFP", HOSTILE)):
    """Frames (T, C, Y, X) as preprocessed."""
    statistics = MovieStatistics(frames.dtype, names, lambda: iter(frames))
    for frame in frames:
        statistics.count(frame)
    statistics = statistics.finish()
    write_image(
        path, iter(frames), n_frames=len(frames), shape_cyx=frames.shape[1:], dtype=frames.dtype,
        pixel_size_um=pixel_size_um, frame_interval_s=60.0, channel_names=names, attributes={"statistics": statistics},
    )  # fmt: skip


@pytest.fixture(scope="session")
def explored(tmp_path_factory):
    """A folder with a movie of 8 frames and 2 channels, truth of its frames 1 and 6, and two models."""
    folder = tmp_path_factory.mktemp("explored")
    y, x = np.indices(SHAPE)
    rng = np.random.default_rng(0)
    frames = np.empty((8, 2, *SHAPE), np.uint16)
    for frame in frames:
        centres = rng.uniform((0, 0), SHAPE, (12, 2))
        light = sum(np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 30) for cy, cx in centres)
        frame[:] = rng.poisson([100 + 900 * light, 50 + 300 * light])
    write_movie(folder / "image.ome.zarr", frames, pixel_size_um=0.5)
    (folder / "GT" / "SEG").mkdir(parents=True)
    for number in (1, 6, 9):
        mask = np.where((y // 12 + x // 12) % 2, 5 + y // 12 * 10 + x // 12, 0).astype(np.uint16)
        tifffile.imwrite(folder / "GT" / "SEG" / f"man_seg{number:03d}.tif", np.roll(mask, number, 1))
    about = {"about": HOSTILE, "not_for": "mice"}
    two = random_network(in_channels=2, depth=2, base_width=8, skips=(True, False))
    save_model(folder / "two", two, ByQuantiles(), CLASSES, about)
    one = random_network(depth=2, base_width=4)
    save_model(folder / "rescaled", one, ByBackground(), CLASSES, about | {"pixel_size_um": 0.4})
    return folder
