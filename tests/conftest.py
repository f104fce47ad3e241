"""Fixtures that all tests share."""

import fcntl
import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

from running import Workflow

# a busy machine is no reason to fail
settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")

# a shell that starts the tests in the background has them ignore interrupts, and with them all that they start: runs,
# and the daemons of clusters with their jobs
signal.signal(signal.SIGINT, signal.default_int_handler)

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


@pytest.fixture(scope="session")
def demo(checkout, tmp_path_factory) -> Workflow:
    """The simulated experiment, run once as `make demo` does, for all of pytest-xdist's workers; left as it is."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo"
    folder.mkdir(exist_ok=True)
    done = Workflow(checkout, folder)
    said = folder / "said.txt"
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            result = done.run("--config", f"movies={os.path.relpath(checkout / 'config' / 'demo.tsv', folder)}")
            assert result.returncode == 0, result.stdout[-3000:]
            said.write_text(result.stdout)
    return done
