"""What keeps people from using a page."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def check_no_barriers(page: Page, width: int, scheme: str) -> None:
    """What axe-core finds, whether a phone has to be moved sideways, and whether the page is light or dark as asked."""
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", light)[:3])) > 380) == (scheme == "light")
