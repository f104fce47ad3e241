"""Masks of the user's own: tracks, tables and labels without a network."""

import numpy as np
import pandas as pd
import tifffile
from scipy.ndimage import binary_erosion

from sidewinder.store import open_labels

N_FRAMES, SIDE = 4, 80


def test_from_masks_to_tables_without_a_network(workflow):
    rng = np.random.default_rng(0)
    masks = np.zeros((N_FRAMES, SIDE, SIDE), np.uint16)
    for frame in range(N_FRAMES):
        for cell, number in enumerate(rng.permutation(4) + 1):
            y, x = 10 + 40 * (cell // 2) + frame, 10 + 40 * (cell % 2)
            masks[frame, y : y + 12, x : x + 12] = number
    noise = rng.normal(100, 5, masks.shape)
    tifffile.imwrite(workflow.folder / "a.tif", (noise + 500 * (masks > 0)).astype(np.uint16), photometric="minisblack")
    (workflow.folder / "masks").mkdir()
    for frame, mask in enumerate(masks):
        tifffile.imwrite(workflow.folder / "masks" / f"{frame}.tif", mask)
    (workflow.folder / "inner").mkdir()
    for frame, mask in enumerate(masks):
        tifffile.imwrite(workflow.folder / "inner" / f"{frame}.tif", mask * binary_erosion(mask > 0, iterations=3))
    row = {"movie": "a", "path": "a.tif", "labels": "masks", "blocks": "2", "within": ""}
    workflow.sheet("movies.tsv", row, row | {"movie": "nuclei", "labels": "inner", "blocks": "", "within": "a"})
    config = ("--config", "movies=movies.tsv", "exports=[]", "model=./none")
    plan = workflow.run("-n", *config)
    assert plan.returncode == 0, plan.stdout
    assert "infer" not in plan.stdout
    result = workflow.run(*config)
    assert result.returncode == 0, result.stdout[-3000:]
    folder = workflow.folder / "results" / "a"
    tracks = pd.read_csv(folder / "tracks.csv")
    assert tracks.groupby("track_id")["frame"].apply(list).tolist() == [[0, 1, 2, 3]] * 4
    assert (tracks["area_px"] == 144).all()
    labels = open_labels(folder / "movie.ome.zarr")[:]
    np.testing.assert_array_equal(labels > 0, masks > 0)
    assert (folder / "overlay.png").is_file()
    assert "Nothing to be done" in workflow.run("-n", *config).stdout
    within = pd.read_parquet(workflow.folder / "results" / "nuclei" / "within.parquet")
    assert len(within) == len(tracks)
    assert (within["within_share"] == 1).all()
    assert (within["ratio_area_px"] == 36 / 144).all()
    matched = within.merge(tracks, left_on=["frame", "within_cell_id"], right_on=["frame", "cell_id"])
    own = pd.read_parquet(workflow.folder / "results" / "nuclei" / "tracks.parquet")
    matched = matched.merge(own, left_on=["frame", "cell_id_x"], right_on=["frame", "cell_id"], suffixes=("", "_own"))
    np.testing.assert_allclose(matched[["y_px", "x_px"]], matched[["y_px_own", "x_px_own"]])
    # there is no network to look into
    for target in ("annotate", "explorer"):
        refused = workflow.run("-n", target, *config)
        assert refused.returncode != 0
        assert "all movies in movies.tsv have label images of your own: no model is run" in refused.stdout
