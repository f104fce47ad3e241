"""The explorer's page: how large it is, how long it takes, and its pictures for the docs.

    python benchmarks/explorer.py demo/results/explorer/index.html

prints the table of docs/measurements/explorer.md and draws docs/images/explorer-*.jpg, in Debian's Chromium. Times are
of the page's own work on one core: opening it until the first result, another frame, and a switched skip connection,
the finest (of which only the last level is computed again) and the coarsest; each the median of five.
"""

import statistics
import sys
import time
from pathlib import Path

from material import CHECKOUT
from playwright.sync_api import Browser, Locator, Page, sync_playwright

PICTURES = CHECKOUT / "docs" / "images"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
N_RUNS = 5


def idle(page: Page) -> None:
    """Wait until all is computed and drawn."""
    page.locator('html[data-ready="true"][data-busy="false"]').wait_for(state="attached", timeout=300_000)


def opened(browser: Browser, path: Path, **options) -> Page:
    page = browser.new_context(bypass_csp=True, **options).new_page()
    page.goto(path.resolve().as_uri())
    idle(page)
    return page


def timed(act, page: Page | None = None) -> float:
    """Seconds until what was asked for is there."""
    start = time.perf_counter()
    made = act()
    idle(page or made)
    return time.perf_counter() - start


def times(browser: Browser, path: Path) -> dict[str, float]:
    """Seconds of each thing that one can ask for."""
    taken = {"opening": statistics.median(timed(lambda: opened(browser, path)) for _ in range(3))}
    page = opened(browser, path)
    frames = page.locator("#frames input")
    taken["another frame"] = statistics.median(
        timed(lambda index=index: frames.nth(index % frames.count()).check(), page) for index in range(N_RUNS)
    )
    switches = page.locator("#switches input")
    for name, place in (("the finest connection", 0), ("the coarsest connection", switches.count() - 1)):
        taken[name] = statistics.median(timed(switches.nth(place).click, page) for _ in range(N_RUNS))
    return taken


def draw(browser: Browser, path: Path) -> None:
    """Four states of the page."""
    page = opened(browser, path, viewport={"width": 1360, "height": 900})
    page.locator('[data-part="contract2"]').click()
    page.locator('[data-part="expand1"]').click()
    idle(page)
    take(page.locator("#network .stage"), "network")
    for level in (1, 2):
        page.locator(f'#switches input[value="{level}"]').click()
    idle(page)
    take(page.locator("#why .why"), "skips")
    take(page.locator("#to-cells"), "cells")
    phone = opened(browser, path, viewport={"width": 360, "height": 720}, color_scheme="dark", device_scale_factor=2)
    phone.locator("#diagram").evaluate("diagram => diagram.scrollIntoView()")
    take(phone, "phone")


def take(what: Page | Locator, name: str) -> None:
    """A picture for the docs."""
    what.screenshot(path=PICTURES / f"explorer-{name}.jpg", type="jpeg", quality=88)


def main() -> None:
    """Print the table, draw the pictures."""
    path = Path(sys.argv[1])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        print(f"size of the page: {path.stat().st_size / 1e6:.1f} MB\n\n|until the result is there|s|\n|---|---|")
        for name, seconds in times(browser, path).items():
            print(f"|{name}|{seconds:.1f}|")
        draw(browser, path)


if __name__ == "__main__":
    main()
