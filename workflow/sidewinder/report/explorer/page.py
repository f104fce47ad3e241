"""`explorer/index.html`: one file that holds the page, the network, the frames and what runs them in the browser."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from sidewinder.report.explorer.material import Material, gather
from sidewinder.report.one_file import as_base64, as_json, as_zipped, filled, scripts_of
from sidewinder.settings import ExplorerSettings, InstanceSettings, from_section
from sidewinder.store import atomic_file

log = logging.getLogger("sidewinder")

HERE = Path(__file__).parent
PAGE, VENDOR = HERE / "page", HERE / "vendor"
RUNTIME, RUNTIME_SCRIPT, IMAGES_SCRIPT = "ort-wasm-simd-threaded.wasm.gz", "ort.wasm.bundle.min.mjs", "images.js"
# a larger page is slow to open and to pass on
LARGEST_PAGE_BYTES = 15_000_000


def write_explorer(
    image: str | Path,
    model: str | Path,
    output: str | Path,
    *,
    movie: str,
    channel: str,
    truth: str | Path | None,
    frame: str | int,
    region: str | Sequence[float],
    region_px: int,
    instances: dict[str, Any],
    threads: int,
    pixel_size_um: float | str | None = None,
) -> None:
    """Write the page.

    Parameters
    ----------
    image : path
        The movie as preprocessed.
    model : path
        The model folder.
    output : path
        The page.
    movie : str
        The movie's name.
    channel : str
        Which channel is segmented, as for `infer_movie`.
    truth : path or None
        A folder like the Cell Tracking Challenge's `01_GT`.
    frame, region, region_px
        What is shown, see `sidewinder.settings`.
    instances : dict
        Fields of `InstanceSettings`.
    threads : int
        Threads of the CPU.
    pixel_size_um : float or str or None
        What the sheet says; overrides what the image says.

    Raises
    ------
    UserError
        If the model is a package of others or takes another number of channels, or frame or region are not in the
        movie.
    """
    torch.set_num_threads(threads)
    settings = from_section(InstanceSettings, "instances", instances)
    chosen = {"frame": frame, "region": region, "region_px": region_px}
    choice = from_section(ExplorerSettings, "explorer", chosen)
    material = gather(
        image,
        model,
        movie=movie,
        channel=channel,
        truth=truth,
        choice=choice,
        settings=settings,
        pixel_size_um=pixel_size_um,
    )
    page = _page(material)
    if len(page) > LARGEST_PAGE_BYTES:
        log.warning(
            "explorer: WARNING: with the network the page would have %.0f MB, more than %.0f; it shows what has been "
            "computed beforehand, and no network runs on it",
            len(page) / 1e6, LARGEST_PAGE_BYTES / 1e6,
        )  # fmt: skip
        page = _page(material.without_network())
    with atomic_file(output) as temporary:
        temporary.write_bytes(page)


def _page(material: Material) -> bytes:
    """The page's bytes, the same for the same material."""
    runs = bool(material.network)
    parts = {
        "style": (PAGE / "style.css").read_text(encoding="utf-8"),
        "script": scripts_of(PAGE),
        "worker": (PAGE / "worker.js").read_text(encoding="utf-8"),
        "skips": as_json(json.loads((PAGE / "skips.json").read_text(encoding="utf-8"))),
        "facts": as_json(material.facts),
        "arrays": as_zipped(material.arrays),
        "network": as_zipped(material.network) if runs else "",
        "runtime": as_base64((VENDOR / RUNTIME).read_bytes()) if runs else "",
        "runtime_script": as_base64((VENDOR / RUNTIME_SCRIPT).read_bytes()) if runs else "",
        "images_script": (VENDOR / IMAGES_SCRIPT).read_text(encoding="utf-8"),
    }
    return filled((PAGE / "page.html").read_text(encoding="utf-8"), parts)
