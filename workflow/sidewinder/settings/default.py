"""`config/config.yaml`, as `python workflow/sidewinder config` prints it."""

import json
from collections.abc import Iterator
from dataclasses import Field, fields
from typing import Any

import yaml

from sidewinder.settings.check import section_of
from sidewinder.settings.sections import Config

HEADER = """\
# Every setting. Override with --config key=value, or with a file of your own: --configfile my.yaml.
# How many threads, how much memory and which partition a job gets is said in profiles/, not here.
# Written by: python workflow/sidewinder config > config/config.yaml; a setting is changed in
# workflow/sidewinder/settings/sections.py.
"""


def default_config() -> str:
    """The text of the file: all settings with their defaults, and what each is for."""
    top = [field for field in fields(Config) if section_of(field) is None]
    blocks = ["\n".join(_beside([_line(field) for field in top]))]
    for field in fields(Config):
        kind = section_of(field)
        if kind is not None:
            lines = [_line(inner, "  ") for inner in fields(kind) if _is_shown(inner)]
            blocks.append("\n".join(_beside([(f"{field.name}:", field.metadata["comment"]), *lines])))
    return HEADER + "\n" + "\n\n".join(blocks) + "\n"


def _is_shown(field: Field[Any]) -> bool:
    return not field.metadata["optional"] or field.metadata["example"] is not None


def _line(field: Field[Any], indent: str = "") -> tuple[str, str]:
    """A setting and its comment."""
    if field.metadata["optional"]:
        return f"{indent}# {field.name}: {_as_yaml(field.metadata['example'])}", field.metadata["comment"]
    return f"{indent}{field.name}: {_as_yaml(field.default)}", field.metadata["comment"]


def _as_yaml(value: Any) -> str:
    """A value on one line, with quotation marks only where it needs them."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_as_yaml, value))}]"
    plain = isinstance(value, str) and yaml.safe_load(value) == value
    return str(value) if plain else json.dumps(value)


def _beside(lines: list[tuple[str, str]]) -> Iterator[str]:
    """Lines with their comments below each other."""
    width = max(len(line) for line, _ in lines) + 2
    for line, comment in lines:
        yield f"{line:{width}}# {comment}" if comment else line
