"""Whole runs of the workflow, on one machine."""

import pytest

from running import Workflow


@pytest.fixture
def workflow(checkout, tmp_path) -> Workflow:
    """The workflow in an empty folder."""
    return Workflow(checkout, tmp_path)
