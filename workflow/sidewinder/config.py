"""The config, checked before anything runs."""

import difflib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from sidewinder.errors import UserError
from sidewinder.schema import complaints, load_schema, validator

MODULE_HINT = 'the module was given this config; give it a section of its own: config: config["sidewinder"]'


def read_config(path: str | Path) -> dict[str, Any]:
    """What a config file says.

    Parameters
    ----------
    path : path
        A YAML file.

    Raises
    ------
    UserError
        Where it cannot be read, or is no config.
    """
    try:
        config = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UserError(f"{path} cannot be read as a config: {error}") from error
    if not isinstance(config, dict | type(None)):
        raise UserError(f"{path} is no config: lines of key: value are expected")
    return config or {}


def merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Both configs in one, section by section; what `above` says goes before."""
    both = dict(below)
    for key, value in above.items():
        lower = below.get(key)
        both[key] = merged(lower, value) if isinstance(lower, dict) and isinstance(value, dict) else value
    return both


def check_config(config: dict[str, Any], files: Sequence[str], in_module: bool = False) -> None:
    """Check the merged config.

    Parameters
    ----------
    config : dict
        As Snakemake merged it from the files and the command line. Changed in place: inside of a section, such as
        ``--config track='{max_gap_frames: 1}'``, Snakemake hands numbers over as text, which become numbers again.
    files : sequence of str
        The files it comes from, to be named in errors.
    in_module : bool
        Whether another workflow has given it to Sidewinder as a module.

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
    if problems and in_module:
        problems.append(MODULE_HINT)
    if problems:
        raise UserError("\n".join(problems))


def _typed(value: object) -> object:
    """A number or a truth value that is written as text; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        read = json.loads(value)
    except ValueError:
        return value
    return read if isinstance(read, bool | int | float) else value


def _unknown(config: dict[str, Any], schema: dict[str, Any], above: str = "") -> Iterator[str]:
    """Name each key that the schema does not know, with the known key that it is most like."""
    known = schema["properties"]
    for key, value in config.items():
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.6)
            hint = f"did you mean {above}{near[0]}?" if near else f"allowed are {', '.join(known)}"
            yield f"there is no key {above}{key}; {hint}"
        elif isinstance(value, dict) and "properties" in known[key]:
            yield from _unknown(value, known[key], f"{above}{key}.")
