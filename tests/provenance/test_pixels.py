"""Whether another pixel size makes a difference to a stage."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sidewinder.provenance.comparison import Comparison
from sidewinder.provenance.pixels import Seen, matters, own_pixels
from sidewinder.store import write_image

SEEN = Seen((512, 512), (0.5, 1.0), 0.25)


@pytest.mark.parametrize(
    ("then", "now", "differ"),
    [
        (None, 0.5, []),
        (0.5, "0.5x0.5", []),
        (None, 0.5001, ["track"]),
        (None, 0.51, ["infer", "track"]),
        (None, "1x0.25", ["infer", "instances", "track"]),
    ],
)
def test_what_a_stage_depends_on(then, now, differ):
    stages = ("infer", "instances", "track")
    assert [stage for stage in stages if matters(stage, then, now, SEEN)] == differ


def test_a_model_that_takes_frames_as_they_are_depends_on_their_shape_alone():
    seen = Seen((512, 512), (0.5, 1.0), None)
    assert not matters("infer", None, 5.0, seen)
    assert matters("infer", None, "5x2.5", seen)


@pytest.mark.parametrize(("size_um", "aspect"), [(0.5, 1.0), (0.5, 4.0), (None, 1.0)])
def test_the_header_of_an_image_says_its_pixels(tmp_path, size_um, aspect):
    assert own_pixels(tmp_path / "m") is None
    write_image(
        tmp_path / "m", np.zeros((1, 1, 8, 8), np.uint8), n_frames=1, shape_cyx=(1, 8, 8), dtype=np.uint8,
        pixel_size_um=size_um, frame_interval_s=None, channel_names=["a"], attributes={}, pixel_aspect=aspect,
    )  # fmt: skip
    assert own_pixels(tmp_path / "m") == (size_um, aspect)


@pytest.mark.parametrize(
    ("cell", "again"),
    [(0.5, []), (0.501, ["track", "plausibility", "publish"]), (0.7, ["infer", "track", "plausibility"])],
)
def test_a_run_leaves_to_itself_what_another_pixel_size_does_not_change(experiment, cell, again):
    Path("at_a_quarter_um").mkdir()
    Path("at_a_quarter_um/card.yaml").write_text("pixel_size_um: 0.25\n")
    Path("at_a_quarter_um/weights.safetensors").touch()
    write_image(
        "results/work/a/image.ome.zarr", np.zeros((1, 1, 60, 60), np.uint8), n_frames=1, shape_cyx=(1, 60, 60),
        dtype=np.uint8, pixel_size_um=0.5, frame_interval_s=None, channel_names=["a"], attributes={},
    )  # fmt: skip
    rows = {"a": replace(experiment.plan.rows["a"], model="./at_a_quarter_um")}
    experiment.plan = replace(experiment.plan, rows=rows)
    experiment.make()
    experiment.plan = replace(experiment.plan, rows={"a": replace(rows["a"], pixel_size_um=cell)})
    (changes,) = Comparison(experiment.plan, "results", with_settings=True).changes()
    assert [stage for stage, _ in changes.why][: len(again)] == again
    # Snakemake, which knows of the change, is told of those that it is to leave
    left = {name.split("/")[0] for name in changes.alike}
    assert left == {"infer", "instances", "track", "plausibility", "publish"} - {stage for stage, _ in changes.why}
