"""`CONTRIBUTING.md` is right: what imports what is as it says, and what it points at is there."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "workflow" / "sidewinder"
CODE = re.compile(r"`([^`]+)`")
# a path, and in brackets names that stand there
POINTER = re.compile(r"`([^`]+)`(?: \((`[^`]+`(?:, `[^`]+`)*)\))?")
# the row above which, and with which, are those that everything may import
LAST_FOR_ALL = "prefetch"
# by the distribution they come with
LIBRARIES = {
    "torch": "torch",
    "snakemake": "snakemake",
    "snakemake_executor_plugin_slurm": "snakemake",
    "snakemake_interface_executor_plugins": "snakemake",
}


def table(heading: str) -> list[list[str]]:
    """The cells of the table below a heading of `CONTRIBUTING.md`, without the header."""
    section = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def imported(path: Path) -> set[str]:
    """All that a module imports, wherever in it, by full names."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports by full names, please"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def imports_of(name: str) -> tuple[set[str], set[str]]:
    """What a package, or a module that is a file, imports of ours, and which of the libraries."""
    files = sorted((PACKAGE / name).rglob("*.py")) or [PACKAGE / f"{name}.py"]
    parts = [full.split(".") for path in files for full in imported(path)]
    ours = {part[1] for part in parts if part[0] == "sidewinder"}
    return ours - {name}, {LIBRARIES[part[0]] for part in parts if part[0] in LIBRARIES}


LAYERS = {
    CODE.findall(row[0])[0]: (set(CODE.findall(row[2])), set(CODE.findall(row[3])))
    for row in table("What may import what")
}
FOR_ALL = set(list(LAYERS)[: list(LAYERS).index(LAST_FOR_ALL) + 1])


def test_every_package_has_its_row():
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert set(LAYERS) == packages | {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}


@pytest.mark.parametrize("name", LAYERS)
def test_a_package_imports_what_the_table_says(name):
    ours, libraries = imports_of(name)
    above = set(list(LAYERS)[: list(LAYERS).index(name)])
    allowed, libraries_allowed = LAYERS[name]
    assert allowed <= above, "what a row names stands above it"
    assert ours <= above, "what is imported stands above it: else there are circles"
    assert ours - FOR_ALL == allowed
    assert libraries == libraries_allowed


def test_reading_the_snakefile_loads_no_pytorch():
    rules = [CHECKOUT / "workflow" / "Snakefile", *sorted((CHECKOUT / "workflow" / "rules").glob("*.smk"))]
    lines = [line for path in rules for line in path.read_text(encoding="utf-8").splitlines()]
    imports = sorted({line for line in lines if re.match(r"(from|import) sidewinder\b", line)})
    assert imports
    check = "import sys; assert 'torch' not in sys.modules, 'PyTorch is loaded'"
    code = "\n".join(["import sys", f"sys.path.insert(0, {str(PACKAGE.parent)!r})", *imports, check])
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def names_in(path: Path) -> set[str]:
    """What a module defines, at its top or as methods."""
    defined = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            defined |= {target.id for target in targets if isinstance(target, ast.Name)}
    return defined


@pytest.mark.parametrize(("what", "touch"), table("To change something"), ids=lambda cell: cell[:30].replace("`", ""))
def test_what_is_pointed_at_is_there(what, touch):
    pointers = POINTER.findall(touch)
    assert pointers, what
    for name, symbols in pointers:
        path = CHECKOUT / name
        assert path.is_file(), name
        text = path.read_text(encoding="utf-8")
        for symbol in CODE.findall(symbols):
            assert symbol in (names_in(path) if path.suffix == ".py" and symbol.isidentifier() else text), (
                name,
                symbol,
            )
