"""A user's own model: annotated frames in, a model folder out, used by its path."""

import numpy as np
import tifffile
import yaml

from sidewinder.model import load_model
from sidewinder.simulate import training_frames


def test_train_a_model_and_use_it(workflow):
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
    assert card["training"]["annotated_frames"] == 6
    assert list(card["scores"]) == ["01"]
    assert load_model(workflow.folder / "models/mine").network.architecture.base_width == 2
    maps = "results/work/own/maps-0.zarr"
    result = workflow.run(maps, "--notemp", "--config", "model=models/mine", "movies=movies.tsv")
    assert result.returncode == 0, result.stdout[-3000:]
    assert (workflow.folder / maps / "zarr.json").is_file()
