"""The config, checked before anything runs."""

import difflib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from sidewinder.errors import UserError
from sidewinder.schema import complaints, load_schema, validator


def completed(config: dict, defaults: Path) -> dict:
    """A config with the defaults for what it does not say.

    Parameters
    ----------
    config : dict
        Some of the keys, at any level; left as it is.
    defaults : path
        The file with all of them.
    """
    return _merged(yaml.safe_load(defaults.read_text()), config)


def check_config(config: dict, files: Sequence[str]) -> None:
    """Check the merged config.

    Parameters
    ----------
    config : dict
        As Snakemake merged it from the files and the command line. Changed in place: inside of a section, such as
        ``--config track='{max_gap_frames: 1}'``, Snakemake hands numbers over as text, which become numbers again.
    files : sequence of str
        The files it comes from, to be named in errors.

    Raises
    ------
    UserError
        With one line for each key that is unknown or whose value is not allowed.
    """
    for section in config.values():
        if isinstance(section, dict):
            section.update({key: _typed(value) for key, value in section.items()})
    source = " + ".join(files) or "config"
    problems = [f"{source}: {problem}" for problem in _unknown(config, load_schema("config"))]
    for key, found, allowed in complaints(validator("config"), config):
        problems.append(f"{source}: {key}: {found}; allowed is {allowed}")
    if problems:
        raise UserError("\n".join(problems))


def _merged(below: dict, above: dict) -> dict:
    """Both configs in one; what `above` says goes before."""
    merged = dict(below)
    for key, value in above.items():
        lower = below.get(key)
        merged[key] = _merged(lower, value) if isinstance(lower, dict) and isinstance(value, dict) else value
    return merged


def _typed(value: object) -> object:
    """A number or a truth value that is written as text; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        read = json.loads(value)
    except ValueError:
        return value
    return read if isinstance(read, bool | int | float) else value


def _unknown(config: dict, schema: dict, above: str = "") -> Iterator[str]:
    """Name each key that the schema does not know, with the known key that it is most like."""
    known = schema["properties"]
    for key, value in config.items():
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.6)
            hint = f"did you mean {above}{near[0]}?" if near else f"allowed are {', '.join(known)}"
            yield f"there is no key {above}{key}; {hint}"
        elif isinstance(value, dict) and "properties" in known[key]:
            yield from _unknown(value, known[key], f"{above}{key}.")
