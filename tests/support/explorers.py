"""Explorer pages of small movies, and what the pipeline makes of the same."""

import base64
import gzip
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
import torch
from scipy.ndimage import gaussian_filter, label

from explored import write_movie
from sidewinder.infer.engine import Engine, as_uint8
from sidewinder.infer.movie import infer_movie
from sidewinder.infer.rescale import Rescaling, RowsBack, scaled_shape
from sidewinder.model import Model, load_model, save_model
from sidewinder.normalization import Normalization
from sidewinder.report.explorer.page import write_explorer
from sidewinder.store import open_stack
from sidewinder.unet import Architecture, UNet, fold_batch_norm

N_FRAMES = 3
SHAPE = (330, 350)
# names that would end a script, or start one
EVIL = '</script><script>document.title="stolen"</script><img src=x onerror=alert(1)><!--'


def image_of(height: int, width: int, seed: int, diameter_px: float = 26.0) -> np.ndarray:
    """Bright blobs of about one size under noise, uint16."""
    rng = np.random.default_rng(seed)
    smooth = gaussian_filter(rng.standard_normal((height, width)), diameter_px / 4)
    blobs = np.clip(smooth / smooth.std() - 0.6, 0, 1.2)
    return rng.poisson(200 + 1500 * gaussian_filter(blobs, 1)).astype(np.uint16)


def _carried(page: Path, name: str) -> str:
    """The text of an element of a page."""
    return re.search(rf'id="{name}">(.*?)</script>', page.read_text(), re.DOTALL)[1]


def facts_of(page: Path) -> dict[str, Any]:
    """What a page knows."""
    return json.loads(_carried(page, "facts"))


def array_of(page: Path, name: str) -> np.ndarray:
    """An array that a page carries."""
    entry = facts_of(page)["arrays"][name]
    blob = gzip.decompress(base64.b64decode(_carried(page, "arrays")))
    return np.frombuffer(blob, entry["dtype"], int(np.prod(entry["shape"])), entry["start"]).reshape(entry["shape"])


@dataclass(frozen=True)
class Explorer:
    """A page that has been written.

    Parameters
    ----------
    page, model : Path
        The file, and the model that is shown.
    movie : ndarray, (T, C, Y, X)
        Grey values.
    maps : ndarray, (T, 2, Y, X)
        What the stage `infer` makes of them.
    facts : dict
        What the page knows.
    """

    page: Path
    model: Path
    movie: np.ndarray
    maps: np.ndarray
    facts: dict[str, Any]

    @property
    def first(self) -> dict[str, Any]:
        """What is known of the frame that is shown first."""
        return self.facts["frames"][self.facts["first"]]

    def array(self, name: str) -> np.ndarray:
        """An array that the page carries."""
        return array_of(self.page, name)

    def network_maps(self, frame: dict[str, Any], skips: list[bool] | None = None) -> np.ndarray:
        """Maps (2, h, w) of the region by the engine that the pipeline has, from the whole frame."""
        model = load_model(self.model)
        grey = self._at_network(self.movie[frame["number"]])
        prepared = _prepared(model, grey, frame)
        switched = None if skips is None else tuple(skips)
        maps = Engine(model, 4096, skips=switched, finish=as_uint8).probabilities(prepared)
        y, x, height, width = frame["region_in_frame"]
        return maps[:, y : y + height, x : x + width]

    def beside_pipeline(self, found: np.ndarray, frame: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
        """The page's maps (2, h, w) at the movie's pixel size, and what the stage wrote there."""
        shape = self.movie.shape[2:]
        network_shape = self._at_network(self.movie[0]).shape[1:]
        y, x, height, width = frame["region_in_frame"]
        whole = np.zeros((2, *network_shape), np.uint8)
        whole[:, y : y + height, x : x + width] = found
        if network_shape != shape:
            whole = RowsBack(network_shape, shape).take(whole)
        # pixels that are made of others than the region's are left out
        margin = 0 if network_shape == shape else 2
        inside = tuple(
            slice(
                int(np.ceil(start * old / new)) + margin * (start > 0),
                int((start + size) * old / new) - margin * (start + size < new),
            )
            for start, size, old, new in zip((y, x), (height, width), shape, network_shape, strict=True)
        )
        return whole[:, *inside], self.maps[frame["number"]][:, *inside]

    def tensor(self, name: str) -> np.ndarray:
        """What a part of the network makes of the first frame, (C, h, w), by PyTorch."""
        frame, model = self.first, load_model(self.model)
        y, x, height, width = frame["region_in_frame"]
        halo = model.network.architecture.halo_px
        grey = self._at_network(self.movie[frame["number"]])
        padded = np.pad(grey, ((0, 0), (halo, halo), (halo, halo)), mode="reflect")
        window = padded[:, y : y + height + 2 * halo, x : x + width + 2 * halo]
        prepared = _prepared(model, window, frame)
        with torch.inference_mode():
            values = _tensors(fold_batch_norm(model.network), torch.from_numpy(prepared)[None])[name][0].numpy()
        digits = re.sub(r"\D", "", name)
        shrink = 2 ** int(digits or 0)
        rows, columns = (slice(halo // shrink, (halo + size) // shrink) for size in (height, width))
        return values[:, rows, columns]

    def _at_network(self, frame: np.ndarray) -> np.ndarray:
        """A frame (C, Y, X) at the network's pixel size."""
        if not self.facts["rescaled"]:
            return frame
        shape = scaled_shape(frame.shape[1:], self.facts["movie_pixel_size_um"], self.facts["pixel_size_um"])
        return Rescaling(frame.shape[1:], shape).apply(frame, 0, 0, shape[0])


def _prepared(model: Model, grey: np.ndarray, frame: dict[str, Any]) -> np.ndarray:
    """The network's input (C, Y, X), by the limits that the page has of a frame."""
    limits = (torch.tensor(frame[limit]).reshape(-1, 1, 1) for limit in ("black", "scale"))
    return model.normalization.on_tensors(torch.from_numpy(grey.astype(np.float32)), *limits).numpy()


def _tensors(network: UNet, image: torch.Tensor) -> dict[str, torch.Tensor]:
    """All that the blocks of a network with all its connections make, step by step."""
    depth = network.architecture.depth
    made, features = {"normalized": image}, image
    for level, block in enumerate(network.contracting):
        if level:
            made[f"pool{level}"] = features = network.pool(features)
        made[f"contract{level}_first"] = block[:3](features).clone()
        made[f"contract{level}"] = features = block(features)
    for level in reversed(range(depth)):
        made[f"up{level}"] = features = network.up[level](features)
        if network.architecture.skips[level]:
            features = torch.cat([made[f"contract{level}"], features], 1)
        made[f"expand{level}_first"] = network.expanding[level][:3](features).clone()
        made[f"expand{level}"] = features = network.expanding[level](features)
    made["logits"] = network.last(features)
    made["probabilities"] = torch.softmax(made["logits"], 1)
    return made


def trained(folder: Path, architecture: Architecture, normalization: Normalization) -> Path:
    """A model that was trained on a few pictures of as many channels as it takes."""
    torch.manual_seed(0)
    network = UNet(architecture)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for seed in range(40):
        channels = [image_of(96, 96, seed + 1000 * channel) for channel in range(architecture.in_channels)]
        image = np.stack(channels).astype(np.float32)
        cell = gaussian_filter(image[0], 2) > 700
        rim = cell & (gaussian_filter(cell.astype(float), 2) < 0.75)
        truth = torch.from_numpy(cell.astype(np.int64) + rim)[None]
        limits = zip(*map(normalization.limits_of, image), strict=True)
        image = torch.from_numpy(normalization.apply(image, *limits))[None]
        loss = torch.nn.functional.cross_entropy(network(image), truth)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    card = {"about": EVIL, "not_for": EVIL}
    save_model(folder / "model", network.eval(), normalization, ("background", "cell", "border"), card)
    return folder / "model"


def written(folder: Path, model: Path, *, n_channels: int = 1, pixel_size_um: float | None) -> Explorer:
    """A movie, its maps by the stage `infer`, some truth, and its page."""
    scale = 1.0 if pixel_size_um is None else 0.35 / pixel_size_um
    height, width = (round(side * scale) for side in SHAPE)
    planes = [image_of(height, width, seed, 26.0 * scale) for seed in range(N_FRAMES * n_channels)]
    movie = np.stack(planes).reshape(N_FRAMES, n_channels, height, width)
    names = tuple(f"{EVIL}{index}" for index in range(n_channels))
    write_movie(folder / "image.ome.zarr", movie, pixel_size_um, names)
    channel = ",".join(map(str, range(n_channels)))
    infer_movie(
        folder / "image.ome.zarr", model, folder / "maps.zarr", channel=channel, block=0, n_blocks=1, tile="auto",
        device="cpu", gpu_asked=False, threads=1,
    )  # fmt: skip
    maps = open_stack(folder / "maps.zarr").data[:]
    _write_truth(folder / "01_GT" / "SEG", movie)
    write_explorer(
        folder / "image.ome.zarr", model, folder / "index.html", movie="movie_1", channel=channel,
        truth=folder / "01_GT", frame="auto", region="auto", region_px=256, instances={}, threads=1,
    )  # fmt: skip
    return Explorer(folder / "index.html", model, movie, maps, facts_of(folder / "index.html"))


def _write_truth(folder: Path, movie: np.ndarray) -> None:
    """Masks of the first two frames, roughly."""
    folder.mkdir(parents=True)
    for number, frame in enumerate(movie[:2]):
        labels, _ = label(gaussian_filter(frame[0].astype(float), 3) > 700)
        tifffile.imwrite(folder / f"man_seg{number:03}.tif", labels.astype(np.uint16))
