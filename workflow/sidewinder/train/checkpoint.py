"""Where a training stands, written often enough that a killed one loses minutes.

Tensors only, in safetensors: nothing pickled is ever read.
"""

import hashlib
import json
import shutil
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from sidewinder.store import atomic_folder
from sidewinder.unet import UNet

FILE = "state.safetensors"
MOMENTS = ("exp_avg", "exp_avg_sq", "step")


def fingerprint(settings) -> str:
    """A short text that changes with any setting, so that a checkpoint is never continued with others."""
    return hashlib.sha256(json.dumps(asdict(settings), sort_keys=True).encode()).hexdigest()[:16]


def save_checkpoint(folder: Path, network: UNet, optimizer: torch.optim.AdamW, settings, iteration: int) -> None:
    """Write weights, the optimizer's moments and the iteration.

    Parameters
    ----------
    folder : Path
        The checkpoint folder; replaced.
    network : UNet
        In training.
    optimizer : torch.optim.AdamW
        Its parameters are the network's, in their order.
    settings : dataclass
        Of the training.
    iteration : int
        How many are done.
    """
    tensors = {f"network.{name}": tensor.contiguous() for name, tensor in network.state_dict().items()}
    for index, parameter in enumerate(network.parameters()):
        for moment in MOMENTS:
            tensors[f"optimizer.{index}.{moment}"] = optimizer.state[parameter][moment].contiguous()
    with atomic_folder(folder) as temporary:
        temporary.mkdir(exist_ok=True)
        metadata = {"iteration": str(iteration), "settings": fingerprint(settings)}
        save_file({name: tensor.cpu() for name, tensor in tensors.items()}, temporary / FILE, metadata)


def load_checkpoint(folder: Path, network: UNet, optimizer: torch.optim.AdamW, settings) -> int:
    """Take up a training where its checkpoint left it.

    Parameters
    ----------
    folder : Path
        The checkpoint folder.
    network, optimizer, settings
        As in `save_checkpoint`; network and optimizer are changed in place.

    Returns
    -------
    iteration : int
        How many are done; 0 where there is no checkpoint, or one of other settings.
    """
    if not (folder / FILE).is_file():
        return 0
    device = next(network.parameters()).device
    with safe_open(folder / FILE, "pt", device=str(device)) as file:
        if file.metadata()["settings"] != fingerprint(settings):
            return 0
        prefix = "network."
        names = [name for name in file.keys() if name.startswith(prefix)]
        network.load_state_dict({name.removeprefix(prefix): file.get_tensor(name) for name in names})
        for index, parameter in enumerate(network.parameters()):
            state = {moment: file.get_tensor(f"optimizer.{index}.{moment}") for moment in MOMENTS}
            # AdamW counts its steps on the CPU
            optimizer.state[parameter] = state | {"step": state["step"].cpu()}
        return int(file.metadata()["iteration"])


def remove_checkpoint(folder: Path) -> None:
    """Forget a checkpoint that is no longer needed."""
    shutil.rmtree(folder, ignore_errors=True)
