"""The config, checked before anything runs."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from sidewinder.errors import UserError
from sidewinder.plain_yaml import check_expansion, load_yaml
from sidewinder.settings import Config, problems
from sidewinder.settings.check import schema_of
from sidewinder.settings.kinds import PATH

# what YAML and JSON do not take for a number, as .5
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")

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
        check_keys([path])
        config = load_yaml(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UserError(f"{path} cannot be read as a config: {error}") from error
    if not isinstance(config, dict | type(None)):
        raise UserError(f"{path} is no config: lines of key: value are expected")
    return config or {}


def check_keys(files: Iterable[str | Path]) -> None:
    """Refuse config files in which a key stands twice, of which YAML takes the second without a word, and such as grow
    without end.

    Parameters
    ----------
    files : iterable of path
        Whatever is no YAML in them is left to who reads them.

    Raises
    ------
    UserError
        Names the file, and key and lines.
    """
    for path in files:
        try:
            root = yaml.compose(Path(path).read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except (OSError, ValueError, RecursionError, yaml.YAMLError):
            continue
        try:
            check_expansion(root)
        except ValueError as error:
            raise UserError(f"{path} cannot be read as a config: {error}") from error
        for key, first, second in _twice(root, ""):
            raise UserError(
                f"{path}: the key {key} stands in line {first} and again in line {second}, which would take the place "
                "of the first; put both together"
            )


def _twice(node: yaml.Node | None, above: str) -> Iterator[tuple[str, int, int]]:
    """The keys that stand twice in a mapping, or inside of it, and the lines of both."""
    if isinstance(node, yaml.SequenceNode):
        for inner in node.value:
            yield from _twice(inner, above)
    if not isinstance(node, yaml.MappingNode):
        return
    lines: dict[str, int] = {}
    for key, value in node.value:
        name, line = f"{above}{key.value}", key.start_mark.line + 1
        if name in lines:
            yield name, lines[name], line
        lines.setdefault(name, line)
        yield from _twice(value, f"{name}.")


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
        ``--config track='{max_gap_frames: 1}'``, Snakemake hands numbers over as text, which become numbers again, and
        ~ in paths becomes the home folder.
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
    _expand_homes(config, schema_of(Config), source)


def _expand_homes(config: dict[str, Any], schema: dict[str, Any], source: str, above: str = "") -> None:
    """Put the home folder in the place of ~ wherever a path stands."""
    for key, inner in schema["properties"].items():
        value = config.get(key)
        if isinstance(value, dict) and "properties" in inner:
            _expand_homes(value, inner, source, f"{above}{key}.")
        elif isinstance(value, str) and value.startswith("~") and PATH.items() <= inner.items():
            config[key] = os.path.expanduser(value)
            if config[key] == value:
                raise UserError(
                    f"{source}: {above}{key}: found {value!r}; there is no such home folder; a file is ./{value}"
                )


def _typed(value: object) -> object:
    """A number or a truth value that is written as text, also in a list; anything else as it is."""
    if isinstance(value, list):
        return [_typed(inner) for inner in value]
    if not isinstance(value, str):
        return value
    try:
        read = json.loads(value)
    except ValueError:
        return float(value) if NUMBER.fullmatch(value) else value
    return read if isinstance(read, bool | int | float) else value
