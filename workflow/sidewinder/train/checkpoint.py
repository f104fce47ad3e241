"""The state of a training, written often enough that a killed one loses minutes.

Tensors only, in safetensors: nothing pickled is ever read.
"""

import hashlib
import json
import logging
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from sidewinder.store import atomic_folder
from sidewinder.train.crops import Crops
from sidewinder.train.history import History
from sidewinder.unet import UNet

log = logging.getLogger("sidewinder")

FILE = "state.safetensors"
MOMENTS = ("exp_avg", "exp_avg_sq", "step")


@dataclass
class State:
    """A training under way.

    Parameters
    ----------
    network, average : UNet
        The weights, and their running average.
    optimizer : torch.optim.AdamW
        The optimiser, whose parameters are the network's, in their order.
    history : History
        Losses and scores until now.
    """

    network: UNet
    average: UNet
    optimizer: torch.optim.AdamW
    history: History


def key_of(crops: Crops, network: UNet) -> str:
    """What a training is determined by, in a short text: a checkpoint of another one is never continued.

    Parameters
    ----------
    crops : Crops
        Frames, labels, settings and recipe.
    network : UNet
        Its weights as training begins with them.
    """
    digest = hashlib.sha256()
    for each in (crops.settings, crops.recipe):
        digest.update(json.dumps(asdict(each), sort_keys=True).encode())
    digest.update(repr(crops.pixel_size_um).encode())
    for frame in (*crops.annotated, *crops.simulated):
        digest.update(repr((frame.image.shape, frame.complete, frame.pixel_size_um)).encode())
        for values in (frame.image, frame.labels, frame.known):
            digest.update(np.ascontiguousarray(values).data)
    for weights in network.state_dict().values():
        digest.update(weights.detach().cpu().numpy().tobytes())
    return digest.hexdigest()[:16]


def save_checkpoint(folder: Path, state: State, key: str, iteration: int) -> None:
    """Write where a training stands.

    Parameters
    ----------
    folder : Path
        The checkpoint folder; replaced.
    state : State
        The training.
    key : str
        Of the training, as of `key_of`.
    iteration : int
        Number of iterations that are done.
    """
    tensors = {
        f"{name}.{key}": tensor
        for name, network in (("network", state.network), ("average", state.average))
        for key, tensor in network.state_dict().items()
    }
    for index, parameter in enumerate(state.network.parameters()):
        for moment in MOMENTS:
            tensors[f"optimizer.{index}.{moment}"] = state.optimizer.state[parameter][moment]
    with atomic_folder(folder) as temporary:
        temporary.mkdir(exist_ok=True)
        metadata = {
            "iteration": str(iteration), "key": key, "history": state.history.as_text(),
        }  # fmt: skip
        save_file({name: tensor.cpu().contiguous() for name, tensor in tensors.items()}, temporary / FILE, metadata)


def restore_checkpoint(folder: Path, state: State, key: str) -> int:
    """Take up a training where its checkpoint left it.

    Parameters
    ----------
    folder : Path
        The checkpoint folder.
    state : State
        Changed in place.
    key : str
        As for `save_checkpoint`.

    Returns
    -------
    iteration : int
        How many are done; 0 where there is no checkpoint, or one of another training, of which the log says so.
    """
    if not (folder / FILE).is_file():
        return 0
    device = next(state.network.parameters()).device
    with safe_open(folder / FILE, "pt", device=str(device)) as file:
        metadata = file.metadata()
        if metadata.get("key") != key:
            log.info(
                "%s is of a training with other annotations, settings or weights to begin with: training begins anew",
                folder,
            )
            return 0
        for name, network in (("network", state.network), ("average", state.average)):
            network.load_state_dict({key: file.get_tensor(f"{name}.{key}") for key in network.state_dict()})
        for index, parameter in enumerate(state.network.parameters()):
            moments = {moment: file.get_tensor(f"optimizer.{index}.{moment}") for moment in MOMENTS}
            # AdamW counts its steps on the CPU
            state.optimizer.state[parameter] = moments | {"step": moments["step"].cpu()}
    state.history = History.from_text(metadata["history"])
    return int(metadata["iteration"])


def remove_checkpoint(folder: Path) -> None:
    """Forget a checkpoint that is no longer needed."""
    shutil.rmtree(folder, ignore_errors=True)
