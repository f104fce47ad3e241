"""Whole runs of the workflow, on one machine."""

import pytest
import tifffile

from running import Workflow


@pytest.fixture
def workflow(checkout, tmp_path) -> Workflow:
    """The workflow in an empty folder."""
    return Workflow(checkout, tmp_path)


@pytest.fixture
def short(workflow, demo) -> Workflow:
    """A movie of eight frames in the working directory, and how to run it."""
    frames = tifffile.imread(demo.folder / "simulated" / "plain" / "01.ome.tif")[:8]
    tifffile.imwrite(workflow.folder / "short.tif", frames)
    workflow.sheet("movies.tsv", {"movie": "short", "path": "short.tif", "pixel_size_um": "0.5"})
    return workflow
