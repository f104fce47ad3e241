"""`snakemake ctc --config dataset=<name>`."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from sidewinder.challenge.download import download
from sidewinder.challenge.sheet import sequences_of, write_sheet
from sidewinder.challenge.unpack import unpack
from sidewinder.errors import UserError
from sidewinder.store import atomic_folder

ADDRESS = "http://data.celltrackingchallenge.net/training-datasets"
NAME = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*\+?")
LISTED = "https://celltrackingchallenge.net/2d-datasets"
# as the challenge calls sets of slices
THREE_DIMENSIONS = re.compile(r"-[A-Z]3D")


def dataset_asked(config: Mapping[str, object]) -> list[str]:
    """Fetch the set that the key `dataset` of a config asks for; as `fetch_dataset`."""
    if not config.get("dataset"):
        raise UserError(f"say which set: snakemake ctc --config dataset=PhC-C2DH-U373; they are listed at {LISTED}")
    return fetch_dataset(str(config["dataset"]))


def fetch_dataset(name: str, address: str = ADDRESS) -> list[str]:
    """Fetch a training set into the working directory and write a sheet of its sequences.

    Parameters
    ----------
    name : str
        As the challenge calls it. The folder of that name is left alone where it is there already.
    address : str
        The folder on the server.

    Returns
    -------
    lines : list of str
        What was written.

    Raises
    ------
    UserError
        If there is no such set, or it cannot be fetched as a whole, is not safe to unpack or not laid out as the
        challenge's are, or if there is a sheet already. Nothing of it is then left.
    """
    if not NAME.fullmatch(name):
        raise UserError(f"dataset: {name!r} is no name of a set; they are listed at {LISTED}")
    if THREE_DIMENSIONS.search(name):
        raise UserError(f"dataset: {name} is a set of slices, and cells are tracked in two dimensions; {LISTED}")
    sheet = f"{name}.tsv"
    if os.path.lexists(sheet):
        raise UserError(f"{sheet} is there already and is not overwritten; move it, or use it")
    was_there = os.path.lexists(name)
    if not was_there:
        with atomic_folder(name) as temporary:
            archive = temporary / ".zip"
            download(f"{address}/{name}.zip", archive, LISTED)
            unpack(archive, name, temporary)
            archive.unlink()
            sequences_of(name, temporary)
    lines = write_sheet(name, Path(sheet))
    return [*[f"{name} is there already, and was not fetched again"] * was_there, *lines]
