"""What a job made its results of: one record a job, beside its log and its benchmark.

A job removes its record when it begins and writes it when all is made: a record is never there without the results that
it is of. It holds fingerprints of the raw data, the model or the truth, the settings, the keys of the records that the
job's inputs come from, digests of the published files, versions, and when it was made. Its own key is made from all but
the times of files, the versions and the machine, so that the keys tell whether a job's inputs were made again since.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from sidewinder.fingerprint import Print, Prints
from sidewinder.names import BLOCKWISE, EXPERIMENT

# beside the record that a job is going to write, from its beginning until then
BEGUN = ".begun"
# beside the record of an old name of a movie: the new one, and the key of the record that this is said of
RENAMED = ".renamed"
FOLDER = "records"
# the stage that makes the tables of all movies, and its record
TABLES = Path(EXPERIMENT).stem
# the one that makes the page of all movies
OVERVIEW = "report_all"
# whose records the inputs of a stage come from; what those were made of is in their keys. Where the user gives label
# images, those of `instances` come from `preprocess`
BEFORE = {
    "preprocess": "",
    "infer": "preprocess",
    "instances": "infer",
    "track": "instances",
    "plausibility": "track",
    "publish": "track",
    "overlay": "publish",
    "report": "publish",
    "within": "publish",
    "ctc": "publish",
    "geff": "track",
    "trackmate": "publish",
    "napari": "track",
    "colorizer": "publish",
    "video": "publish",
    "video_mp4": "publish",
    "ome_zarr_04": "publish",
    "evaluate": "ctc",
}


def before_of(stage: str, own_labels: bool) -> str:
    """Whose records the inputs of a stage come from; `own_labels` where the user gives label images."""
    return "preprocess" if own_labels and stage == "instances" else BEFORE.get(stage, "")


def of_outer(stage: str, within: str | None) -> list[str]:
    """The names of records of another movie, which a movie's row names in the column within, of which a stage's inputs
    come."""
    return [f"{BEFORE[stage]}/{within}"] if stage == "within" and within else []


@dataclass(frozen=True)
class Record:
    """What a job's results were made of.

    Parameters
    ----------
    settings : dict
        Parameters of the rule, as JSON has them.
    before : dict of str to str
        The keys of the records of what it was made from, by their names; empty where there was none.
    sources : dict of str to Prints
        Under "raw", "region", "flat_field", "dark_field", "model", "labels" or "truth" the fingerprints of the files
        that were read, with digests.
    files : dict of str to str
        The digests of what was published, by the names of files and folders.
    versions : dict of str to str
        Of Python, Sidewinder and the libraries that compute.
    made : str
        When; no two runs of a job have the same.
    machine : str
        Where.
    """

    settings: dict[str, Any] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    sources: dict[str, Prints] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    made: str = ""
    machine: str = ""

    @cached_property
    def key(self) -> str:
        """What changes with all but the times of files and versions; SHA-256 in hexadecimal digits."""
        sources = {
            kind: [[name, one.size, one.digest] for name, one in sorted(prints.items())]
            for kind, prints in self.sources.items()
        }
        text = json.dumps([self.settings, self.before, sources, self.files, self.made], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


def digest_of_rows(rows: Sequence[Mapping[str, str]]) -> str:
    """A short text that changes with anything that the sheet says of the movies in the tables of all."""
    return hashlib.sha256(json.dumps([dict(row) for row in rows], sort_keys=True).encode()).hexdigest()


def names_of(stage: str, movie: str, blocks: Iterable[int]) -> list[str]:
    """The names of the records that a stage has of a movie, below the folder of records and without their ending."""
    return [f"{stage}/{movie}-{block}" for block in blocks] if stage in BLOCKWISE else [f"{stage}/{movie}"]


def write_record(path: Path, record: Record) -> None:
    """Write a record, whole or not at all."""
    write_whole(path, json.dumps({"key": record.key} | asdict(record), separators=(",", ":"), default=str))


def write_whole(path: Path, text: str) -> None:
    """Write a line of text or several, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # the store's way needs Zarr, which the process of a run may lack; what a killed process left has the same name
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_text(text + "\n", encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def read_record(path: str | Path) -> Record | None:
    """Read a record; None where there is none, or one that says nothing, as after a fault of the disk."""
    try:
        with open(path, "rb") as file:
            held: Mapping[str, Any] = json.loads(file.read())
        sources = {
            kind: {name: Print(*one) for name, one in prints.items()} for kind, prints in held["sources"].items()
        }
        record = Record(held["settings"], held["before"], sources, held["files"], held["versions"], held["made"])
        record = replace(record, machine=str(held.get("machine", "")))
        return record if record.key == held["key"] else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
