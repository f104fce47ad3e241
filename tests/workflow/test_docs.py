"""The pages of the repository: links lead somewhere, and pages that code and comments name are there."""

import re
import subprocess
from pathlib import Path

import pytest

FENCE = re.compile(r"^ *```.*?^ *```", flags=re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(([^)\s]+)\)|<img\s[^>]*src=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ +(.+?)\s*$", flags=re.MULTILINE)
# what a comment or a message of the repository calls a page; `<results>/docs/x.md` would be none
NAMED = re.compile(r"(?<![\w/.])(?:docs/[\w/-]+\.md|config/README\.md|CONTRIBUTING\.md)")
# not ours
VENDORED = "vendor"
MOST_LINES_OF_README = 95


@pytest.fixture(scope="module")
def files(checkout) -> list[Path]:
    """All files of the repository, also those that are not committed yet."""
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(git, cwd=checkout, capture_output=True, text=True, check=True).stdout.splitlines()
    return [path for name in names if (path := checkout / name).is_file() and VENDORED not in path.parts]


@pytest.fixture(scope="module")
def pages(files) -> list[Path]:
    found = [path for path in files if path.suffix == ".md"]
    assert len(found) > 15
    return found


def prose(page: Path) -> str:
    """A page without its blocks of code, in which brackets are no links and # begins no heading."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """What GitHub calls the headings of a page."""
    found: list[str] = []
    for heading in HEADING.findall(prose(page)):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        found.append(f"{name}-{found.count(name)}" if name in found else name)
    return set(found)


def links(page: Path) -> list[str]:
    """The links and pictures of a page that stay in the repository."""
    found = [link or source for link, source in LINK.findall(CODE.sub("", prose(page)))]
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def broken(page: Path) -> list[str]:
    """Links of a page that lead nowhere."""
    wrong = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            wrong.append(link)
    return wrong


def test_every_link_and_picture_is_there(pages, checkout):
    wrong = {str(page.relative_to(checkout)): found for page in pages if (found := broken(page))}
    assert wrong == {}


def test_a_link_that_leads_nowhere_is_noticed(tmp_path):
    page = tmp_path / "page.md"
    (tmp_path / "other.md").write_text("# A\n\n## `run`: how, why?\n\n## B\n\n## B\n")
    good = "[a](other.md) [b](other.md#run-how-why) [c](other.md#b-1) [d](https://x.org) `[e](no.md)` [f](#here)"
    code, bad = "```\n# no heading [g](no.md)\n```", "[h](no.md) ![i](no.png) [j](other.md#no)"
    page.write_text(f"# Here\n\n{good}\n\n{code}\n\n{bad}\n")
    assert broken(page) == ["no.md", "no.png", "other.md#no"]


def test_pages_that_code_and_comments_name_are_there(files, checkout):
    kinds = {".py", ".smk", ".yaml", ".toml", ".tsv", ".md", ".sh", ".def", ""}
    texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in files if path.suffix in kinds}
    named = {(str(path.relative_to(checkout)), name) for path, text in texts.items() for name in NAMED.findall(text)}
    assert ("benchmarks/models.py", "docs/measurements/training.md") in named
    assert {one for one in named if not (checkout / one[1]).is_file()} == set()


def test_every_page_and_picture_is_used(files, pages, checkout):
    """A page that nothing links to is read by nobody."""
    targets = {(page.parent / link.partition("#")[0]).resolve() for page in pages for link in links(page)}
    docs = checkout / "docs"
    ours = {path for path in files if docs in path.parents}
    assert {str(path.relative_to(docs)) for path in ours if path.resolve() not in targets} == set()


def test_the_readme_stays_short(checkout):
    assert len((checkout / "README.md").read_text(encoding="utf-8").splitlines()) <= MOST_LINES_OF_README
