"""The profiles say how and where jobs run, and only they do."""

import pytest
import yaml


@pytest.fixture(params=["local", "slurm"])
def profile(request, checkout) -> dict:
    """Each profile."""
    return yaml.safe_load((checkout / "profiles" / request.param / "config.yaml").read_text())


def test_a_run_that_was_killed_goes_on_by_the_same_command(profile):
    assert profile["nolock"] is True
    assert profile["rerun-incomplete"] is True


def test_a_movie_that_fails_does_not_stop_the_others(profile):
    assert profile["keep-going"] is True


def test_slurm_gives_a_gpu_to_the_network_only(checkout):
    slurm = yaml.safe_load((checkout / "slurm" / "config.yaml").read_text())
    assert {rule: resources["gpu"] for rule, resources in slurm["set-resources"].items()} == {"infer": 1, "train": 1}
    assert slurm["executor"] == "slurm"
    assert slurm["slurm-status-command"] == "squeue"
    assert "slurm-array-jobs" not in slurm


def test_retries_are_said_in_the_profile_alone(checkout):
    assert yaml.safe_load((checkout / "slurm" / "config.yaml").read_text())["retries"] > 0
    rules = (checkout / "workflow" / "rules").glob("*.smk")
    assert not [path.name for path in rules if "retries:" in path.read_text()]
