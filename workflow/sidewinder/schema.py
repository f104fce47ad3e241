"""JSON schemas whose complaints a user understands."""

import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.validators import extend

from sidewinder.plain_yaml import LOADER

SCHEMAS = Path(__file__).resolve().parents[1] / "schemas"


def _is_number(_: object, value: object) -> bool:
    return _is_whole(_, value) or isinstance(value, float) and math.isfinite(value)


def _is_whole(_: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


# without infinity and NaN, which YAML knows, and without 2.0 for 2
TYPES = Draft202012Validator.TYPE_CHECKER.redefine_many({"number": _is_number, "integer": _is_whole})
Validator = extend(Draft202012Validator, type_checker=TYPES)


@cache
def load_schema(name: str) -> dict[str, Any]:
    """The schema `name` of workflow/schemas."""
    return yaml.load((SCHEMAS / f"{name}.schema.yaml").read_text(encoding="utf-8"), Loader=LOADER)


@cache
def property_validators(name: str) -> dict[str, Any]:
    """A validator of each property of the schema `name`."""
    return {key: Validator(schema) for key, schema in load_schema(name)["properties"].items()}


def complaints(check: Any, instance: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What a schema says against an instance, at most once for each value.

    Parameters
    ----------
    check : Validator
        A validator that `validator` made.
    instance : dict
        What to check.

    Yields
    ------
    key : str
        The place in the config, with points between nested keys.
    found : str
        What is there.
    allowed : str
        The schema's `error_message` at that place.
    """
    seen = set()
    for error in check.iter_errors(instance):
        key = ".".join(str(part) for part in error.absolute_path if isinstance(part, str))
        found = [(key, f"found {error.instance!r}", error.schema)]
        if error.validator == "required":
            missing = [name for name in error.validator_value if name not in error.instance]
            found = [(f"{key}.{name}".lstrip("."), "is missing", error.schema["properties"][name]) for name in missing]
        for where, what, schema in found:
            if where not in seen:
                seen.add(where)
                yield where, what, schema.get("error_message", error.message)
