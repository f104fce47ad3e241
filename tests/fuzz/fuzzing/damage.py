"""Random damage to bytes, to texts and to nested lists and dicts."""

from random import Random
from typing import Any

# in place of any value
ODD = [
    None, True, False, 0, -1, 1, 2.5, 2**31, 2**63, 10**9, 10**30, -(10**9), 1e300, float("nan"), float("inf"), "", " ",
    "x", "..", "/", "~", "a\0b", "\udce4", "0", "1e5", "-1", "9" * 5000, "µ", "=1+1", [], {}, [1], [[]], [None, "x"],
    {"a": 1}, {"": {}},
]  # fmt: skip
# in place of the number that begins somewhere
EXTREMES = [b"\0\0", b"\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0" * 8]
LONGEST_CHANGE = 4


def of_bytes(rng: Random, data: bytes, places: list[int] | None = None) -> bytes:
    """Bytes of which a few are others, or which are cut off.

    Parameters
    ----------
    rng : Random
        Chance.
    data : bytes
        What is sound.
    places : list of int, optional
        Where it is changed: a header, say. Anywhere if not given.
    """
    changed = bytearray(data)
    for _ in range(rng.randint(1, LONGEST_CHANGE)):
        place = rng.choice(places) if places else rng.randrange(max(len(data), 1))
        value = rng.choice([*EXTREMES, bytes([rng.randrange(256)])]) if rng.random() < 0.5 else rng.randbytes(1)
        changed[place : place + len(value)] = value
    if rng.random() < 0.15:
        del changed[rng.randrange(len(changed) + 1) :]
    return bytes(changed)


def of_text(rng: Random, text: str) -> bytes:
    """A text, in UTF-8, in which cells, lines or single characters are others, or missing, or there twice."""
    lines = text.split("\n")
    for _ in range(rng.randint(1, LONGEST_CHANGE)):
        number = rng.randrange(len(lines))
        separator = "\t" if "\t" in lines[number] else " "
        cells = lines[number].split(separator)
        cell = rng.randrange(len(cells))
        match rng.randrange(7):
            case 0:
                del lines[number]
                lines = lines or [""]
                continue
            case 1:
                lines.insert(rng.randrange(len(lines) + 1), lines[number])
                continue
            case 2:
                del cells[cell]
            case 3:
                cells.insert(cell, rng.choice(cells))
            case 4:
                cells[cell] = cells[cell][: rng.randrange(len(cells[cell]) + 1)] + rng.choice("\t\r\0\"'#,:-{}é\x85")
            case _:
                cells[cell] = str(rng.choice(ODD))
        lines[number] = separator.join(cells)
    data = "\n".join(lines).encode("utf-8", "surrogateescape")
    return of_bytes(rng, data) if rng.random() < 0.2 else data


def of_tree(rng: Random, tree: Any) -> Any:
    """A copy of nested lists and dicts in which a value is another one, or missing, or under another key."""
    if not tree or not isinstance(tree, dict | list) or rng.random() < 0.15:
        return rng.choice(ODD)
    changed = tree.copy()
    key = rng.choice(range(len(tree)) if isinstance(tree, list) else list(tree))
    match rng.randrange(8):
        case 0:
            del changed[key]
        case 1 if isinstance(changed, dict):
            changed[str(rng.choice(ODD))] = changed.pop(key)
        case 2 if isinstance(changed, list):
            changed *= rng.choice([2, 50])
        case _:
            changed[key] = of_tree(rng, tree[key])
    return changed
