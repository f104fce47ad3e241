"""What is watched of pages in a browser: errors of theirs, and what they ask for."""

from collections.abc import Iterator

import pytest

from polling import wait_for
from watched import Watched


@pytest.fixture
def watched(browser) -> Iterator[Watched]:
    """Windows that may have complaints."""
    watched = Watched(browser)
    yield watched
    watched.close()


@pytest.fixture
def written(tmp_path):
    """The address of a page with this body."""

    def write(body: str) -> str:
        file = tmp_path / "page.html"
        file.write_text(f"<!doctype html><title>A page</title><link rel=icon href=data:,>{body}")
        return file.as_uri()

    return write


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("<script>console.error('wrong')</script>", "console: wrong"),
        ("<script>console.warn('odd')</script>", "console: odd"),
        ("<script>throw new Error('nobody caught this')</script>", "not caught: nobody caught this"),
        ("<script>Promise.reject(new Error('nobody awaited this'))</script>", "not caught: nobody awaited this"),
        ("<img alt='' src='https://example.org/a.png'>", "asked for https://example.org/a.png"),
        ("<script>fetch('http://127.0.0.1:1/a').catch(() => {})</script>", "asked for http://127.0.0.1:1/a"),
        ("<script>new WebSocket('ws://127.0.0.1:1/a')</script>", "asked for ws://127.0.0.1:1/a"),
        (
            "<script>new Worker(URL.createObjectURL(new Blob([`fetch('http://127.0.0.1:1/a').catch(() => {})`])))"
            "</script>",
            "asked for http://127.0.0.1:1/a",
        ),
    ],
    ids=["console", "warning", "error", "promise", "picture", "fetch", "socket", "worker"],
)
def test_it_is_noticed(watched, written, body, complaint):
    page = watched.page()
    page.goto(written(body))
    # playwright hears of things only while it is asked something
    wait_for(lambda: page.title() and complaint in watched.complaints, complaint)


def test_what_a_page_makes_itself_is_its_own(watched, written):
    page = watched.page()
    page.goto(written("<script>console.log('fine')</script>"))
    page.evaluate("Promise.all([fetch(URL.createObjectURL(new Blob(['a']))), fetch('data:,a')])")
    assert watched.complaints == []


def test_a_page_is_opened_and_looked_at(page_of, written, request):
    page = page_of(viewport={"width": 400, "height": 300})
    page.goto(written(""))
    assert page.title() == "A page"
    assert page.evaluate("innerWidth") == 400
    assert request.node.get_closest_marker("browser")
