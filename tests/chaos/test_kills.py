"""SIGKILLs at random moments over an experiment with every rule: nothing is lost, left behind or computed again.

Both take tens of minutes; what every change is shown to is in tests/end_to_end/test_killed.py.

    .venv/bin/python -m pytest -m long tests/chaos/test_kills.py
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from kills import Blow, Kills, cancel, kill_process, kill_step, none_lives, table, usual_times
from noted import CONFIG, TARGETS, Noted, noted_checkout
from polling import wait_for
from trees import leftovers, tree

N_KILLS = 50
# of one experiment: the next ones go to another
MOST_KILLS = 25
LOCALLY = {"job": kill_process}
ON_SLURM = {"job": kill_process, "step": kill_step, "scancel": cancel}
SLURM_ARGUMENTS = (
    *CONFIG,
    "--slurm-init-seconds-before-status-checks", 2, "--set-resources", "infer:gpu=1",
    "infer:slurm_partition=gpu", "train:gpu=1", "train:slurm_partition=gpu",
)  # fmt: skip

pytestmark = [pytest.mark.long, pytest.mark.workflow]


@pytest.fixture(scope="module")
def copied_checkout(checkout, tmp_path_factory) -> Path:
    """The workflow, whose jobs note that they run."""
    return noted_checkout(checkout, tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def undisturbed(copied_checkout, tmp_path_factory) -> Noted:
    """The experiment, run without a kill."""
    experiment = Noted(copied_checkout, tmp_path_factory.mktemp("undisturbed"))
    experiment.prepare()
    result = experiment.run(*TARGETS)
    assert result.returncode == 0, result.stdout[-5000:]
    return experiment


def is_as_undisturbed(experiment: Noted, undisturbed: Noted) -> None:
    """Hold that an experiment has all that it should have, nothing else, and has done nothing twice."""
    expected, found = tree(undisturbed.folder), tree(experiment.folder)
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
    wait_for(lambda: none_lives(experiment), "the end of all processes")
    assert leftovers(experiment.folder) == []
    assert experiment.repeated() == {}
    verified = experiment.run("verify")
    assert verified.returncode == 0, verified.stdout
    again = experiment.run(*TARGETS)
    assert again.returncode == 0
    assert experiment.repeated() == {}


def play(make: Callable[[], Noted], undisturbed: Noted, blows: Mapping[str, Blow], of_run: Sequence[str], seed: int):
    """Kill experiments so often in all, and print after each of them what was hit until then and what it cost."""
    hits, counts = [], Counter()
    usual_s = usual_times(undisturbed)
    while len(hits) < N_KILLS:
        experiment = make()
        kills = Kills(experiment, usual_s, blows, of_run, seed + counts["experiments"])
        try:
            kills.until_done(min(MOST_KILLS, N_KILLS - len(hits)))
        finally:
            experiment.kill()
        is_as_undisturbed(experiment, undisturbed)
        hits += kills.hits
        begun, ended = (len(experiment.notes(what)) for what in ("begun", "ended"))
        counts.update({"experiments": 1, "runs": kills.runs, "jobs begun": begun, "of these cut off": begun - ended})
        said = ", ".join(f"{what}: {number}" for what, number in counts.items())
        print(f"\n{table(hits, [*of_run, *blows])}\n\n{said}, done twice: 0, results lost: 0")


def test_no_rule_is_missing(undisturbed, rules):
    at_work = {note.rule for note in undisturbed.notes("ended")}
    assert at_work == {name for name, rule in rules.items() if rule["script"]}


def test_kills_on_one_machine(copied_checkout, undisturbed, tmp_path_factory, capsys):
    def make() -> Noted:
        experiment = Noted(copied_checkout, tmp_path_factory.mktemp("killed"))
        experiment.prepare()
        return experiment

    with capsys.disabled():
        play(make, undisturbed, LOCALLY, ("driver", "group"), seed=1)


def test_kills_on_slurm(copied_checkout, undisturbed, slurm, tmp_path_factory, capsys):
    def make() -> Noted:
        folder = tmp_path_factory.mktemp("killed_on_slurm")
        experiment = Noted(copied_checkout, folder, "slurm", arguments=SLURM_ARGUMENTS)
        experiment.prepare()
        return experiment

    with capsys.disabled():
        play(make, undisturbed, ON_SLURM, ("driver",), seed=2)
