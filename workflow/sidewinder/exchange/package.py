"""A model folder to a package of the BioImage Model Zoo, the exchange format of Fiji (deepImageJ), ilastik and QuPath.

References
----------
Ouyang et al. 2022, "BioImage Model Zoo", bioRxiv 2022.06.07.495102; the model description, version 0.5.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import yaml
from scipy.ndimage import gaussian_filter

from sidewinder.errors import UserError
from sidewinder.exchange.by_background import by_own_background
from sidewinder.exchange.processing import before
from sidewinder.model import Model, load_model
from sidewinder.normalization import ByBackground, ByQuantiles, Normalization
from sidewinder.store import atomic_file, scratch_folder
from sidewinder.unet import Architecture, UNet, fold_batch_norm

if TYPE_CHECKING:
    from bioimageio.spec.model import v0_5 as spec

WEIGHTS, TEST_INPUT, TEST_OUTPUT, README = "weights.pt", "test_input.npy", "test_output.npy", "README.md"
# of the test tensors, besides the halo
TEST_STRIDES = 4
UNNAMED = "the person who trained it"
PAPER = "Ronneberger et al. 2015, U-Net: Convolutional Networks for Biomedical Image Segmentation"
PAPER_DOI = "10.1007/978-3-319-24574-4_28"
TEXT = """# {name}

A U-Net for the instance segmentation of cells, trained with Sidewinder. Its maps are the probabilities of background,
cell (a cell without its rim) and border (the rim, inside of the outline). Cell and border together are the foreground;
pieces of the class cell are seeds, which grow back over their border.

{normalization}

## Validation

Compare the foreground with masks of your own; the scores below are SEG of the Cell Tracking Challenge.

```yaml
{card}```
"""


BY_QUANTILES_HERE = (
    "Sidewinder normalises grey values by the quantiles of a whole movie; here it is those of each image."
)
BY_BACKGROUND_HERE = (
    "Sidewinder normalises grey values by the background of a whole movie; here it is that of each image or tile that "
    "the network is given, of which some part has to be background. The network does this itself: give it grey values "
    "as they are."
)


class Packaged(torch.nn.Module):
    """What a package's weights compute: from the image behind the zoo's preprocessing to probabilities.

    That knows quantiles, but neither an exponent nor the background, so that these are a part of the network.
    """

    def __init__(self, network: UNet, normalization: Normalization) -> None:
        super().__init__()
        self.network = network
        # a copy, for the curve changes its input
        self.prepare: Callable[[torch.Tensor], torch.Tensor] = lambda image: normalization.curve(image.clone())
        if isinstance(normalization, ByBackground):
            self.prepare = torch.jit.script(by_own_background)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return torch.softmax(self.network(self.prepare(image)), dim=1)


def write_package(model: str | Path, output: str | Path) -> None:
    """Write a package.

    Parameters
    ----------
    model : path
        The model folder.
    output : path
        The package, a .zip.

    Raises
    ------
    UserError
        If the model cannot be read, or what packages need is not installed.
    """
    try:
        from bioimageio.spec import save_bioimageio_package
    except ImportError as error:
        raise UserError(
            f"packages need a library that is not installed ({error}): pip install bioimageio.spec"
        ) from error
    loaded = load_model(model)
    with atomic_file(output) as temporary, scratch_folder(output) as folder, _temporary_files_in(folder):
        _write_files(loaded, Path(model).name, folder)
        description = _description(loaded, Path(model).name, folder)
        save_bioimageio_package(description, output_path=temporary)


@contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    """Have libraries put their temporary files into a folder: that of the zoo leaves the pictures of each package."""
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


def _write_files(model: Model, name: str, folder: Path) -> None:
    """The weights, the test tensors and the text that belong to the description."""
    image = _test_image(model.network.architecture)
    network = Packaged(fold_batch_norm(model.network), model.normalization).eval()
    sample = torch.from_numpy(image.reshape(len(image), 1, -1))
    scaled = before(name, _preprocessing(model.normalization), sample)(torch.from_numpy(image))[None]
    with torch.inference_mode():
        maps = network(scaled).numpy()
    # PyTorch's own way into a file ends the process where the disk is full
    (folder / WEIGHTS).write_bytes(torch.jit.trace(network, scaled).save_to_buffer())
    np.save(folder / TEST_INPUT, image[None])
    np.save(folder / TEST_OUTPUT, maps)
    card = yaml.safe_dump(model.card, sort_keys=False, allow_unicode=True)
    normalization = BY_BACKGROUND_HERE if isinstance(model.normalization, ByBackground) else BY_QUANTILES_HERE
    (folder / README).write_text(TEXT.format(name=name, normalization=normalization, card=card), encoding="utf-8")


def _test_image(architecture: Architecture) -> np.ndarray:
    """Blobs under noise, (C, Y, X) float32: any microscope's grey values."""
    rng = np.random.default_rng(0)
    side = TEST_STRIDES * architecture.stride_px + 2 * architecture.halo_px
    shape = (architecture.in_channels, side, side)
    blobs = gaussian_filter(rng.random(shape), (0, 8, 8))
    blobs = np.clip((blobs - blobs.mean()) / blobs.std(), 0, None)
    return rng.poisson(100 + 400 * blobs).astype(np.float32)


def _preprocessing(normalization: Normalization) -> "list[spec.PreprocessingDescr]":
    """What the zoo's preprocessing does of our normalisation: quantiles, of each channel."""
    from bioimageio.spec.model import v0_5 as spec

    if not isinstance(normalization, ByQuantiles):
        return []
    low, high = normalization.low_percent, normalization.high_percent
    axes = [spec.AxisId("y"), spec.AxisId("x")]
    return [spec.ScaleRangeDescr(kwargs=spec.ScaleRangeKwargs(axes=axes, min_percentile=low, max_percentile=high))]


def _description(model: Model, name: str, folder: Path) -> "spec.ModelDescr":
    """The model's description, whose files are in a folder."""
    from bioimageio.spec.common import FileDescr
    from bioimageio.spec.model import v0_5 as spec

    image, maps = _tensors(model, folder)
    pytorch = torch.__version__.split("+")[0]
    return spec.ModelDescr(
        name=f"Sidewinder {name}",
        description=f"A U-Net of {', '.join(model.classes)}, trained with Sidewinder",
        authors=[spec.Author(name=name) for name in model.card.get("authors") or [UNNAMED]],
        cite=[spec.CiteEntry(text=PAPER, doi=spec.Doi(PAPER_DOI))],
        license=spec.LicenseId(model.card["spdx_licence"]) if model.card.get("spdx_licence") else None,
        tags=["unet", "2d", "semantic-segmentation", "cells"],
        documentation=FileDescr(source=folder / README),
        inputs=[image],
        outputs=[maps],
        weights=spec.WeightsDescr(
            torchscript=spec.TorchscriptWeightsDescr(source=folder / WEIGHTS, pytorch_version=spec.Version(pytorch))
        ),
        timestamp=spec.Datetime(datetime.now(UTC)),
    )


def _tensors(model: Model, folder: Path) -> "tuple[spec.InputTensorDescr, spec.OutputTensorDescr]":
    """The descriptions of input and output."""
    from bioimageio.spec.common import FileDescr
    from bioimageio.spec.model import v0_5 as spec

    architecture = model.network.architecture
    # in single precision, of which whole multiples are exact: the zoo's library insists on halo * scale / scale == halo
    size_um = model.pixel_size_um
    pixel = {"unit": "micrometer", "scale": float(np.float32(size_um))} if size_um else {}
    y, x = spec.AxisId("y"), spec.AxisId("x")
    size = spec.ParameterizedSize(min=2 * architecture.halo_px + architecture.stride_px, step=architecture.stride_px)
    channels = spec.ChannelAxis(channel_names=[f"channel{index}" for index in range(architecture.in_channels)])
    image = spec.InputTensorDescr(
        id=spec.TensorId("image"),
        axes=[spec.BatchAxis(), channels, *(spec.SpaceInputAxis(id=axis, size=size, **pixel) for axis in (y, x))],
        test_tensor=FileDescr(source=folder / TEST_INPUT),
        data=spec.IntervalOrRatioDataDescr(type="float32"),
        preprocessing=_preprocessing(model.normalization),
    )
    sides = [
        spec.SpaceOutputAxisWithHalo(
            id=axis, halo=architecture.halo_px, size=spec.SizeReference(tensor_id=image.id, axis_id=axis), **pixel
        )
        for axis in (y, x)
    ]
    maps = spec.OutputTensorDescr(
        id=spec.TensorId("probabilities"),
        axes=[spec.BatchAxis(), spec.ChannelAxis(channel_names=list(model.classes)), *sides],
        test_tensor=FileDescr(source=folder / TEST_OUTPUT),
        data=spec.IntervalOrRatioDataDescr(type="float32"),
    )
    return image, maps
