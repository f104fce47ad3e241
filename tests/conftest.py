"""Fixtures that all tests share."""

from pathlib import Path

import pytest
from hypothesis import settings

# a busy machine is no reason to fail
settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")

CHECKOUT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root of the checkout."""
    return CHECKOUT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real movies with truth, which are not ours to redistribute and so are not in the checkout."""
    folder = CHECKOUT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"SKIPPED LOUDLY: the real movies are not at {folder}; what they would show is not shown here")
    return folder
