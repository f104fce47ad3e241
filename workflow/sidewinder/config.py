"""The config, checked before anything runs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from sidewinder.errors import UserError
from sidewinder.settings import Config, problems

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
    wrong = [f"{source}: {problem}" for problem in problems(Config, config)]
    if wrong and in_module:
        wrong.append(MODULE_HINT)
    if wrong:
        raise UserError("\n".join(wrong))


def _typed(value: object) -> object:
    """A number or a truth value that is written as text; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        read = json.loads(value)
    except ValueError:
        return value
    return read if isinstance(read, bool | int | float) else value
