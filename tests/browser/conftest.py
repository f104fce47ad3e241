import pytest
from playwright.sync_api import sync_playwright

ARGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync".split()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as p:
        b = p.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        yield b
        b.close()


@pytest.fixture
def page_of(browser):
    wrong = []
    made = []

    def make(**o):
        c = browser.new_context(bypass_csp=True, **o)
        made.append(c)
        pg = c.new_page()
        pg.on("console", lambda m: m.type in ("error", "warning") and wrong.append(m.text))
        pg.on("pageerror", lambda e: wrong.append(str(e) + str(e.stack)))
        pg.on("request", lambda r: r.url[:5] in ("file:", "data:", "blob:") or wrong.append(r.url))
        return pg

    yield make
    for c in made:
        c.close()
    assert wrong == []
