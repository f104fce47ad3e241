"""Fixtures that all tests share."""

import fcntl
import os
import signal
import subprocess
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
# whoever uses one of these fixtures, itself or by way of others, is marked so
MARKERS = {
    "workflow": {"batch_system", "clean_checkout", "demo", "snakemake", "stubbed_checkout", "workflow"},
    "cluster": {"batch_system", "gridengine", "slurm", "standin"},
    "real": {"shared_data"},
}


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a test, and keep together on one worker of pytest-xdist those of a file, or of a batch system."""
    for marker, fixtures in MARKERS.items():
        if not fixtures.isdisjoint(item.fixturenames):
            item.add_marker(marker)
    if item.config.pluginmanager.hasplugin("xdist"):
        item.add_marker(pytest.mark.xdist_group(system_of(item) or str(item.path.relative_to(CHECKOUT))))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Clusters first: they mostly wait, and the others run beside them."""
    items.sort(key=lambda item: system_of(item) is None)


def system_of(item: pytest.Item) -> str | None:
    """Which batch system a test needs, of which there is one on a machine."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return next((name for name in ("slurm", "gridengine") if name in item.fixturenames), parameters.get("batch_system"))


@pytest.fixture(autouse=True)
def _snakemake_is_marked(request, monkeypatch) -> None:
    """Let no test start Snakemake that is not marked so: `make check` would grow slow unnoticed."""
    if request.node.get_closest_marker("workflow"):
        return
    start = subprocess.Popen.__init__

    def start_others(self, args, *rest, **options):
        words = args.split() if isinstance(args, str) else [os.fspath(word) for word in args]
        assert "snakemake" not in [Path(word).name for word in words], "a test that starts Snakemake is marked workflow"
        start(self, args, *rest, **options)

    monkeypatch.setattr(subprocess.Popen, "__init__", start_others)


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
