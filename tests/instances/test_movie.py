"""The stage: labels and cells of a block, in order, whatever the number of processes."""

import os
import subprocess
import sys
import time
from multiprocessing import get_context

import numpy as np
import pandas as pd
import psutil
import pytest

from polling import PATIENCE_S, wait_for
from sidewinder.errors import UserError
from sidewinder.instances import block as block_module
from sidewinder.instances.block import BlockOutputs, in_order
from sidewinder.instances.movie import segment_movie
from sidewinder.store import open_stack, write_image, write_stack

SHAPE = (60, 80)


@pytest.fixture
def block(tmp_path):
    """Frames 3 to 6 of a movie of 8: frame t has t - 3 squares."""
    image = np.random.default_rng(0).integers(0, 900, size=(8, 1, *SHAPE)).astype(np.uint16)
    write_image(
        tmp_path / "image.ome.zarr", iter(image), n_frames=8, shape_cyx=(1, *SHAPE), dtype=np.uint16,
        pixel_size_um=None, frame_interval_s=None, channel_names=("GFP",), attributes={},
    )  # fmt: skip
    maps = np.zeros((4, 2, *SHAPE), np.uint8)
    for index in range(4):
        for square in range(index):
            maps[index, 0, 5:17, 5 + 25 * square : 17 + 25 * square] = 255
    attributes = {"classes": ["cell", "border"], "first_frame": 3, "n_frames": 4, "block": 1, "n_blocks": 2}
    write_stack(
        tmp_path / "maps.zarr", iter(maps), n_frames=4, frame_shape=(2, *SHAPE), dtype=np.uint8, attributes=attributes
    )
    return tmp_path, image


def run(folder, name, threads=1, settings=None, measure=None):
    segment_movie(
        maps=folder / "maps.zarr",
        image=folder / "image.ome.zarr",
        outputs=BlockOutputs(*(folder / f"{name}.{kind}" for kind in ("zarr", "parquet", "npy"))),
        settings=settings or {},
        measure=measure or {},
        threads=threads,
    )
    return open_stack(folder / f"{name}.zarr"), pd.read_parquet(folder / f"{name}.parquet")


def test_what_the_config_asks_for_is_measured(block):
    _, cells = run(block[0], "ring", measure={"ring_px": [1, 5], "quantiles": [0.5]})
    _, usual = run(block[0], "usual")
    assert set(cells.columns) - set(usual.columns) == {"ring_mean_GFP", "ring_ratio_GFP", "q0.5_GFP"}


def test_frames_count_from_the_movie_s_start(block):
    folder, image = block
    labels, cells = run(folder, "one")
    assert labels.attributes["first_frame"] == 3
    assert [int(labels.data[index].max()) for index in range(4)] == [0, 1, 2, 3]
    assert list(cells["frame"]) == [4, 5, 5, 6, 6, 6]
    assert list(cells["label"]) == [1, 1, 2, 1, 2, 3]
    assert cells.loc[0, "mean_GFP"] == pytest.approx(image[4, 0, 5:17, 5:17].mean())
    assert (cells["area_px"] == 144).all()


def test_processes_do_not_run_the_job_s_script_again(block, checkout):
    """As Snakemake runs it: a script that is the main module; Python 3.14 no longer forks unless it is told to."""
    folder, _ = block
    script = folder / "script.py"
    script.write_text(
        "import multiprocessing\nmultiprocessing.set_start_method('spawn')\nprint('begins', flush=True)\n"
        "from sidewinder.instances.block import BlockOutputs\n"
        "from sidewinder.instances.movie import segment_movie\n"
        "files = {'maps': 'maps.zarr', 'image': 'image.ome.zarr'}\n"
        "outputs = BlockOutputs('l.zarr', 'l.parquet', 'l.npy')\n"
        "segment_movie(**files, outputs=outputs, settings={}, measure={}, threads=2)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(checkout / "workflow")}
    done = subprocess.run([sys.executable, script], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout == "begins\n"
    assert len(pd.read_parquet(folder / "l.parquet")) == 6


def test_processes_change_nothing(block):
    folder, _ = block
    one, cells_of_one = run(folder, "one")
    two, cells_of_two = run(folder, "two", threads=2)
    np.testing.assert_array_equal(one.data[:], two.data[:])
    for kind in ("parquet", "npy"):
        assert (folder / f"one.{kind}").read_bytes() == (folder / f"two.{kind}").read_bytes()
    pd.testing.assert_frame_equal(cells_of_one, cells_of_two)


def test_a_job_that_is_killed_leaves_no_process():
    # frames that take an hour each
    job = get_context("fork").Process(target=lambda: list(in_order(time.sleep, [3600] * 8, 3)))
    job.start()
    parent = psutil.Process(job.pid)
    wait_for(lambda: len(parent.children()) == 3, "three workers")
    workers = parent.children()
    job.kill()
    job.join()
    assert psutil.wait_procs(workers, timeout=PATIENCE_S)[1] == []


def test_an_empty_block_has_the_same_columns(block):
    folder, _ = block
    _, cells = run(folder, "one")
    write_stack(
        folder / "maps.zarr", iter(()), n_frames=0, frame_shape=(2, *SHAPE), dtype=np.uint8,
        attributes={"first_frame": 3, "n_frames": 0, "block": 1, "n_blocks": 9},
    )  # fmt: skip
    labels, empty = run(folder, "empty")
    assert labels.data.shape == (0, *SHAPE)
    assert len(empty) == 0
    assert list(empty.columns) == list(cells.columns)
    assert list(empty.dtypes) == list(cells.dtypes)
    assert np.load(folder / "empty.npy").shape == (0, *np.load(folder / "one.npy").shape[1:])


def test_unknown_settings_leave_nothing_behind(block):
    folder, _ = block
    with pytest.raises(UserError, match=r"no key instances\.sigma"):
        run(folder, "none", settings={"sigma": 2})
    assert not (folder / "none.zarr").exists()


@pytest.mark.case("results", "noise: more cells than any frame has")
def test_more_cells_than_any_frame_has_are_refused(block, monkeypatch):
    folder, _ = block
    monkeypatch.setattr(block_module, "MOST_CELLS_OF_A_FRAME", 3)
    run(folder, "three")
    monkeypatch.setattr(block_module, "MOST_CELLS_OF_A_FRAME", 2)
    said = r"^frame 6: 3 cells were found; 2 are allowed: compare model, channel and pixel_size_um in the sheet, or set"
    with pytest.raises(UserError, match=said):
        run(folder, "two", threads=2)
    assert not (folder / "two.zarr").exists()


def test_where_there_are_no_data_there_is_no_cell_and_nothing_is_uncertain(block):
    """Frame 6 has no data in its upper rows, which cut its three cells in two."""
    folder, image = block
    image = image.astype(np.float32)
    image[6, :, :9] = np.nan
    write_image(
        folder / "image.ome.zarr", iter(image), n_frames=8, shape_cyx=(1, *SHAPE), dtype=np.float32,
        pixel_size_um=None, frame_interval_s=None, channel_names=("GFP",), attributes={"no_data": [6]},
    )  # fmt: skip
    maps = np.full((4, 2, *SHAPE), 60, np.uint8)
    maps[:, 0, 5:17, 5:17] = 255
    attributes = open_stack(folder / "maps.zarr").attributes
    write_stack(
        folder / "maps.zarr", iter(maps), n_frames=4, frame_shape=(2, *SHAPE), dtype=np.uint8, attributes=attributes
    )
    labels, cells = run(folder, "cut")
    assert cells["frame"].tolist() == [3, 4, 5, 6]
    assert cells["area_px"].tolist() == [144, 144, 144, 84]
    assert cells["touches_border"].tolist() == [False, False, False, True]
    assert not labels.data[3][:10].any()
    assert np.isfinite(cells["background_GFP"]).all()
    uncertainty = np.load(folder / "cut.npy")
    assert uncertainty[3].sum() < uncertainty[2].sum()
