"""JSON schemas whose complaints a user understands."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).resolve().parents[1] / "schemas"


@cache
def load_schema(name: str) -> dict[str, Any]:
    """The schema `name` of workflow/schemas."""
    return yaml.safe_load((SCHEMAS / f"{name}.schema.yaml").read_text(encoding="utf-8"))


@cache
def validator(name: str) -> Draft202012Validator:
    """A validator of the schema `name`, made once."""
    return Draft202012Validator(load_schema(name))


@cache
def property_validators(name: str) -> dict[str, Draft202012Validator]:
    """A validator of each property of the schema `name`."""
    return {key: Draft202012Validator(schema) for key, schema in load_schema(name)["properties"].items()}


def complaints(check: Draft202012Validator, instance: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What a schema says against an instance, at most once for each value.

    Parameters
    ----------
    check : Draft202012Validator
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
