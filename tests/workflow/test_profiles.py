"""The profiles say how and where jobs run, and only they do."""

import pytest
import yaml

CLUSTERS = ("slurm", "sge", "lsf", "pbs")


@pytest.fixture
def profile(checkout):
    """Read a profile."""
    return lambda name: yaml.safe_load((checkout / "profiles" / name / "config.yaml").read_text())


def test_wherever_jobs_run_a_killed_run_goes_on_and_a_failed_movie_stops_no_other(profile):
    everywhere = profile("default")
    for key in ("keep-going", "keep-incomplete", "rerun-incomplete", "nolock"):
        assert everywhere[key] is True
    assert everywhere["scheduler"] == "greedy"
    # it goes before the others: what it says they cannot change
    assert not set(everywhere) & set().union(*map(profile, ("local", *CLUSTERS)))


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_cluster_gives_a_gpu_to_the_network_only(profile, name):
    cluster = profile(name)
    assert {rule: resources["gpu"] for rule, resources in cluster["set-resources"].items()} == {"infer": 1, "train": 1}
    # a truth that cannot be read must cost the score alone
    assert "evaluate" not in cluster["groups"]


def test_slurm_is_asked_by_squeue(checkout, profile):
    slurm = profile("slurm")
    assert (checkout / "slurm").resolve() == checkout / "profiles" / "slurm"
    assert slurm["executor"] == "slurm"
    assert slurm["slurm-status-command"] == "squeue"
    assert "slurm-array-jobs" not in slurm


@pytest.mark.parametrize("name", ["sge", "lsf", "pbs"])
def test_other_engines_share_what_slurm_is_told(profile, name):
    slurm, other = profile("slurm"), profile(name)
    assert other["executor"] == "cluster-generic"
    for key in ("groups", "group-components", "resources", "set-resource-scopes", "set-threads", "jobs"):
        assert other[key] == slurm[key], key
    # the submit command cannot do without a GPU's number
    assert other["default-resources"] == slurm["default-resources"] | {"gpu": 0}
    for command in ("submit", "status"):
        assert other[f"cluster-generic-{command}-cmd"].startswith(f"$SIDEWINDER_ENGINE {command} {name}")


def test_clusters_try_again(profile):
    assert all(profile(name)["retries"] > 0 for name in CLUSTERS)
