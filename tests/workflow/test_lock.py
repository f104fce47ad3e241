"""The lock file is one set of versions, whichever Python there is."""

import re
import tomllib
from collections import Counter

import pytest
from packaging.requirements import Requirement

from lock import with_reason


@pytest.fixture
def lines(checkout) -> list[str]:
    """What the lock says of packages."""
    text = (checkout / "requirements.lock").read_text()
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_each_package_has_one_version_unless_a_reason_stands_beside_it(lines):
    count = Counter(line.partition("==")[0] for line in lines)
    of_some_pythons = [line for line in lines if count[line.partition("==")[0]] > 1 or "python_full_version" in line]
    assert not [line for line in of_some_pythons if not re.search(r"  # \w.{10,}$", line)]


def test_all_that_is_needed_is_in_it(checkout, lines):
    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    extras = [one for group in project["optional-dependencies"].values() for one in group]
    wanted = {Requirement(one).name for one in project["dependencies"] + extras} - {"sidewinder"}
    names = {line.partition("==")[0] for line in lines}
    assert {name.lower().replace(".", "-") for name in wanted} <= names
    # PyTorch brings those of its build
    assert not [name for name in names if name.startswith(("nvidia", "cuda", "triton"))]


def test_a_line_that_is_not_for_all_pythons_needs_a_reason():
    systems = "(sys_platform == 'darwin' or sys_platform == 'linux')"
    assert with_reason(f"dask==1.0 ; {systems[1:-1]}") == "dask==1.0"
    line = "importlib-metadata==1.0 ; python_full_version < '3.12'"
    assert with_reason(f"{line} and {systems}").startswith(f"{line}  # dask needs it")
    with pytest.raises(SystemExit, match=r"numpy==1\.0.*not the same for all Pythons"):
        with_reason("numpy==1.0 ; python_full_version < '3.12'")
