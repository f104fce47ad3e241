"""The pieces of a network, run one after the other as the browser does, against the network."""

import numpy as np
import onnxruntime
import pytest
import torch

from explored import random_network
from sidewinder.model import CLASSES, Model, load_model
from sidewinder.normalization import ByQuantiles
from sidewinder.report.explorer.network import blocks_of, export_pieces, wiring
from sidewinder.unet import Architecture, fold_batch_norm

# PyTorch's exporter takes seconds for each network
pytestmark = pytest.mark.slow


def run(pieces, tensors):
    """All tensors, by name, from those of the image and its limits."""
    tensors = {name: tensor.numpy() for name, tensor in tensors.items()}
    for piece in pieces:
        session = onnxruntime.InferenceSession(piece.onnx, providers=["CPUExecutionProvider"])
        assert [value.name for value in session.get_inputs()] == list(piece.inputs)
        inputs = {name: tensors[name] for name in piece.inputs}
        tensors |= zip(piece.outputs, session.run(list(piece.outputs), inputs), strict=True)
    return tensors


def image_and_limits(architecture, strides):
    """Blobs, and limits that differ from each other and between channels."""
    torch.manual_seed(1)
    sides = [n * architecture.stride_px for n in strides]
    blobs = torch.nn.functional.interpolate(
        torch.rand(1, architecture.in_channels, *(side // 4 for side in sides)), sides, mode="bicubic"
    )
    black = torch.tensor([100.0, 250.0][: architecture.in_channels]).reshape(1, -1, 1, 1)
    scale = torch.tensor([1 / 900, 1 / 500][: architecture.in_channels]).reshape(1, -1, 1, 1)
    return {"image": 1000 * blobs, "black": black, "scale": scale}


# tests/browser/test_explorer.py has the shipped models
@pytest.fixture(scope="module", params=["rescaled", "two"])
def model(request, explored):
    """Networks with all skip connections, and with one of two."""
    return load_model(explored / request.param)


@pytest.fixture(scope="module")
def pieces(model):
    return export_pieces(model)


@pytest.mark.parametrize("strides", [(3, 5), (7, 1)])
@torch.inference_mode()
def test_the_pieces_make_what_the_network_makes(model, pieces, strides):
    given = image_and_limits(model.network.architecture, strides)
    found = run(pieces, given)
    normalized = model.normalization.on_tensors(*given.values())
    np.testing.assert_allclose(found["normalized"], normalized, rtol=1e-5, atol=1e-6)
    probabilities = torch.softmax(model.network(normalized), dim=1).numpy()
    difference = np.abs(found["probabilities"] - probabilities)
    # weights in half precision
    assert difference.mean() < 3e-4
    assert difference.max() < 1e-2
    for level, features in enumerate(fold_batch_norm(model.network).contract(normalized)):
        assert np.abs(found[f"contract{level}"] - features.numpy()).max() < 4e-3 * features.max()


@torch.inference_mode()
def test_zeros_in_place_of_detail_are_a_skip_connection_that_is_off(model, pieces):
    architecture = model.network.architecture
    given = image_and_limits(architecture, (4, 3))
    skips = tuple(level > 0 for level in range(architecture.depth))
    found = run(pieces[: -2 * architecture.depth - 1], given)
    for piece in pieces[-2 * architecture.depth - 1 :]:
        given_on = found | {"contract0": np.zeros_like(found["contract0"])}
        found |= run([piece], {name: torch.from_numpy(given_on[name]) for name in piece.inputs})
    logits = model.network(model.normalization.on_tensors(*given.values()), skips)
    difference = np.abs(found["probabilities"] - torch.softmax(logits, dim=1).numpy())
    assert difference.mean() < 3e-4
    assert difference.max() < 1e-2


def test_the_first_of_a_block_and_the_pool_are_what_their_names_say(model, pieces):
    given = image_and_limits(model.network.architecture, (2, 2))
    found = run(pieces, given)
    block = fold_batch_norm(model.network).contracting[1]
    with torch.inference_mode():
        pooled = torch.nn.functional.max_pool2d(torch.from_numpy(found["contract0"]), 2)
        first = block[:3](pooled)
    np.testing.assert_array_equal(found["pool1"], pooled)
    assert np.abs(found["contract1_first"] - first.numpy()).max() < 4e-3 * first.max()


def test_nothing_is_said_of_the_machine_that_exported(pieces):
    assert not any(b".py" in piece.onnx for piece in pieces)


def test_weights_that_half_precision_does_not_hold_stay_as_they_are():
    model = Model(random_network(depth=1, base_width=8), ByQuantiles(), CLASSES, {})
    with torch.no_grad():
        model.network.last.weight.fill_(1e5)
    (last,) = [piece for piece in export_pieces(model) if piece.name == "last"]
    found = run([last], {"expand0": torch.ones(1, 8, 4, 4)})["logits"]
    np.testing.assert_allclose(found[0, :, 0, 0] / 8e5, 1, rtol=1e-4)


def test_a_model_is_named_by_its_own_levels():
    pieces = wiring(Architecture(depth=2, skips=(True, False)))
    assert list(pieces) == [
        "normalize", "contract0", "contract1", "contract2", "up1", "expand1", "up0", "expand0", "last",
    ]  # fmt: skip
    assert pieces["contract2"] == (("contract1",), ("pool2", "contract2_first", "contract2"))
    assert pieces["up1"] == (("contract2",), ("up1",))
    assert pieces["expand1"] == (("up1",), ("expand1_first", "expand1"))
    assert pieces["expand0"] == (("contract0", "up0"), ("expand0_first", "expand0"))


def test_weights_are_counted_block_by_block(explored):
    network = load_model(explored / "two").network
    counts = {block.name: (block.n_weights, block.n_channels) for block in blocks_of(fold_batch_norm(network))}
    assert list(counts) == ["contract0", "contract1", "contract2", "up1", "expand1", "up0", "expand0", "last"]
    # 3 x 3 kernels and a bias a channel, by hand
    assert counts["contract0"] == (9 * (2 * 8 + 8 * 8) + 2 * 8, 8)
    assert counts["up1"] == (4 * 32 * 16 + 16, 16)
    assert counts["expand1"] == (9 * (16 * 16 + 16 * 16) + 2 * 16, 16)
    assert counts["expand0"] == (9 * (16 * 8 + 8 * 8) + 2 * 8, 8)
    assert counts["last"] == (8 * len(CLASSES) + 3, 3)
