"""A section of the config as a typed, closed object."""

from typing import TYPE_CHECKING, Any, TypeVar

from sidewinder.errors import UserError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Settings = TypeVar("Settings", bound="DataclassInstance")


def from_section(kind: type[Settings], section: str, values: dict[str, Any]) -> Settings:
    """Make settings of a config's section.

    Parameters
    ----------
    kind : type
        A dataclass; its fields are the keys that are known.
    section : str
        The section's name, for the message.
    values : dict
        What the config says.

    Raises
    ------
    UserError
        Names what is not known.
    """
    unknown = set(values) - set(kind.__dataclass_fields__)
    if unknown:
        known = ", ".join(kind.__dataclass_fields__)
        raise UserError(f"config, {section}: unknown {', '.join(sorted(unknown))}; known are {known}")
    return kind(**values)
