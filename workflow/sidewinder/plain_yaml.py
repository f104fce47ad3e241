"""YAML that a user gives: read only where it is as small as it looks.

A few lines whose aliases repeat each other stand for billions of values, or for parts that contain themselves.
"""

from collections.abc import Iterator
from math import inf
from typing import Any

import yaml

from sidewinder.limits import DEEPEST_YAML, MOST_YAML_VALUES

# ten times as fast, where PyYAML was built with it
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(text: str) -> object:
    """Read a text.

    Parameters
    ----------
    text : str
        YAML without tags of Python's.

    Raises
    ------
    ValueError
        If its aliases make more of it than any such file holds, or it is nested too deeply.
    yaml.YAMLError
        If it is no YAML.
    """
    for _ in events_of(text):
        pass
    try:
        check_expansion(yaml.compose(text, Loader=LOADER))
        return yaml.load(text, Loader=LOADER)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def events_of(text: str) -> Iterator[yaml.Event]:
    """What YAML consists of, as it is read; raises ValueError where it is nested too deeply."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST_YAML:
            raise ValueError(
                f"it is nested too deeply: {depth} lists or mappings in each other; {DEEPEST_YAML} are allowed"
            )
        yield event


def check_expansion(root: yaml.Node | None) -> None:
    """Refuse what `load_yaml` refuses, as it is composed; raises ValueError."""
    n_values = _expanded(root, {}) if root is not None else 0
    if n_values > MOST_YAML_VALUES:
        found = "a part contains itself" if n_values == inf else f"it has {n_values:.3g} values"
        raise ValueError(f"with its aliases (*) written out {found}; {MOST_YAML_VALUES} are allowed")


def _expanded(node: yaml.Node, sizes: dict[int, float]) -> float:
    """How many values a part has, each as often as it is repeated; infinitely many where it contains itself."""
    if id(node) not in sizes:
        # as long as this stands, the part is being counted
        sizes[id(node)] = inf
        inner = node.value if isinstance(node, yaml.SequenceNode) else ()
        if isinstance(node, yaml.MappingNode):
            inner = [one for pair in node.value for one in pair]
        sizes[id(node)] = 1 + sum(_expanded(one, sizes) for one in inner)
    return sizes[id(node)]
