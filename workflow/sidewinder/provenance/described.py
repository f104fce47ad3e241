"""What the results of a movie were made of, as a page shows it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sidewinder.fingerprint import Prints
from sidewinder.names import EDITS
from sidewinder.provenance.record import FOLDER, names_of, read_record

# what a report is made of; whether other stages have run by then is chance
STAGES = ("preprocess", "infer", "instances", "track", "plausibility", "publish")
# names of files that are shown
MOST_FILES = 5


def described(results: str | Path, movie: str) -> list[dict[str, Any]]:
    """Describe the records of a movie's stages.

    Parameters
    ----------
    results : path
        The results folder.
    movie : str
        The movie's name.

    Returns
    -------
    list of dict
        Of each stage that has a record, in the order of the stages: `stage`, `made` (when), `settings`, `versions`,
        and `sources`, of each kind the number of files and the first names and digests. Of blocks, the first stands
        for all.
    """
    found = []
    for stage in STAGES:
        (name,) = names_of(stage, movie, [0])
        record = read_record(Path(results) / FOLDER / f"{name}.json")
        if record:
            sources = {kind: _shown(prints) for kind, prints in record.sources.items()} | _edits(record.settings)
            about = {"made": record.made, "settings": record.settings, "versions": record.versions}
            found.append({"stage": stage, **about, "sources": sources})
    return found


def _edits(settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The user's corrections, with which a movie was tracked; their digest is of the list and its masks."""
    digest = settings.get("edits")
    return {"corrections": {"n": 1, "files": [[EDITS, digest]]}} if digest else {}


def _shown(prints: Prints) -> dict[str, Any]:
    files = [[name, one.digest] for name, one in sorted(prints.items())]
    return {"n": len(files), "files": files[:MOST_FILES]}
