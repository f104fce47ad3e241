"""What the tests of the profiles for cluster-generic share: seconds where users are owed minutes."""

import re
from pathlib import Path

from running import copy_workflow, stub_scripts

# the profiles look every 20 s, so that the engine's own node is left in peace
QUICK = ("--config", "movies=movies.tsv", "--seconds-between-status-checks", 1, "--max-status-checks-per-second", 20)
PATIENCE_S = 180
IN_MOVIE = ("instances", "track", "publish", "ctc", "geff", "overlay")
PER_MOVIE = ("preprocess", "infer", *IN_MOVIE)
# of a submission, by one of its rules: the most that one of its jobs may use
SLOTS = {"preprocess": 2, "infer": 4, "track": 4, "experiment": 1}
IMPATIENCE = {"QUEUE_FRESH_S": 1.0, "GONE_AFTER_S": 4.0, "SECONDS_BETWEEN_LOOKS": 1.0}


def impatient_checkout(checkout: Path, copy: Path) -> Path:
    """A copy of the workflow with stubs for scripts that gives jobs up after seconds."""
    stub_scripts(copy_workflow(checkout, copy))
    module = copy / "workflow" / "sidewinder" / "cluster" / "engine.py"
    text = module.read_text()
    for name, value in IMPATIENCE.items():
        text, found = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
        assert found == 1, name
    module.write_text(text)
    return copy
