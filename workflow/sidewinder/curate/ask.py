"""`snakemake curate --config movie=<name>`."""

import getpass
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import tifffile

from sidewinder.curate.difference import edits_of_links
from sidewinder.curate.graph import Graph
from sidewinder.curate.listing import is_ours, note_taken, taken, without_reversed, write_edits
from sidewinder.curate.matching import Matching, match_masks, match_places
from sidewinder.curate.reading import read_corrected
from sidewinder.curate.viewer import open_in_napari, why_not
from sidewinder.edits.table import Edit, read_edits
from sidewinder.errors import UserError
from sidewinder.export.geff import track_edges
from sidewinder.fingerprint import digest_at
from sidewinder.names import CURATED, EDITS, MASKS, PUBLISHED, TRACKS
from sidewinder.pixel_size import height_and_width_um
from sidewinder.plan import Plan
from sidewinder.store import atomic_file, open_image, open_labels
from sidewinder.store.table import read_frame, read_made_of

EXPORTED, TAKEN, BESIDE = "exported", "taken.tsv", "edits-taken.tsv"


def curation_asked(config: Mapping[str, object], plan: Plan, results: str) -> list[str]:
    """Take back what is in `curated/<movie>/exported`; where nothing is, open the movie in napari.

    Parameters
    ----------
    config : dict
        Its key `movie` names the movie.
    plan : Plan
        The experiment.
    results : str
        The results folder.

    Returns
    -------
    list of str
        What was done, and what to do next.

    Raises
    ------
    UserError
        If there is no such movie, it has no results yet, or these lack the edits that are there; if what was exported
        cannot be read or is not of this movie; or if the list of edits is the user's own.
    """
    if not config.get("movie"):
        raise UserError("say which movie: snakemake curate --config movie=<a name of the sheet>")
    movie = str(config["movie"])
    plan.row(movie)
    folder, made = Path(CURATED, movie), Path(results, movie)
    for name in (TRACKS, PUBLISHED):
        if not (made / name).exists():
            raise UserError(f"movie {movie}: there is no {made / name} to correct yet; run snakemake first")
    applied = read_made_of(made / TRACKS).get("settings", {}).get("edits", "")
    if applied != plan.edits_digest(movie):
        raise UserError(f"movie {movie}: its results lack edits of {folder / EDITS}; run snakemake first, then correct")
    seen = taken(folder / TAKEN)
    found = {path: digest for path in _exported(folder / EXPORTED) if (digest := digest_at(path)) not in seen}
    if len(found) > 1:
        listed = ", ".join(path.name for path in found)
        raise UserError(f"{folder / EXPORTED}: holds {listed}; leave the one that is to be taken")
    if found:
        ((path, digest),) = found.items()
        return take_back(path, digest, movie, folder, made)
    reason = why_not(os.environ, sys.platform)
    if not reason:
        open_in_napari(made, movie)
    return _what_to_do(folder, reason)


def _exported(folder: Path) -> list[Path]:
    """What may be corrected tracks."""
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    return [path for path in entries if not path.name.startswith(".") and (path.is_dir() or path.suffix == ".xml")]


def _what_to_do(folder: Path, reason: str) -> list[str]:
    return [
        *[f"{reason}: the movie is not shown"] * bool(reason),
        f"nothing new is in {folder / EXPORTED}: put there what you have corrected: a GEFF (tracks.geff), a file of "
        "TrackMate's (.xml), a folder with maskNNN.tif and res_track.txt, or a folder masks of label images; then run "
        "this again",
    ]


def take_back(path: Path, digest: str, movie: str, folder: Path, made: Path) -> list[str]:
    """Write how corrected tracks differ from a movie's results into its list of edits.

    Parameters
    ----------
    path : Path
        What was corrected.
    digest : str
        Its digest.
    movie : str
        The movie's name.
    folder, made : Path
        The movie's folders of corrections and of results.
    """
    image, labels = open_image(made / PUBLISHED), open_labels(made / PUBLISHED)
    sides_um = None if image.pixel_size_um is None else height_and_width_um(image.pixel_size_um, image.pixel_aspect)
    present = _present(made, lambda frame: labels[frame])
    corrected = read_corrected(path, labels.shape[0], sides_um)
    if corrected.masks is not None:
        for frame in np.unique(corrected.frame).tolist():
            if corrected.masks(frame).shape != labels.shape[1:]:
                raise UserError(f"{path}, frame {frame}: its masks have not the size of the movie's frames")
        matching = match_masks(present, corrected)
    else:
        matching = match_places(present, corrected, (labels.shape[1], labels.shape[2]))
    n_gone = sum(edit.edit == "delete" for edit in matching.edits)
    if n_gone > len(present) / 2:
        raise UserError(
            f"{path}: lacks {n_gone} of the {len(present)} cells of movie {movie}, which would be deleted; export all "
            "tracks and all frames of this movie, in pixels or micrometres"
        )
    edits = [*matching.edits, *edits_of_links(present, corrected, matching)]
    return _keep(edits, matching, path, digest, folder, movie)


def _present(made: Path, masks: Callable[[int], np.ndarray]) -> Graph:
    """The cells as the results have them."""
    cells = read_frame(made / TRACKS, columns=["track_id", "frame", "y_px", "x_px", "area_px", "parent_track_id"])
    cells = cells.sort_values(["track_id", "frame"], ignore_index=True)
    parents = cells.groupby("track_id")["parent_track_id"].first()
    yx_px, radius_px = cells[["y_px", "x_px"]].to_numpy(), np.sqrt(cells["area_px"].to_numpy() / np.pi)
    edges = track_edges(cells, parents)
    return Graph(
        cells["frame"].to_numpy(np.int64), yx_px, radius_px, edges, cells["track_id"].to_numpy(np.int64), masks
    )


def _keep(edits: list[Edit], matching: Matching, path: Path, digest: str, folder: Path, movie: str) -> list[str]:
    """Write edits, their masks, and the note of what was taken."""
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    own = folder / EDITS
    target = own if is_ours(own) else folder / BESIDE
    if not is_ours(target):
        raise UserError(f"{own} and {target} were changed by hand, and are not written over: move {target} away")
    stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
    names = {name: f"{stamp}-{name}" for name in matching.masks}
    (folder / MASKS).mkdir(parents=True, exist_ok=True)
    for name, mask in matching.masks.items():
        with atomic_file(folder / MASKS / names[name]) as temporary:
            tifffile.imwrite(temporary, mask, compression="zlib", photometric="minisblack", metadata=None)
    who, why = _user(), f"taken from {path.name}"
    new = [replace(edit, mask=names.get(edit.mask, ""), who=who, when=when, why=why) for edit in edits]
    old = read_edits(target) if target.is_file() else []
    if new:
        write_edits(target, [*without_reversed(old, new), *new])
    note_taken(folder / TAKEN, path.name, digest, when, len(new))
    counts = pd.Series([edit.edit for edit in new], dtype="str").value_counts(sort=False)
    said = ", ".join(f"{n} {kind}" for kind, n in counts.items()) or "nothing differs from the results"
    lines = [f"{path}: {said}"]
    if new and target != own:
        return [*lines, f"{own} was written by hand and stays as it is: copy the rows of {target} into it"]
    return [*lines, *[f"{target} has {len(new)} more edits; run snakemake, which applies them to {movie}"] * bool(new)]


def _user() -> str:
    """Who is logged in, as far as that is known."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
