"""Kinds of values: what is allowed, as a JSON schema and in words, both made of the same bounds."""

from dataclasses import dataclass, field
from typing import Any

# these mean something to Snakemake in the name of an input or an output
NO_WILDCARDS = "without any of {}<> and invisible characters"
# in a schema, says that ~ stands for the home folder
PATH = {"format": "path"}


@dataclass(frozen=True)
class Kind:
    """A kind of values.

    Parameters
    ----------
    schema : dict
        A JSON schema.
    words : str
        What a user is told is allowed.
    """

    schema: dict[str, Any]
    words: str

    def as_schema(self) -> dict[str, Any]:
        """The schema with the words, as `sidewinder.schema.complaints` reports them."""
        return {**self.schema, "error_message": self.words}


def setting(default: Any, kind: Kind, comment: str = "", *, example: Any = None, optional: bool = False) -> Any:
    """A field of a section.

    Parameters
    ----------
    default : object
        Its value where the user says nothing.
    kind : Kind
        What it may be.
    comment : str
        What it is for, as it stands in config.yaml.
    example : object
        Of a setting that is optional: the value that config.yaml shows, commented out.
    optional : bool
        Whether it is not in config.yaml.
    """
    metadata = {"kind": kind, "comment": comment, "example": example, "optional": optional}
    return field(default=default, metadata=metadata)


def section(kind: type, comment: str = "") -> Any:
    """A field of the config that is a section: a dataclass of settings, and the comment on its first line."""
    return field(default_factory=kind, metadata={"comment": comment, "optional": False})


def number(
    of: str = "", *, above: float | None = None, lowest: float = 0,
    below: float | None = None, highest: float = 1,
) -> Kind:  # fmt: skip
    """Finite numbers, whole or not.

    Parameters
    ----------
    of : str
        What they count, such as `pixels`.
    above, lowest : float
        What they are larger than, or where that is not given, not smaller than.
    below, highest : float
        What they are smaller than, or where that is not given, not larger than.
    """
    low = {"minimum": lowest} if above is None else {"exclusiveMinimum": above}
    high = {"maximum": highest} if below is None else {"exclusiveMaximum": below}
    if above is not None and below is not None:
        words = f"between {above} and {below}"
    elif above is not None:
        words = f"above {above}, up to {highest}"
    else:
        words = f"from {lowest} to {highest}"
    return Kind({"type": "number", **low, **high}, f"a number {f'of {of} ' if of else ''}{words}")


def whole(lowest: int, highest: int, of: str = "") -> Kind:
    """Whole numbers from one to another, such as of `pixels`."""
    schema = {"type": "integer", "minimum": lowest, "maximum": highest}
    return Kind(schema, f"a whole number {f'of {of} ' if of else ''}from {lowest} to {highest}")


def one_of(*names: str) -> Kind:
    """Some words."""
    return Kind({"enum": list(names)}, f"{', '.join(names[:-1])} or {names[-1]}")


def some_of(*names: str) -> Kind:
    """Lists of some words, each at most once."""
    words = f"a list of {', '.join(names[:-1])} and {names[-1]}, or []"
    return Kind({"type": "array", "uniqueItems": True, "items": Kind({"enum": list(names)}, words).as_schema()}, words)


def names(of: str) -> Kind:
    """Lists of texts, such as of names of columns, each at most once."""
    one = {"type": "string", "pattern": r"^[^\x00-\x1f\x7f]+\Z"}
    return Kind({"type": "array", "uniqueItems": True, "items": one}, f"a list of names of {of}")


def truth() -> Kind:
    """True or false."""
    return Kind({"type": "boolean"}, "true or false")


def text(words: str, pattern: str = r".") -> Kind:
    """Texts that match a regular expression."""
    return Kind({"type": "string", "pattern": pattern}, words)


def pair(inside: Kind, words: str) -> Kind:
    """Lists of two values of some kind."""
    return Kind({"type": "array", "minItems": 2, "maxItems": 2, "items": inside.schema}, words)


def auto_or(kind: Kind) -> Kind:
    """`auto`, or a value of some kind."""
    return Kind({"anyOf": [{"const": "auto"}, kind.schema]}, f"auto, or {kind.words}")


def or_nothing(kind: Kind) -> Kind:
    """A value of some kind, or null."""
    return Kind({"anyOf": [kind.schema, {"type": "null"}]}, f"{kind.words}, or null")


def path(words: str, pattern: str = r"^[^{}<>\x00-\x1f\x7f]+\Z") -> Kind:
    """Paths that match a regular expression."""
    return Kind({"type": "string", "pattern": pattern, **PATH}, words)


def own_folder() -> Kind:
    """Paths of folders that are written into: never the root folder, nor the working directory."""
    return path(f"the path of a folder of its own, {NO_WILDCARDS}", r"^(?!\.?/*$)[^{}<>\x00-\x1f\x7f]+\Z")


def path_or_nothing(what: str) -> Kind:
    """Paths, or empty texts."""
    return path(f"the path of {what} {NO_WILDCARDS}, or an empty text for none", r"^[^{}<>\x00-\x1f\x7f]*\Z")
