"""A network as ONNX, cut into pieces of one block each.

The browser runs them one after the other, so that the maps of each block are at hand and only what a change reaches is
computed again. PyTorch's exporter follows the network itself, once and from grey values to probabilities; what is cut
is its graph, so that there is no second description of the network.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from torch import nn

from sidewinder.errors import UserError
from sidewinder.model import Model
from sidewinder.normalization import Normalization
from sidewinder.unet import Architecture, UNet, fold_batch_norm

if TYPE_CHECKING:
    import onnx

# the newest that the browser's runtime knows well
OPSET = 20
# where a block's first convolution has been through its ReLU: convolution, normalisation (or nothing), ReLU
END_OF_FIRST = 2
# of the image that the exporter follows: sides that differ, and of which neither is a single step of the grid
TRACED_STRIDES = (2, 3)


@dataclass(frozen=True)
class Piece:
    """A part of the network that runs by itself.

    Parameters
    ----------
    name : str
        `normalize`, `contract0`, ..., `up0`, `expand0`, `last`.
    inputs, outputs : tuple of str
        Tensors, float32, (1, channels, y, x); y and x are free.
    onnx : bytes
        The model, with weights in half precision and arithmetic in single precision.
    """

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    onnx: bytes


@dataclass(frozen=True)
class Block:
    """What is counted of a piece with weights."""

    name: str
    n_weights: int
    n_channels: int


def blocks_of(network: UNet) -> list[Block]:
    """The blocks of a network whose normalisation layers are folded, in the order in which they run."""
    widths, levels = network.architecture.widths, range(network.architecture.depth)
    parts: list[tuple[str, nn.Module, int]] = []
    parts += [(f"contract{level}", block, widths[level]) for level, block in enumerate(network.contracting)]
    for level in reversed(levels):
        parts.append((f"up{level}", network.up[level], widths[level]))
        parts.append((f"expand{level}", network.expanding[level], widths[level]))
    parts.append(("last", network.last, network.architecture.n_classes))
    return [Block(name, sum(p.numel() for p in part.parameters()), n_channels) for name, part, n_channels in parts]


def wiring(architecture: Architecture) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """The inputs and outputs of each piece, in the order in which they run."""
    depth = architecture.depth
    pieces: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "normalize": (("image", "black", "scale"), ("normalized",)),
        "contract0": (("normalized",), ("contract0_first", "contract0")),
    }
    for level in range(1, depth + 1):
        outputs = (f"pool{level}", f"contract{level}_first", f"contract{level}")
        pieces[f"contract{level}"] = ((f"contract{level - 1}",), outputs)
    for level in reversed(range(depth)):
        below = f"contract{depth}" if level == depth - 1 else f"expand{level + 1}"
        detail = (f"contract{level}",) if architecture.skips[level] else ()
        pieces[f"up{level}"] = ((below,), (f"up{level}",))
        pieces[f"expand{level}"] = ((*detail, f"up{level}"), (f"expand{level}_first", f"expand{level}"))
    pieces["last"] = (("expand0",), ("logits", "probabilities"))
    return pieces


def export_pieces(model: Model) -> list[Piece]:
    """Cut a model into pieces.

    Parameters
    ----------
    model : Model
        Left as it is.

    Returns
    -------
    pieces : list of Piece
        The pieces in the order in which they run.

    Raises
    ------
    UserError
        If what the export needs is not installed.
    """
    try:
        import onnx.utils
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise UserError(
            f"the explorer needs a library that is not installed ({error}): pip install onnx onnxscript"
        ) from error
    pieces = wiring(model.network.architecture)
    whole = onnx.utils.Extractor(_traced(model, [name for _, outputs in pieces.values() for name in outputs]))
    return [
        Piece(name, inputs, outputs, _finished(whole.extract_model(list(inputs), list(outputs))))
        for name, (inputs, outputs) in pieces.items()
    ]


class _Watched(nn.Module):
    """A network from grey values on that returns what its blocks make on the way, in the order in which they run."""

    def __init__(self, network: UNet, normalization: Normalization) -> None:
        super().__init__()
        self.network, self.normalization = network, normalization
        blocks = [*network.contracting, *network.expanding]
        self.watched = [network.pool, *network.up, *blocks, *(block[END_OF_FIRST] for block in blocks)]

    def forward(self, image: torch.Tensor, black: torch.Tensor, scale: torch.Tensor) -> tuple[torch.Tensor, ...]:
        seen = [self.normalization.on_tensors(image, black, scale)]
        hooks = [module.register_forward_hook(lambda _, __, result: seen.append(result)) for module in self.watched]
        logits = self.network(seen[0])
        for hook in hooks:
            hook.remove()
        return (*seen, logits, torch.softmax(logits, dim=1))


def _traced(model: Model, names: list[str]) -> "onnx.ModelProto":
    """The whole network as ONNX, which returns all that its blocks make, by these names."""
    architecture = model.network.architecture
    network = _Watched(fold_batch_norm(model.network), model.normalization).eval()
    # the exporter takes one tensor for two inputs as one input
    black, scale = (torch.ones(1, architecture.in_channels, 1, 1) for _ in range(2))
    y, x = (architecture.stride_px * torch.export.Dim(axis, min=1) for axis in "yx")
    with _quietly():
        program = torch.onnx.export(
            network,
            (_example(architecture), black, scale),
            dynamo=True,
            verbose=False,
            opset_version=OPSET,
            input_names=["image", "black", "scale"],
            output_names=names,
            dynamic_shapes=({2: y, 3: x}, {}, {}),
        )
    # nothing only where it writes a file
    return cast("torch.onnx.ONNXProgram", program).model_proto


def _example(architecture: Architecture) -> torch.Tensor:
    """An image for the exporter to follow."""
    sides = (strides * architecture.stride_px for strides in TRACED_STRIDES)
    return torch.zeros(1, architecture.in_channels, *sides)


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep to itself what the exporter says of libraries that are not needed, and of its own ones."""
    exporter = logging.getLogger("torch.onnx")
    level = exporter.level
    exporter.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        exporter.setLevel(level)


def _finished(piece: "onnx.ModelProto") -> bytes:
    """A piece with free sides and with weights in half precision, and without notes on where its code lies."""
    import onnx

    graph = piece.graph
    graph.name = "piece"
    for value in (*graph.input, *graph.output):
        # limits have one pixel, maps any number
        for axis, dim in zip("yx", value.type.tensor_type.shape.dim[2:], strict=True):
            if not dim.HasField("dim_value"):
                dim.dim_param = f"{axis} of {value.name}"
    for node in graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for described in (graph.value_info, graph.metadata_props, piece.metadata_props):
        del described[:]
    _halve(graph)
    onnx.checker.check_model(piece)
    return piece.SerializeToString(deterministic=True)


def _halve(graph: "onnx.GraphProto") -> None:
    """Store the kernels of convolutions in half precision, where they fit into it; biases are few."""
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for tensor in graph.initializer:
        weights = numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):
            half = weights.astype(np.float16)
        if weights.ndim == 4 and weights.dtype == np.float32 and np.isfinite(half).all():
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
            casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
