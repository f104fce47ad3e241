"""A user's own model: annotated frames in, a model folder out, used by its path."""

import shutil

import numpy as np
import tifffile
import yaml

from sidewinder.model import load_model
from sidewinder.normalization import ByQuantiles
from sidewinder.simulate import training_frames
from sidewinder.store import open_stack
from sidewinder.train.annotations import read_annotations


def test_train_a_model_use_it_pack_it_and_be_told_what_to_annotate_next(workflow, monkeypatch):
    monkeypatch.chdir(workflow.folder)
    images, labels = training_frames(7, seed=3, shape=(96, 96))
    for folder, stacks, prefix in (("01", images, "t"), ("SEG", labels, "man_seg")):
        (workflow.folder / folder).mkdir()
        for frame, values in enumerate(stacks):
            tifffile.imwrite(workflow.folder / folder / f"{prefix}{frame:03}.tif", np.round(values).astype(np.uint16))
    (workflow.folder / "mine.tsv").write_text("images\tlabels\tmarkers\tcomplete\n01\tSEG\t\tyes\n")
    workflow.sheet("movies.tsv", {"movie": "own", "path": "01"})
    settings = (
        "{annotations: mine.tsv, model: models/mine, simulated_frames: 2, iterations: 3, base_width: 2, depth: 2}"
    )
    result = workflow.run("train", "--config", f"train={settings}", "movies=movies.tsv")
    assert result.returncode == 0, result.stdout[-3000:]
    assert "train: 3/3 iterations, loss " in result.stdout
    card = yaml.safe_load((workflow.folder / "models/mine/card.yaml").read_text())
    assert card["trained_on"] == ["SEG: 6 frames", "simulated: 2 frames"]
    assert list(card["scores"]["SEG_of_frames_kept_from_training"]) == ["SEG"]
    assert (workflow.folder / "models/mine/training.html").is_file()
    assert load_model(workflow.folder / "models/mine").network.architecture.base_width == 2
    maps = "results/work/own/maps-0.zarr"
    result = workflow.run(maps, "--notemp", "--config", "model=models/mine", "movies=movies.tsv")
    assert result.returncode == 0, result.stdout[-3000:]
    assert (workflow.folder / maps / "zarr.json").is_file()
    shutil.rmtree(workflow.folder / maps)
    # as a package for others, which is a model for us, too
    result = workflow.run("package", "--config", "model=models/mine", "movies=movies.tsv")
    assert result.returncode == 0, result.stdout[-3000:]
    package = "results/mine.bioimageio.zip"
    result = workflow.run(maps, "--notemp", "--config", f"model={package}", "movies=movies.tsv")
    assert result.returncode == 0, result.stdout[-3000:]
    assert open_stack(workflow.folder / maps).attributes["model"] == "mine.bioimageio.zip"
    shutil.rmtree(workflow.folder / maps)
    suggest = ("annotate", "--config", "model=models/mine", "movies=movies.tsv", "annotate={regions: 1, region_px: 64}")
    result = workflow.run(*suggest)
    assert result.returncode == 0, result.stdout[-3000:]
    assert "0 regions corrected, 1 wait, 1 of them new" in result.stdout
    labels = tifffile.imread(workflow.folder / "annotate/own/suggested/0001.tif")
    assert labels.shape == (64, 64)
    # saved by a person, and taken back by the same command
    tifffile.imwrite(workflow.folder / "annotate/own/corrected/0001.tif", labels)
    result = workflow.run(*suggest)
    assert result.returncode == 0, result.stdout[-3000:]
    # seven frames of 96 px have no second region that does not overlap the first
    assert "1 regions corrected, 0 wait, 0 of them new" in result.stdout
    (frame,) = read_annotations(workflow.folder / "annotate/annotations.tsv", ByQuantiles())
    np.testing.assert_array_equal(frame.labels, labels)
