"""Packages as others make them: small networks, described by the zoo's own library."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from bioimageio.spec import ValidationContext, save_bioimageio_package, save_bioimageio_package_as_folder
from bioimageio.spec.common import FileDescr
from bioimageio.spec.model import v0_5 as spec
from onnx import helper, numpy_helper

SIGMOID = (spec.SigmoidDescr(),)
TENSORS = {"image": spec.TensorId("image"), "maps": spec.TensorId("maps")}


def kernels(n_in: int, n_out: int) -> np.ndarray:
    """Of a convolution that reaches two pixels."""
    return np.random.default_rng(0).normal(0, 0.3, size=(n_out, n_in, 5, 5)).astype(np.float32)


class Network(torch.nn.Module):
    """One convolution, its axes in any order."""

    def __init__(self, weights: np.ndarray, order: str) -> None:
        super().__init__()
        self.weights = torch.nn.Parameter(torch.from_numpy(weights))
        self.there = tuple("bcyx".index(letter) for letter in order)
        self.back = tuple(order.index(letter) for letter in "bcyx")

    def forward(self, image):
        return torch.nn.functional.conv2d(image.permute(self.back), self.weights, padding=2).permute(self.there)


def write_onnx(weights: np.ndarray, path: Path) -> None:
    """The same convolution as ONNX, (b, c, y, x)."""
    shapes = [("image", weights.shape[1]), ("maps", weights.shape[0])]
    given, made = (
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, channels, "y", "x"])
        for name, channels in shapes
    )
    node = helper.make_node("Conv", ["image", "weights"], ["maps"], pads=[2, 2, 2, 2])
    graph = helper.make_graph([node], "convolution", [given], [made], [numpy_helper.from_array(weights, "weights")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)


def write_weights(kind: str, weights: np.ndarray, order: str, image: np.ndarray, folder: Path) -> spec.WeightsDescr:
    """The weights and the test tensors of a package."""
    network, image = Network(weights, order), torch.from_numpy(image)
    with torch.inference_mode():
        np.save(folder / "maps.npy", torch.sigmoid(network(image)).numpy())
    np.save(folder / "image.npy", image.numpy())
    if kind == "onnx":
        write_onnx(weights, folder / "weights.onnx")
        return spec.WeightsDescr(onnx=spec.OnnxWeightsDescr(source=folder / "weights.onnx", opset_version=17))
    torch.jit.trace(network, image).save(folder / "weights.pt")
    version = spec.Version(torch.__version__.split("+")[0])
    entry = spec.TorchscriptWeightsDescr(source=folder / "weights.pt", pytorch_version=version)
    return spec.WeightsDescr(torchscript=entry)


def axes_of_image(n_in: int, size, unit: dict) -> dict[str, object]:
    """The axes of the input, by letter."""
    return {
        "b": spec.BatchAxis(),
        "c": spec.ChannelAxis(channel_names=[f"c{index}" for index in range(n_in)]),
    } | {letter: spec.SpaceInputAxis(id=spec.AxisId(letter), size=size, **unit) for letter in "yx"}


def axes_of_maps(channels: tuple[str, ...], halo: int, scale: dict) -> dict[str, object]:
    """The axes of the output, by letter."""
    kind, halo = (spec.SpaceOutputAxisWithHalo, {"halo": halo}) if halo else (spec.SpaceOutputAxis, {})
    return {"b": spec.BatchAxis(), "c": spec.ChannelAxis(channel_names=list(channels))} | {
        letter: kind(
            id=spec.AxisId(letter), **halo, **scale,
            size=spec.SizeReference(tensor_id=TENSORS["image"], axis_id=spec.AxisId(letter)),
        )
        for letter in "yx"
    }  # fmt: skip


def describe(folder: Path, weights: spec.WeightsDescr, inside: dict, outside: dict) -> spec.ModelDescr:
    """The description of files in a folder; `inside` and `outside` say what the tensors are."""
    data = spec.IntervalOrRatioDataDescr(type="float32")
    image, maps = (FileDescr(source=folder / f"{name}.npy") for name in TENSORS)
    (folder / "README.md").write_text("# Theirs\n\n## Validation\n\nNone.\n")
    return spec.ModelDescr(
        name="Theirs", description="A convolution", authors=[spec.Author(name="Somebody")],
        cite=[spec.CiteEntry(text="None", url="https://example.org")], license=spec.LicenseId("MIT"),
        documentation=FileDescr(source=folder / "README.md"), timestamp=spec.Datetime(datetime.now(UTC)),
        inputs=[spec.InputTensorDescr(id=TENSORS["image"], test_tensor=image, data=data, **inside)],
        outputs=[spec.OutputTensorDescr(id=TENSORS["maps"], test_tensor=maps, data=data, **outside)],
        weights=weights,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _no_network():
    """Let the zoo's library not ask servers whether the addresses in a description are there."""
    with ValidationContext(perform_io_checks=False):
        yield


@pytest.fixture
def make_package(tmp_path):
    """A function that writes a package."""

    def make(
        name: str = "theirs.zip",
        *,
        kind: str = "torchscript",
        order: str = "bcyx",
        channels: tuple[str, ...] = ("foreground", "boundary"),
        size=None,
        n_in: int = 1,
        preprocessing=(),
        postprocessing=SIGMOID,
        halo: int = 4,
        unit: dict | None = None,
        maps_scale: float = 1.0,
    ) -> Path:
        folder = tmp_path / f"{name}.parts"
        folder.mkdir()
        size, unit = size or spec.ParameterizedSize(min=16, step=8), unit or {}
        side_px = size if isinstance(size, int) else size.min + 6 * size.step
        image = np.random.default_rng(1).random([{"b": 1, "c": n_in}.get(letter, side_px) for letter in order])
        weights = write_weights(kind, kernels(n_in, len(channels)), order, image.astype(np.float32), folder)
        every = int(maps_scale)
        np.save(folder / "maps.npy", np.load(folder / "maps.npy")[:, :, ::every, ::every])
        inside = axes_of_image(n_in, size, unit)
        outside = axes_of_maps(channels, halo, {"scale": maps_scale} | unit)
        description = describe(
            folder, weights,
            {"axes": [inside[letter] for letter in order], "preprocessing": list(preprocessing)},
            {"axes": [outside[letter] for letter in order], "postprocessing": list(postprocessing)},
        )  # fmt: skip
        if name.endswith(".zip"):
            save_bioimageio_package(description, output_path=tmp_path / name)
        else:
            save_bioimageio_package_as_folder(description, output_path=tmp_path / name)
        return tmp_path / name

    return make
