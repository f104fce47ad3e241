"""A model folder: weights that carry no code, and the card that says how to use them.

The folder holds `weights.safetensors` and `card.yaml`. The card gives the architecture, the normalisation of the
image, what the classes are, what the model was trained on and how it scored.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from sidewinder.errors import UserError
from sidewinder.limits import LARGEST_NETWORK, PIXEL_SIZES_UM
from sidewinder.names import CARD, WEIGHTS
from sidewinder.normalization import Normalization, from_card
from sidewinder.plain_yaml import load_yaml
from sidewinder.store import atomic_folder
from sidewinder.unet import Architecture, UNet

CARD_VERSION = 1
# what the networks that are trained here tell apart; the border is the rim inside of a cell's outline
CLASSES = ("background", "cell", "border")


@dataclass(frozen=True)
class Model:
    """A network and how to use it.

    Parameters
    ----------
    network : UNet
        The network in evaluation mode, on the CPU.
    normalization : Normalization
        Normalisation of the network's input.
    classes : tuple of str
        Names of its output channels.
    card : dict
        The whole card, for people.
    pixel_size_um : float or None
        The pixel size to which frames are rescaled; None where they are taken as they are.
    """

    network: UNet
    normalization: Normalization
    classes: tuple[str, ...]
    card: dict[str, Any]
    pixel_size_um: float | None = None


def save_model(
    folder: str | Path, network: UNet, normalization: Normalization, classes: tuple[str, ...], about: dict[str, Any]
) -> None:
    """Write a model folder; nothing appears under its name before it is whole.

    Parameters
    ----------
    folder : path
        The model folder.
    network : UNet
        Convolutions are stored as float16, which halves the folder, normalisation layers as float32.
    normalization : Normalization
        Normalisation of the network's input.
    classes : tuple of str
        Names of the output channels.
    about : dict
        What people want to know: data, licences, scores, what it is not for; and `pixel_size_um`, if frames are to be
        rescaled to it.

    Raises
    ------
    UserError
        If there are weights that are no numbers, or too large for float16.
    """
    tensors = {
        name: tensor.detach().cpu().to(torch.float16 if tensor.ndim == 4 else tensor.dtype).contiguous()
        for name, tensor in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    bad = _no_numbers(tensors)
    if bad:
        raise UserError(
            f"{bad} of the network has values that are no numbers or too large, so that no model is written: the "
            "training has gone astray; try a smaller train.learning_rate"
        )
    architecture = asdict(network.architecture) | {"skips": list(network.architecture.skips)}
    card = {
        "card_version": CARD_VERSION,
        "architecture": architecture,
        "normalization": normalization.card(),
        "classes": list(classes),
    } | about
    with atomic_folder(folder) as temporary:
        temporary.mkdir(exist_ok=True)
        save_file(tensors, temporary / WEIGHTS)
        # safetensors writes for the owner's eyes only, but a model is for all who share a checkout
        (temporary / WEIGHTS).chmod(0o644)
        (temporary / CARD).write_text(yaml.safe_dump(card, sort_keys=False, allow_unicode=True, width=100))


def load_model(folder: str | Path) -> Model:
    """Read a model folder.

    Parameters
    ----------
    folder : path
        The model folder.

    Returns
    -------
    model : Model
        The model with float32 weights, in evaluation mode.

    Raises
    ------
    UserError
        If a file is missing or damaged, or the weights do not fit the card.
    """
    folder = Path(folder)
    card = _read_card(folder / CARD)
    try:
        if card.get("card_version") != CARD_VERSION:
            raise ValueError(f"card_version is {card.get('card_version')!r}, expected {CARD_VERSION}")
        architecture = _architecture(card["architecture"])
        normalization = from_card(card["normalization"])
        classes = _classes(card["classes"], architecture)
        pixel_size_um = _pixel_size_um(card)
    except (KeyError, TypeError, ValueError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else error
        raise UserError(
            f"{folder / CARD}: not a model card of this version ({reason}); train the model again"
        ) from error
    try:
        tensors = {name: tensor.float() for name, tensor in load_file(folder / WEIGHTS).items()}
    except (OSError, SafetensorError) as error:
        raise UserError(f"{folder / WEIGHTS}: cannot be read ({error}); copy the model folder again") from error
    # without memory and first weights
    with torch.device("meta"):
        network = UNet(architecture)
    expected = network.state_dict()
    _check_weights(folder, expected, tensors)
    # normalisation layers also count batches, which nobody needs
    counts = {name: torch.zeros((), dtype=expected[name].dtype) for name in expected.keys() - tensors.keys()}
    network.load_state_dict({**counts, **tensors}, assign=True)
    return Model(network.eval(), normalization, classes, card, pixel_size_um)


def _check_weights(folder: Path, expected: dict[str, torch.Tensor], tensors: dict[str, torch.Tensor]) -> None:
    """Refuse weights that are not those of the expected shapes, or no numbers; raises UserError."""
    names = {name for name in expected if not name.endswith("num_batches_tracked")}
    wrong = [f"{name} is missing" for name in names - tensors.keys()]
    wrong += [f"{name} is of no layer" for name in tensors.keys() - expected.keys()]
    wrong += [
        f"{name} has the shape {tuple(tensors[name].shape)}, expected {tuple(expected[name].shape)}"
        for name in names & tensors.keys()
        if tensors[name].shape != expected[name].shape
    ]
    if wrong:
        raise UserError(f"{folder}: weights and card are of different networks ({min(wrong)}); copy both from one")
    bad = _no_numbers(tensors)
    if bad:
        raise UserError(
            f"{folder / WEIGHTS}: {bad} has values that are no numbers or out of range: its training has gone astray, "
            "or the file is damaged; train the model again, or copy it again"
        )


def _no_numbers(tensors: dict[str, torch.Tensor]) -> str | None:
    """The first tensor, if any, whose values cannot be those of a network."""
    bad = [
        name
        for name, tensor in tensors.items()
        if not tensor.isfinite().all() or (name.endswith("running_var") and (tensor < 0).any())
    ]
    return min(bad, default=None)


def _architecture(section: dict[str, Any]) -> Architecture:
    """The architecture that a card names; raises ValueError or TypeError where there is none such."""
    counts = {key: _count(section, key, most) for key, most in LARGEST_NETWORK.items()}
    skips = section.get("skips") or ()
    if not all(isinstance(skip, bool) for skip in skips):
        raise ValueError(f"skips is {skips!r}, expected true or false for each level")
    unknown = section.keys() - counts.keys() - {"skips"}
    if unknown:
        raise ValueError(f"there is no {min(unknown)} in an architecture")
    return Architecture(**counts, skips=tuple(skips))


def _count(section: dict[str, Any], key: str, most: int) -> int:
    """A whole number of a card, which may be written as 4.0."""
    value = section[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or value not in range(1, most + 1):
        raise ValueError(f"{key} is {value!r}, expected a whole number from 1 to {most}")
    return int(value)


def _classes(names: list[str], architecture: Architecture) -> tuple[str, ...]:
    """The names of the classes, by whose order the maps are understood; raises ValueError where it is another."""
    if names != list(CLASSES) or architecture.n_classes != len(CLASSES):
        raise ValueError(
            f"classes are {names!r} of a network with {architecture.n_classes}, expected {len(CLASSES)}: "
            f"{', '.join(CLASSES)}, in this order"
        )
    return CLASSES


def _pixel_size_um(card: dict[str, Any]) -> float | None:
    """The pixel size to which frames are rescaled; raises ValueError where the card says something else than a size."""
    size = card.get("pixel_size_um")
    smallest, largest = PIXEL_SIZES_UM
    if size is not None and (
        isinstance(size, bool) or not isinstance(size, int | float) or not smallest <= size <= largest
    ):
        raise ValueError(f"pixel_size_um is {size!r}, expected a number from {smallest} to {largest}, or nothing")
    return size


def _read_card(path: Path) -> dict[str, Any]:
    """Read the card as a mapping."""
    try:
        card = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path}: cannot be read ({reason}); a model folder holds {CARD} and {WEIGHTS}") from error
    if not isinstance(card, dict):
        raise UserError(f"{path}: a model card is a mapping of names to values")
    return card
