"""Fixtures that all tests share."""

import fcntl
import gc
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from polling import PATIENCE_S
from rules import read_rules
from running import Workflow
from watched import Watched

# the marker `case` and --write-cases
pytest_plugins = ["cases"]
# no test files, but with assertions
pytest.register_assert_rewrite("contract", "batch", "valid_tracks")

# a busy machine is no reason to fail, nor is chance: the same examples each time. Others: --hypothesis-profile=random
settings.register_profile("random", deadline=None)
settings.register_profile("same", deadline=None, derandomize=True)
settings.load_profile("same")

# a shell that starts the tests in the background has them ignore interrupts, and with them all that they start: runs,
# and the daemons of clusters with their jobs
signal.signal(signal.SIGINT, signal.default_int_handler)

# as in jobs: threads of PyTorch that wait for each other leave the core to other tests
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

CHECKOUT = Path(__file__).resolve().parents[1]
# whoever uses one of these fixtures, itself or by way of others, is marked so
MARKERS = {
    "workflow": {"batch_system", "clean_checkout", "demo", "snakemake", "stubbed_checkout", "workflow"},
    "cluster": {"batch_system", "gridengine", "slurm", "standin"},
    "real": {"shared_data"},
    "browser": {"browser"},
    "environment": {"install"},
}


# the longest files, which pytest-xdist is to hand out first: those of batch systems mostly wait, others run beside them
FIRST = (
    "test_on_slurm.py",
    "test_on_gridengine.py",
    "test_killed.py",
    "test_on_lsf.py",
    "test_on_pbs.py",
    "test_explorer.py",
    "test_module.py",
    "test_demo.py",
    "test_install.py",
    "test_s3.py",
    "test_partial_tables.py",
    "test_software.py",
    "test_container.py",
)

# Debian's; root, who runs CI, gets no sandbox, and nothing is to be fetched behind a page's back
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
ARGUMENTS += ["--disable-component-update", "--disable-sync"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by what it uses, and begin with the longest files."""
    for item in items:
        for marker, fixtures in MARKERS.items():
            if not fixtures.isdisjoint(item.fixturenames):
                item.add_marker(marker)
    items.sort(key=lambda item: FIRST.index(item.path.name) if item.path.name in FIRST else len(FIRST))


def pytest_collection_finish() -> None:
    """Spare each garbage collection from here on the many objects of modules and tests, which stay anyway."""
    gc.collect()
    gc.freeze()


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
def rules(checkout) -> dict[str, dict[str, Any]]:
    """What each rule of the workflow says of itself, by the rule's name; see `rules.py`."""
    return read_rules(checkout)


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


@pytest.fixture(scope="module")
def browser() -> Iterator:
    """Chromium, headless.

    One a file and not one a session: while it is there, a loop of asyncio runs in this thread, and no test of another
    file could start its own.
    """
    if not CHROMIUM.is_file():
        pytest.skip(f"SKIPPED LOUDLY: {CHROMIUM} is not there (apt install chromium); what pages do is not shown here")
    # not needed by tests without a browser
    from playwright.sync_api import expect, sync_playwright

    # five seconds otherwise, which a busy machine exceeds
    expect.set_options(timeout=1000 * PATIENCE_S)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, timeout=1000 * PATIENCE_S)
        yield started
        started.close()


@pytest.fixture
def page_of(browser) -> Iterator[Callable]:
    """Makes pages, each a window; fails in the end if one had an error or asked the network for anything."""
    watched = Watched(browser)
    yield watched.page
    watched.close()
    assert not watched.complaints
