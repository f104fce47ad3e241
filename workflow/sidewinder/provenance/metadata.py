"""What a table says itself of how it was made: what is the same in every run, without times and machines."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sidewinder.fingerprint import digest_of_all
from sidewinder.names import PROVENANCE
from sidewinder.provenance.keeping import versions
from sidewinder.provenance.record import FOLDER, names_of, read_record

# whose records say what was read from outside, and of which the settings change what is found
READERS = ("preprocess", "infer", "instances")


def made_of(results: Path, movie: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the tables of a movie are made of.

    Parameters
    ----------
    results : path
        The results folder; in a store there are no records, so that only the versions are known.
    movie : str
        The movie's name.
    settings : dict
        Of the stage that makes the tables, by the names of the config's sections.

    Returns
    -------
    dict
        `versions` of Sidewinder and of what computes, `settings`, and of `raw`, `model` or `labels` one SHA-256 each.
    """
    sources: dict[str, str] = {}
    found = dict(settings)
    for stage in READERS:
        (name,) = names_of(stage, movie, [0])
        record = read_record(results / FOLDER / f"{name}.json")
        if record is not None:
            sources |= {kind: digest_of_all(prints) for kind, prints in record.sources.items()}
            found |= {stage: record.settings["settings"]} if "settings" in record.settings else {}
    return {"movie": movie, "versions": versions(), "settings": found, **sources, "more": PROVENANCE}
