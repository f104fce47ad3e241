"""The lock file is one set of versions, whichever Python there is."""

import re
import tomllib
from collections import Counter

import pytest
from packaging.requirements import Requirement

from lock import entry, with_reason

# a package: the reason why it is not for all Pythons, its version, and a line for each hash
ENTRY = re.compile(r"((?:# .+\n)*)([\w.-]+)==(\S+)( ; [^\\\n]+?)?((?: \\\n    --hash=sha256:[0-9a-f]{64})*)\n")


@pytest.fixture
def entries(checkout) -> list[re.Match[str]]:
    """What the lock says of packages."""
    text = (checkout / "requirements.lock").read_text()
    found = list(ENTRY.finditer(text))
    assert "".join(one[0] for one in found) == text
    return found


def test_each_package_has_one_version_unless_a_reason_stands_above_it(entries):
    count = Counter(one[2] for one in entries)
    # before the first one stands what is true of all
    for one in entries[1:]:
        is_for_some = count[one[2]] > 1 or "python_full_version" in (one[4] or "")
        assert bool(re.fullmatch(r"# \w.{10,}\n", one[1])) == is_for_some, one[0]


def test_each_file_is_the_one_that_is_meant(entries):
    # PyTorch's builds go by one version, and `make env` takes one of them
    assert [one[2] for one in entries if not one[5]] == ["torch"]


def test_all_that_is_needed_is_in_it(checkout, entries):
    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    extras = [one for group in project["optional-dependencies"].values() for one in group]
    wanted = {Requirement(one).name for one in project["dependencies"] + extras} - {"sidewinder"}
    names = {one[2] for one in entries}
    assert {name.lower().replace(".", "-") for name in wanted} <= names
    # PyTorch brings those of its build
    assert not [name for name in names if name.startswith(("nvidia", "cuda", "triton"))]


def test_a_line_that_is_not_for_all_pythons_needs_a_reason():
    systems = "(sys_platform == 'darwin' or sys_platform == 'linux')"
    assert with_reason(f"dask==1.0 ; {systems[1:-1]}") == "dask==1.0"
    line = "importlib-metadata==1.0 ; python_full_version < '3.12'"
    assert with_reason(f"{line} and {systems}").startswith(f"{line}  # dask needs it")
    hashed = f"{line} and {systems} --hash=sha256:bb --hash=sha256:aa"
    reason = "# dask needs it up to Python 3.11, later ones have it built in\n"
    assert entry(hashed) == f"{reason}{line} \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
    assert entry("torch==2.0 --hash=sha256:aa") == "torch==2.0\n"
    with pytest.raises(SystemExit, match=r"numpy==1\.0.*not the same for all Pythons"):
        with_reason("numpy==1.0 ; python_full_version < '3.12'")
