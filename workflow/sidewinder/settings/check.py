"""Values of a user against the sections: what is unknown, what is not allowed."""

import difflib
from collections.abc import Iterator
from dataclasses import Field, fields
from typing import Any, TypeVar

from sidewinder.errors import UserError
from sidewinder.schema import Validator, complaints
from sidewinder.settings.sections import Section

Settings = TypeVar("Settings", bound=Section)


def from_section(kind: type[Settings], section: str, values: dict[str, Any]) -> Settings:
    """Make settings of a config's section.

    Parameters
    ----------
    kind : type
        A dataclass of `sidewinder.settings.sections`.
    section : str
        The section's name, for the message.
    values : dict
        What the config says; what it does not say has its default.

    Raises
    ------
    UserError
        With one line for each key that is unknown or whose value is not allowed.
    """
    wrong = problems(kind, {**defaults(kind), **values}, f"{section}.")
    if wrong:
        raise UserError("\n".join(f"config: {problem}" for problem in wrong))
    return made(kind, values)


def problems(kind: type[Section], values: dict[str, Any], above: str = "") -> list[str]:
    """What is wrong with a config, or with a section of it.

    Parameters
    ----------
    kind : type
        A dataclass of `sidewinder.settings.sections`.
    values : dict
        What the user says, and the defaults.
    above : str
        Stands before the keys, such as `track.`.

    Returns
    -------
    problems : list of str
        A sentence each.
    """
    schema = schema_of(kind)
    found = list(_unknown(values, schema, above))
    for key, what, allowed in complaints(Validator(schema), values):
        found.append(f"{above}{key}: {what}; allowed is {allowed}")
    return found or [f"{above}{key}: {what}" for key, what in _conflicts(made(kind, values))]


def made(kind: type[Settings], values: dict[str, Any]) -> Settings:
    """The settings of what is known to be allowed."""
    inner = {field.name: section_of(field) for field in fields(kind)}
    return kind(**{name: made(section, values[name]) if (section := inner[name]) else values[name] for name in values})


def _conflicts(settings: Section) -> Iterator[tuple[str, str]]:
    """What does not go together in a section, and in those inside of it."""
    for field in fields(settings):
        inner = getattr(settings, field.name)
        if isinstance(inner, Section):
            yield from ((f"{field.name}.{key}", what) for key, what in _conflicts(inner))
    yield from settings.conflicts()


def defaults(kind: type[Section]) -> dict[str, Any]:
    """What a section says where the user says nothing, as YAML would have it; without what is optional."""
    return {field.name: _default(field) for field in fields(kind) if not field.metadata["optional"]}


def section_of(field: Field[Any]) -> type[Section] | None:
    """The dataclass of a field that is a section; None of one that is a setting."""
    kind = field.default_factory
    return kind if isinstance(kind, type) and issubclass(kind, Section) else None


def _default(field: Field[Any]) -> Any:
    inner = section_of(field)
    if inner is not None:
        return defaults(inner)
    return list(field.default) if isinstance(field.default, tuple) else field.default


def schema_of(kind: type[Section]) -> dict[str, Any]:
    """The JSON schema of a section, or of the whole config."""
    properties = {}
    for field in fields(kind):
        inner = section_of(field)
        properties[field.name] = field.metadata["kind"].as_schema() if inner is None else schema_of(inner)
    *first, last = properties
    return {
        "type": "object",
        "required": list(defaults(kind)),
        "properties": properties,
        "error_message": f"a section with {', '.join(first)} and {last}",
    }


def _unknown(values: dict[str, Any], schema: dict[str, Any], above: str) -> Iterator[str]:
    """Name each key that the schema does not know, with the known key that it is most like."""
    known = schema["properties"]
    for key, value in values.items():
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.6)
            hint = f"did you mean {above}{near[0]}?" if near else f"allowed are {', '.join(known)}"
            yield f"there is no key {above}{key}; {hint}"
        elif isinstance(value, dict) and "properties" in known[key]:
            yield from _unknown(value, known[key], f"{above}{key}.")
