"""The largest that docs/reliability.md promises, each really run, within the memory that is stated there."""

import json
import os
import subprocess
import sys

import pytest

from largest import CELLS_A_FRAME, FRAME_SIDE_PX, FRAMES_OF_CELLS, MOST_CELLS_SIDE
from sidewinder.limits import MOST_CELLS_OF_A_FRAME

DISCS_A_TILE = 169


@pytest.fixture
def largest(checkout, tmp_path):
    """A function that runs one of `largest.py` in a process of its own, and gives what that prints."""

    def run(name: str) -> dict[str, int]:
        paths = os.pathsep.join(str(checkout / folder) for folder in ("workflow", "tests/support"))
        command = [sys.executable, checkout / "tests" / "support" / "largest.py", name, tmp_path]
        said = subprocess.check_output(command, text=True, env=os.environ | {"PYTHONPATH": paths})
        return json.loads(said.splitlines()[-1])

    return run


@pytest.mark.long
def test_a_large_frame_through_all_stages(largest):
    found = largest("frame")
    assert found["cells"] == (FRAME_SIDE_PX // 512) ** 2 * DISCS_A_TILE
    assert found["peak MB"] < 4000


@pytest.mark.long
def test_many_cells_are_tracked(largest):
    found = largest("cells")
    assert (found["cells"], found["tracks"]) == (CELLS_A_FRAME * FRAMES_OF_CELLS, CELLS_A_FRAME)
    assert found["peak MB"] < 5000


@pytest.mark.long
def test_the_most_cells_of_a_frame(largest):
    found = largest("cells_of_a_frame")
    assert found["cells"] == MOST_CELLS_SIDE**2 == MOST_CELLS_OF_A_FRAME
    assert found["peak MB"] < 5000
