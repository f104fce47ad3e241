"""`snakemake explorer`: a page whose maps are those of the run, and what is said where there can be none."""

import json
import re

import numpy as np
import tifffile

from explored import random_network
from explorers import array_of, facts_of, image_of
from sidewinder.model import CLASSES, save_model
from sidewinder.normalization import ByQuantiles
from sidewinder.store import open_stack


def test_the_page_has_the_maps_of_the_run(workflow):
    folder = workflow.folder
    frames = np.stack([image_of(120, 140, seed) for seed in range(3)])
    tifffile.imwrite(folder / "one.tif", frames, photometric="minisblack")
    tifffile.imwrite(folder / "two.tif", frames[::-1], photometric="minisblack")
    workflow.sheet("movies.tsv", {"movie": "one", "path": "one.tif"}, {"movie": "two", "path": "two.tif"})
    save_model(folder / "mine", random_network(depth=2, base_width=4), ByQuantiles(), CLASSES, {})
    config = ("--config", "movies=movies.tsv", "model=./mine", "explorer={movie: two, frame: 2, region_px: 64}")
    result = workflow.run("explorer", "results/work/two/maps-0.zarr", "--notemp", *config)
    assert result.returncode == 0, result.stdout[-3000:]
    page = folder / "results/explorer/index.html"
    assert not (folder / "results/work/one").exists()
    facts = facts_of(page)
    assert [frame["number"] for frame in facts["frames"]] == [0, 1, 2]
    maps = open_stack(folder / "results/work/two/maps-0.zarr").data
    for index, frame in enumerate(facts["frames"]):
        y, x, height, width = frame["region_in_frame"]
        assert (height, width) == (64, 64)
        expected = maps[index][:, y : y + height, x : x + width]
        np.testing.assert_array_equal(array_of(page, f"frame{index}/maps"), expected)
    assert facts["first"] == 2
    # with nothing changed there is nothing to do; another frame makes it anew
    assert "Nothing to be done" in workflow.run("explorer", *config).stdout
    result = workflow.run("explorer", *config[:-1], "explorer={movie: two, frame: 9}")
    assert result.returncode != 0
    assert re.search(r"explorer\.frame is 9, but the movie's frames are 0 to 2", result.stdout)
    assert "Traceback" not in result.stdout
    # what was there before a failed run is not left as if it were the new one
    assert not page.exists() or json.dumps(facts_of(page)) == json.dumps(facts)
