"""Which scripts are forked."""

import subprocess
from types import SimpleNamespace

import pytest

from sidewinder.driver import forked, snakemake_inside
from sidewinder.driver.snakemake_inside import forking, wording


def ready(folder, **changed) -> SimpleNamespace:
    """A script in a folder, as Snakemake has made it ready for a job."""
    basedir = SimpleNamespace(get_path_or_uri=lambda secret_free: str(folder))
    script = {"conda_env": None, "container_img": None, "env_modules": None, "bench_record": None, "threads": 2}
    path = SimpleNamespace(get_basedir=lambda: basedir)
    return SimpleNamespace(**script | {"resources": {"tmpdir": "/scratch"}, "path": path} | changed)


@pytest.fixture
def executed(monkeypatch):
    """Runs a script that is ready, where forked jobs end with a code; which of both ways ran it."""

    def run(script, code, target_jobs=()):
        ran = []
        monkeypatch.setattr(forking.forked, "run", lambda script, measured: ran.append(script) or code)
        plain = lambda script, path, edit: ran.append(path)  # noqa: E731
        monkeypatch.setattr(forking.inside_script.PythonScript, "execute_script", plain)
        monkeypatch.setattr(forking, "_executes", [])
        for _ in range(2):
            snakemake_inside.fork_jobs(SimpleNamespace(dag_settings=SimpleNamespace(target_jobs=target_jobs)))
        forking.inside_script.PythonScript.execute_script(script, "x.step.py")
        return ran

    return run


def test_a_script_of_ours_is_forked_and_fails_as_if_it_had_been_started(executed, checkout):
    script = forked.Script("x.step.py", 2, "/scratch")
    assert executed(ready(checkout / "scripts"), 0) == [script]
    # no process could be forked
    assert executed(ready(checkout / "scripts"), None) == [script, "x.step.py"]
    with pytest.raises(subprocess.CalledProcessError, match="SIGKILL") as raised:
        executed(ready(checkout / "scripts"), -9)
    assert wording.MESSAGES_OF_STEPS.match(f"RuleException:\nCalledProcessError in file x:\n{raised.value}")


@pytest.mark.parametrize(
    "changed",
    [{"conda_env": "envs/cpu.yaml"}, {"container_img": "a.sif"}, {"resources": {"shell_exec": "zsh"}}],
    ids=["conda", "container", "shell"],
)
def test_a_script_with_an_environment_of_its_own_is_started(executed, checkout, changed):
    assert executed(ready(checkout / "scripts", **changed), 0) == ["x.step.py"]


def test_the_only_job_of_a_submission_is_started_and_two_are_forked(executed, checkout):
    one, two = {"track:movie=a"}, {"track:movie=a", "ctc:movie=a"}
    assert executed(ready(checkout / "scripts"), 0, one) == ["x.step.py"]
    assert executed(ready(checkout / "scripts"), 0, two) == [forked.Script("x.step.py", 2, "/scratch")]


def test_a_script_of_others_or_of_another_snakemake_is_started(executed, tmp_path):
    assert executed(ready(tmp_path), 0) == ["x.step.py"]
    assert executed(SimpleNamespace(), 0) == ["x.step.py"]
