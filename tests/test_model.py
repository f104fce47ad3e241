"""Model folders: what is written comes back, and what is damaged is refused in one line."""

import pytest
import torch
import yaml
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from sidewinder.errors import UserError
from sidewinder.model import load_model, save_model
from sidewinder.normalization import ByQuantiles
from sidewinder.unet import Architecture, UNet

CLASSES = ("background", "cell", "border")


@pytest.fixture
def folder(tmp_path):
    torch.manual_seed(0)
    network = UNet(Architecture(depth=2, base_width=4, skips=(True, False)))
    network(torch.rand(2, 1, 32, 32))  # moves the running statistics away from their start
    save_model(tmp_path / "model", network.eval(), ByQuantiles(0.5, 99.9, 0.7), CLASSES, {"licence": "CC0"})
    return tmp_path / "model", network


def test_a_model_comes_back_as_it_went(folder):
    path, network = folder
    model = load_model(path)
    assert model.network.architecture == network.architecture
    assert model.normalization == ByQuantiles(0.5, 99.9, 0.7)
    assert model.classes == CLASSES
    assert model.card["licence"] == "CC0"
    for name, tensor in model.network.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            expected = network.state_dict()[name]
            # convolutions are kept with the 11 bits of float16, statistics whole
            tolerance = 2**-11 if tensor.ndim == 4 else 0
            assert (tensor - expected).abs().max() <= tolerance * expected.abs().max() + 1e-7


def test_weights_are_safetensors_and_small(folder):
    path, _ = folder
    with safe_open(path / "weights.safetensors", "pt") as file:
        kinds = {name: file.get_tensor(name).dtype for name in file.keys()}
    assert all(kind == torch.float16 for name, kind in kinds.items() if "weight" in name and "up" in name)
    assert kinds["contracting.0.1.running_var"] == torch.float32
    assert {entry.name for entry in path.iterdir()} == {"weights.safetensors", "card.yaml"}


@pytest.mark.case("model", "weights are cut off")
def test_damaged_weights_are_a_user_s_error(folder):
    path, _ = folder
    weights = path / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(UserError, match=r"weights.safetensors: cannot be read"):
        load_model(path)


def test_a_missing_folder_is_a_user_s_error(tmp_path):
    with pytest.raises(UserError, match=r"nowhere.card.yaml: cannot be read"):
        load_model(tmp_path / "nowhere")


@pytest.mark.case("model", "card and weights of different models")
def test_a_card_of_another_network_is_refused(folder):
    path, _ = folder
    card = yaml.safe_load((path / "card.yaml").read_text())
    card["architecture"]["skips"] = None
    card["architecture"]["depth"] = 3
    (path / "card.yaml").write_text(yaml.safe_dump(card))
    with pytest.raises(UserError, match="different networks"):
        load_model(path)


@pytest.mark.parametrize(
    ("section", "key", "value", "said"),
    [
        pytest.param(
            None,
            "card_version",
            9,
            "card_version is 9, expected 1",
            marks=pytest.mark.case("model", "a card of a later version"),
        ),
        pytest.param(
            None,
            "classes",
            ["background", "cell"],
            "classes are .* of a network with 3, expected 3",
            marks=pytest.mark.case("model", "two classes for a network of three"),
        ),
        (None, "classes", ["cell", "border", "background"], "classes are .*, expected 3: background, cell, border, in"),
        pytest.param(
            "architecture",
            "depth",
            60,
            "depth is 60, expected a whole number from 1 to 10",
            marks=pytest.mark.case("model", "a card of a network that no memory holds: depth 60"),
        ),
        ("architecture", "depth", 2.5, "depth is 2.5"),
        pytest.param(
            "architecture",
            "base_width",
            1_000_000,
            "base_width is 1000000",
            marks=pytest.mark.case("model", "a card of a network that no memory holds: width 1000000"),
        ),
        ("architecture", "base_width", True, "base_width is True"),
        ("architecture", "skips", ["yes", "no"], "skips is"),
        ("architecture", "kernel", 5, "there is no kernel in an architecture"),
        pytest.param(
            "normalization",
            "gamma",
            float("nan"),
            "gamma above 0",
            marks=pytest.mark.case("model", "a gamma that is NaN"),
        ),
        ("normalization", "gamma", "half", "expected numbers"),
        pytest.param(
            "normalization",
            "low_percent",
            99.95,
            "low_percent < high_percent",
            marks=pytest.mark.case("model", "percentiles the wrong way round"),
        ),
        ("normalization", "high_percent", 101, "<= 100"),
        (None, "pixel_size_um", 1e-9, "pixel_size_um is 1e-09, expected a number from 0.0001 to 10000, or nothing"),
        (None, "pixel_size_um", float("inf"), "pixel_size_um is inf"),
    ],
)
def test_a_card_that_makes_no_sense_is_refused(folder, section, key, value, said):
    path, _ = folder
    card = yaml.safe_load((path / "card.yaml").read_text())
    (card if section is None else card[section])[key] = value
    (path / "card.yaml").write_text(yaml.safe_dump(card))
    with pytest.raises(UserError, match=rf"card\.yaml: not a model card of this version \(.*{said}"):
        load_model(path)


def test_a_depth_of_2_0_is_a_depth_of_2(folder):
    path, _ = folder
    text = (path / "card.yaml").read_text()
    (path / "card.yaml").write_text(text.replace("depth: 2\n", "depth: 2.0\n"))
    assert load_model(path).network.architecture.depth == 2


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param("nan", marks=pytest.mark.case("model", "weights that are NaN")),
        pytest.param("missing", marks=pytest.mark.case("model", "running statistics are missing")),
        "variance",
        "other",
    ],
)
def test_weights_that_are_no_numbers_or_not_all_there_are_refused(folder, spoil):
    path, _ = folder
    tensors = load_file(path / "weights.safetensors")
    if spoil == "nan":
        tensors["up.0.weight"][0] = float("nan")
    if spoil == "variance":
        tensors["contracting.0.1.running_var"][0] = -1
    if spoil == "missing":
        tensors = {name: tensor for name, tensor in tensors.items() if "running_" not in name}
    if spoil == "other":
        tensors["more"] = torch.zeros(1)
    save_file(tensors, path / "weights.safetensors")
    said = {"nan": r"up\.0\.weight has values that are no numbers", "variance": r"running_var has values",
            "missing": "running_mean is missing", "other": "more is of no layer"}  # fmt: skip
    with pytest.raises(UserError, match=said[spoil]):
        load_model(path)


@pytest.mark.case("model", "a training that diverges: the old model stays")
@pytest.mark.parametrize("value", [float("nan"), 1e5])
def test_a_training_that_has_gone_astray_does_not_replace_a_model(folder, value):
    path, network = folder
    before = (path / "weights.safetensors").read_bytes()
    with torch.no_grad():
        network.contracting[0][0].weight[0, 0, 0, 0] = value
    with pytest.raises(UserError, match=r"contracting\.0\.0\.weight of the network has values that are no numbers"):
        save_model(path, network, ByQuantiles(), CLASSES, {})
    assert (path / "weights.safetensors").read_bytes() == before
