"""The device on which the network runs, and which of several GPUs."""

import logging
import os
import tempfile
from pathlib import Path

import torch

from sidewinder.errors import UserError
from sidewinder.infer.claim import claim_first, own_folder

log = logging.getLogger("sidewinder")

SHARE_OF_GPU = 0.8


def choose_device(wanted: str, gpu_asked: bool = False) -> str:
    """Resolve `auto`, and refuse a GPU that is not there.

    Parameters
    ----------
    wanted : str
        `auto`, `cpu` or `cuda`.
    gpu_asked : bool
        Whether the job was given a GPU, so that `auto` must not leave it idle.

    Returns
    -------
    device : str
        `cpu`, or `cuda` with the number of a GPU that no other job of this user on this machine uses.

    Raises
    ------
    UserError
        If a GPU is wanted and cannot be used.
    """
    if wanted == "cpu" or (wanted == "auto" and not gpu_asked and not torch.cuda.is_available()):
        return "cpu"
    if not torch.cuda.is_available():
        why = "infer.device is cuda" if wanted == "cuda" else "the profile asks for a GPU for this job"
        raise UserError(f"{why}, but {_reason()}; or set infer.device to cpu, and ask for no GPU")
    return f"cuda:{_claim()}"


def free_gpu_bytes(device: str) -> float:
    """The part of a GPU's free memory that windows and feature maps may take; the rest is for cuDNN's workspace."""
    free, _ = torch.cuda.mem_get_info(device)
    return SHARE_OF_GPU * free


def _reason() -> str:
    """Why no GPU can be used, and what to do about it."""
    build = f"PyTorch {torch.__version__}"
    if torch.version.cuda is None:
        return f"{build} was built without CUDA: install a build with CUDA (envs/gpu.yaml)"
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    seen = "" if visible is None else f", CUDA_VISIBLE_DEVICES={visible!r}"
    return (
        f"{build}, built for CUDA {torch.version.cuda}, finds no usable GPU{seen}: see whether nvidia-smi works on "
        "this node, and load the cluster's CUDA module before the run (module load cuda)"
    )


def _claim() -> int:
    """The number of a GPU for this process alone."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
    if not all(name.startswith(("GPU-", "MIG-")) for name in visible):
        # the same card may have another number in a process that sees fewer of them
        visible = [str(torch.cuda.get_device_properties(number).uuid) for number in range(torch.cuda.device_count())]
    folder = own_folder(Path(tempfile.gettempdir()))
    if folder is None:
        log.warning(
            "WARNING: infer: no folder for locks could be made in %s, so that jobs may share a GPU",
            tempfile.gettempdir(),
        )
        return 0
    return claim_first(visible, folder)
