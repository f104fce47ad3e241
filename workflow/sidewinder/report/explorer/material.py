"""All that the page is given: facts, and two blobs whose ranges the facts name."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sidewinder.errors import UserError
from sidewinder.exchange.description import is_package
from sidewinder.model import Model, load_model
from sidewinder.report.explorer.network import Piece, blocks_of, export_pieces
from sidewinder.report.explorer.scene import make_scene
from sidewinder.report.one_file import joined, packed
from sidewinder.settings import ExplorerSettings, InstanceSettings
from sidewinder.store import open_image
from sidewinder.unet import fold_batch_norm


@dataclass(frozen=True)
class Material:
    """What goes into the page.

    Parameters
    ----------
    facts : dict
        What JSON can hold; `arrays` and `pieces` say where in the blobs something lies.
    arrays : bytes
        Numbers, little-endian.
    network : bytes
        The pieces of the network, or nothing.
    """

    facts: dict[str, Any]
    arrays: bytes
    network: bytes

    def without_network(self) -> "Material":
        """The same material for a page that shows only what has been computed beforehand."""
        return Material(self.facts | {"pieces": [], "has_network": False}, self.arrays, b"")


def gather(
    image: str | Path,
    model: str | Path,
    *,
    movie: str,
    channel: str,
    truth: str | Path | None,
    choice: ExplorerSettings,
    settings: InstanceSettings,
    pixel_size_um: float | str | None = None,
) -> Material:
    """Gather the material of a movie and its model.

    Parameters
    ----------
    image : path
        The movie as preprocessed.
    model : path
        The model folder.
    movie : str
        The movie's name.
    channel, truth, choice, settings
        As for `make_scene`.
    pixel_size_um : float or str or None
        What the sheet says; overrides what the image says.

    Raises
    ------
    UserError
        If the model is a package of others, or as `make_scene`.
    """
    if is_package(model):
        raise UserError(
            f"the explorer looks into Sidewinder's own models, and {model} is a package of the BioImage Model Zoo; "
            "choose a movie with another model (explorer.movie), or give a model folder"
        )
    loaded = load_model(model)
    opened = open_image(image, pixel_size_um=pixel_size_um)
    scene = make_scene(opened, loaded, channel=channel, truth=truth, choice=choice, settings=settings)
    pieces = export_pieces(loaded)
    arrays, index = packed(scene.arrays)
    network, parts = joined({piece.name: piece.onnx for piece in pieces})
    facts = {
        "movie": movie,
        "model": Path(model).name,
        **_facts_of_model(loaded),
        "settings": {"foreground": settings.foreground, "seed": settings.seed},
        "pieces": [_facts_of_piece(piece, *parts[piece.name]) for piece in pieces],
        **scene.facts,
        "arrays": index,
        "has_network": True,
    }
    return Material(facts, arrays, network)


def _facts_of_model(model: Model) -> dict[str, Any]:
    """What the page says of a model."""
    architecture = model.network.architecture
    return {
        "about": str(model.card.get("about") or ""),
        "not_for": str(model.card.get("not_for") or ""),
        "architecture": {
            "in_channels": architecture.in_channels,
            "n_classes": architecture.n_classes,
            "depth": architecture.depth,
            "base_width": architecture.base_width,
            "skips": list(architecture.skips),
            "stride_px": architecture.stride_px,
            "halo_px": architecture.halo_px,
            "receptive_field_px": architecture.receptive_field_px,
            "widths": list(architecture.widths),
        },
        "classes": list(model.classes),
        "normalization": model.normalization.card(),
        "blocks": [
            {"id": block.name, "n_weights": block.n_weights, "channels": block.n_channels}
            for block in blocks_of(fold_batch_norm(model.network))
        ],
    }


def _facts_of_piece(piece: Piece, start: int, size: int) -> dict[str, Any]:
    """What a piece takes and gives, and where it lies."""
    return {
        "id": piece.name,
        "inputs": list(piece.inputs),
        "outputs": list(piece.outputs),
        "start": start,
        "size": size,
    }
