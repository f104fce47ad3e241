"""Packages as others make them: small networks, described by the zoo's own library."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from bioimageio.spec import save_bioimageio_package, save_bioimageio_package_as_folder
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
        weights = kernels(n_in, len(channels))
        size, unit = size or spec.ParameterizedSize(min=16, step=8), unit or {}
        by_letter = {
            "b": spec.BatchAxis(),
            "c": spec.ChannelAxis(channel_names=[f"c{index}" for index in range(n_in)]),
        } | {letter: spec.SpaceInputAxis(id=spec.AxisId(letter), size=size, **unit) for letter in "yx"}
        of_maps = {"b": spec.BatchAxis(), "c": spec.ChannelAxis(channel_names=list(channels))} | {
            letter: (spec.SpaceOutputAxisWithHalo if halo else spec.SpaceOutputAxis)(
                id=spec.AxisId(letter), **({"halo": halo} if halo else {}), **({"scale": maps_scale} | unit),
                size=spec.SizeReference(tensor_id=TENSORS["image"], axis_id=spec.AxisId(letter)),
            )
            for letter in "yx"
        }  # fmt: skip
        side_px = size if isinstance(size, int) else size.min + 6 * size.step
        image = np.random.default_rng(1).random([{"b": 1, "c": n_in}.get(letter, side_px) for letter in order])
        network = Network(weights, order)
        with torch.inference_mode():
            maps = torch.sigmoid(network(torch.from_numpy(image.astype(np.float32)))).numpy()
        np.save(folder / "image.npy", image.astype(np.float32))
        every = int(maps_scale)
        np.save(folder / "maps.npy", maps[:, :, ::every, ::every])
        (folder / "README.md").write_text("# Theirs\n\n## Validation\n\nNone.\n")
        if kind == "onnx":
            write_onnx(weights, folder / "weights.onnx")
            entry = {"onnx": spec.OnnxWeightsDescr(source=folder / "weights.onnx", opset_version=17)}
        else:
            torch.jit.trace(network, torch.from_numpy(image.astype(np.float32))).save(folder / "weights.pt")
            version = spec.Version(torch.__version__.split("+")[0])
            entry = {"torchscript": spec.TorchscriptWeightsDescr(source=folder / "weights.pt", pytorch_version=version)}
        description = spec.ModelDescr(
            name="Theirs", description="A convolution", authors=[spec.Author(name="Somebody")],
            cite=[spec.CiteEntry(text="None", url="https://example.org")], license=spec.LicenseId("MIT"),
            documentation=FileDescr(source=folder / "README.md"), timestamp=spec.Datetime(datetime.now(UTC)),
            inputs=[spec.InputTensorDescr(
                id=TENSORS["image"], axes=[by_letter[letter] for letter in order],
                test_tensor=FileDescr(source=folder / "image.npy"), preprocessing=list(preprocessing),
                data=spec.IntervalOrRatioDataDescr(type="float32"),
            )],
            outputs=[spec.OutputTensorDescr(
                id=TENSORS["maps"], axes=[of_maps[letter] for letter in order],
                test_tensor=FileDescr(source=folder / "maps.npy"), postprocessing=list(postprocessing),
                data=spec.IntervalOrRatioDataDescr(type="float32"),
            )],
            weights=spec.WeightsDescr(**entry),
        )  # fmt: skip
        if name.endswith(".zip"):
            save_bioimageio_package(description, output_path=tmp_path / name)
        else:
            save_bioimageio_package_as_folder(description, output_path=tmp_path / name)
        return tmp_path / name

    return make
