"""All kinds of inputs, by name."""

from importlib import import_module
from pathlib import Path

from fuzzing.limited import TryOne

# module and function of each; imported when it is needed, for PyTorch takes seconds
KINDS = {
    "sheet": "tables.sheet",
    "config": "tables.config",
    "annotations": "tables.annotations",
    "corrected labels": "tables.corrections",
    "truth": "tables.truth",
    "model card": "models.card",
    "model weights": "models.weights",
    "package": "models.package",
    "TIFF": "images.tiff",
    "OME-Zarr": "images.omezarr",
    "label image": "images.label_image",
    "own image": "images.own_image",
    "results": "results.results",
    "summary": "results.summary",
    "record": "results.record",
    "labels": "invariants.labels",
    "tracks": "invariants.tracks",
}
# made of files that are not ours to redistribute
REAL_KINDS = {"real TIFF": "images.real_tiff", "real OME-Zarr": "images.real_omezarr"}
REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "formats"


def kinds_here() -> list[str]:
    """The kinds that can be tried on this machine."""
    return [*KINDS, *(REAL_KINDS if REAL.is_dir() else ())]


def prepared(kind: str, folder: Path) -> TryOne:
    """Make what is sound of a kind in a folder; what then damages and tries it."""
    module, _, function = (KINDS | REAL_KINDS)[kind].partition(".")
    try_one: TryOne = getattr(import_module(f"fuzzing.{module}"), function)(folder)
    return try_one
