"""The device on which the network runs, and which of several GPUs."""

import fcntl
import logging
import os
import stat
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from sidewinder.errors import UserError

log = logging.getLogger("sidewinder")

SHARE_OF_GPU = 0.8
SECONDS_BETWEEN_LOOKS = 1.0
# of another user's making at the worst, all of them; then jobs are not kept apart
MOST_FOLDERS = 100


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


def own_folder(parent: Path) -> Path | None:
    """A folder that is this user's alone, the same in all processes of the user.

    Names in the temporary folder can be guessed and taken by other users, who must not keep this one from working: the
    first name is used that nobody has taken before this user.

    Parameters
    ----------
    parent : path
        Where all users of the machine may write.

    Returns
    -------
    folder : path or None
        With access for its owner only; None where no name is left.
    """
    for number in range(MOST_FOLDERS):
        folder = parent / f"sidewinder-gpu-{os.getuid()}-{number}"
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            pass
        except OSError:
            return None
        # of a link itself, not of where it leads
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077:
            return folder
    return None


def claim_first(names: Sequence[str], folder: Path) -> int:
    """Claim the first of some things that no other process has claimed; wait while there is none.

    Parameters
    ----------
    names : sequence of str
        The same in every process.
    folder : path
        The folder of the locks, on this machine, to which only this user has access.

    Returns
    -------
    index : int
        Into `names`; claimed until this process ends, however it ends.
    """
    told = False
    while True:
        for index, name in enumerate(names):
            if _locked(folder / name.replace("/", "_")):
                return index
        if not told:
            log.info("infer: waiting for a GPU: other jobs use all %d", len(names))
            told = True
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _locked(path: Path) -> bool:
    """Lock a file for the life of this process; False where another process holds it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    return True
