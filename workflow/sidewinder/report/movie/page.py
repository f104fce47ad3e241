"""`report.html`: one file that holds the page, the movie's frames, its cells and its tables."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from sidewinder.report.movie.facts import read_warnings
from sidewinder.report.movie.material import Material, gather
from sidewinder.report.movie.origin import facts_of_model, facts_of_origin
from sidewinder.report.one_file import as_base64, as_json, as_zipped, filled, scripts_of, styles_of
from sidewinder.store import atomic_file

log = logging.getLogger("sidewinder")

PAGE = Path(__file__).parent / "page"
# what is larger is slow to open and to pass on
LARGEST_PAGE_BYTES = 20_000_000


def write_report(
    movie_zarr: str | Path,
    tracks: str | Path,
    lineage: str | Path,
    warnings: str | Path,
    repairs: str | Path,
    label_tracks: str | Path,
    output: str | Path,
    *,
    movie: str,
    channel: str,
    columns: Literal["auto"] | Sequence[str],
    model: str | Path,
    row: Mapping[str, str],
    made: Sequence[Mapping[str, Any]],
) -> None:
    """Write the page.

    Parameters
    ----------
    movie_zarr : path
        The published movie.
    tracks, lineage, warnings : path
        Its tables.
    repairs, label_tracks : path
        What `track` has painted over the labels, and which label is which track.
    output : path
        The page.
    movie : str
        The movie's name.
    channel : str
        Which channel is shown first, by name or index from 0; of several, separated by commas, the first.
    columns : "auto" or sequence of str
        Which columns of the table of cells the page has, as of `chosen_columns`.
    model : path or ""
        The model's folder, or a package; empty where the label images are the user's own.
    row : dict of str to str
        The movie's row of the sheet.
    made : sequence of dict
        What the results were made of, as of `sidewinder.provenance.described`.

    Raises
    ------
    UserError
        If movie and tables are not of the same run.
    """
    material = gather(movie_zarr, tracks, lineage, repairs, label_tracks, channel=channel, columns=columns)
    about = {"movie": movie, "warnings": read_warnings(warnings), "model": facts_of_model(model)}
    page = _page(material, about | {"origin": facts_of_origin(movie, row, made)})
    if len(page) > LARGEST_PAGE_BYTES:
        log.warning("report: WARNING: the page has %.0f MB and opens slowly", len(page) / 1e6)
    with atomic_file(output) as temporary:
        temporary.write_bytes(page)


def _page(material: Material, about: Mapping[str, Any]) -> bytes:
    """The page's bytes, the same for the same material."""
    parts = {
        "style": styles_of(PAGE),
        "script": scripts_of(PAGE),
        "facts": as_json({**about, **material.facts}),
        "arrays": as_zipped(material.arrays, 6),
        "pictures": as_base64(material.pictures),
    }
    return filled((PAGE / "page.html").read_text(encoding="utf-8"), parts)
