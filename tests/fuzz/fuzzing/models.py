"""Model folders and packages of others."""

import json
import struct
import zipfile
from pathlib import Path
from random import Random

import torch
import yaml

from fuzzing.damage import of_bytes, of_text, of_tree
from fuzzing.limited import TryOne
from sidewinder.exchange.network import load_package
from sidewinder.exchange.package import write_package
from sidewinder.model import CLASSES, load_model, save_model
from sidewinder.names import CARD, WEIGHTS
from sidewinder.normalization import ByQuantiles
from sidewinder.unet import Architecture, UNet


def small_model(folder: Path) -> Path:
    """Write a model folder."""
    torch.set_num_threads(1)
    network = UNet(Architecture(depth=2, base_width=4))
    save_model(folder / "mine", network.eval(), ByQuantiles(), CLASSES, {"pixel_size_um": 0.5})
    return folder / "mine"


def card(folder: Path) -> TryOne:
    """The card of a model."""
    path = small_model(folder) / CARD
    text = path.read_text()
    tree = yaml.safe_load(text)

    def try_one(rng: Random) -> None:
        path.write_bytes(of_text(rng, text) if rng.random() < 0.4 else yaml.safe_dump(of_tree(rng, tree)).encode())
        load_model(path.parent)

    return try_one


def weights(folder: Path) -> TryOne:
    """The weights of a model: the header of safetensors, and the bytes."""
    path = small_model(folder) / WEIGHTS
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    tree, tensors = json.loads(data[8 : 8 + length]), data[8 + length :]

    def try_one(rng: Random) -> None:
        if rng.random() < 0.4:
            path.write_bytes(of_bytes(rng, data, list(range(8 + length))))
        else:
            header = json.dumps(of_tree(rng, tree)).encode("utf-8", "surrogatepass")
            path.write_bytes(struct.pack("<Q", len(header)) + header + tensors)
        load_model(path.parent)

    return try_one


def package(folder: Path) -> TryOne:
    """A package of the BioImage Model Zoo: its description, its weights, and the zip file itself."""
    write_package(small_model(folder), folder / "ours.zip")
    data = (folder / "ours.zip").read_bytes()
    with zipfile.ZipFile(folder / "ours.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    described = next(name for name in files if name.endswith("rdf.yaml") or name.endswith("bioimageio.yaml"))
    tree = yaml.safe_load(files[described])

    def try_one(rng: Random) -> None:
        changed, chance = dict(files), rng.random()
        if chance < 0.6:
            changed[described] = yaml.safe_dump(of_tree(rng, tree)).encode()
        elif chance < 0.8:
            changed[described] = of_text(rng, files[described].decode())
        else:
            name = rng.choice(sorted(files))
            changed[name] = of_bytes(rng, files[name])
        with zipfile.ZipFile(folder / "theirs.zip", "w") as archive:
            for name, content in changed.items():
                archive.writestr(name, content)
        if rng.random() < 0.1:
            (folder / "theirs.zip").write_bytes(of_bytes(rng, data))
        load_package("theirs.zip")

    return try_one
