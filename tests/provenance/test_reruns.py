"""What a change makes run again: the table of the docs, and what a run finds."""

from dataclasses import replace

import pytest

from sidewinder.names import EXPORTS
from sidewinder.provenance.comparison import Comparison
from sidewinder.provenance.keeping import recorded
from sidewinder.provenance.record import BEFORE
from sidewinder.provenance.reruns import runs_again

STAGES = [stage for stage in BEFORE if (stage not in EXPORTS or stage == "ctc") and stage != "within"]


def from_stage(stage):
    return STAGES[STAGES.index(stage) :]


@pytest.mark.parametrize(
    ("column", "value", "first"),
    [
        ("frame_interval_s", 90.0, "track"),
        ("pixel_size_um", 0.5, "infer"),
        ("channel", "1", "preprocess"),
        ("truth", "frames", "evaluate"),
        ("archived", "tape 7", None),
        ("extra", {"dose": "3"}, None),
    ],
)
def test_a_column_makes_run_again_what_the_table_says(experiment, column, value, first):
    experiment.make()
    then = experiment.plan
    now = replace(then, rows={**then.rows, "b": replace(then.rows["b"], **{column: value})})
    said = runs_again(then, now, "b")
    assert said == (from_stage(first) if first else [])
    # and a run finds the same, from the first of them on
    experiment.plan = now
    found = [stage for stage, _ in experiment.why().get("b", [])]
    assert found[:1] == said[:1]
    assert set(found) <= set(said)


@pytest.mark.parametrize(
    ("section", "key", "value", "first"),
    [
        ("infer", "tile", 512, None),
        ("infer", "keep", False, None),
        ("instances", "seed", 0.6, "instances"),
        ("track", "divisions", False, "track"),
    ],
)
def test_a_setting_makes_run_again_what_the_table_says(experiment, section, key, value, first):
    experiment.make()
    then = experiment.plan
    now = replace(then, config={**then.config, section: {**then.config.get(section, {}), key: value}})
    said = runs_again(then, now, "b")
    assert said == (from_stage(first) if first else [])
    experiment.plan = now
    assert [stage for stage, _ in experiment.why().get("b", [])][:1] == said[:1]


def test_what_lies_within_another_movie_runs_again_with_both(experiment):
    then = experiment.plan
    within = replace(then, rows={**then.rows, "b": replace(then.rows["b"], within="a")})
    assert runs_again(then, within, "b") == ["within"]
    stages = from_stage("infer")
    assert set(runs_again(within, replace(within, config={**within.config, "model": "x"}), "b")) == {*stages, "within"}
    experiment.plan = within
    experiment.make()
    _, b = Comparison(within, "results", with_settings=True).changes()
    assert "within/b" in b.settled
    # the movie around it is made again
    with recorded(experiment.job("publish", "a")):
        pass
    assert experiment.why()["b"] == [("within", "within was made of earlier results of publish")]
    experiment.plan = then
    assert "b" not in experiment.why()


def test_another_model_and_an_export_more(experiment):
    then = experiment.plan
    assert runs_again(then, replace(then, config={**then.config, "model": "./other"}), "a")[0] == "infer"
    assert runs_again(then, replace(then, config={**then.config, "exports": ["geff"]}), "a") == ["geff"]
