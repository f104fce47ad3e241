"""The table of docs/reliability.md, what users see in tests marked `case`: `pytest -m case --write-cases` writes it."""

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from sidewinder.errors import UserError

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = CHECKOUT / "docs" / "reliability.md"
BEGIN, END = "<!-- cases: written by `pytest -m case --write-cases` -->\n", "<!-- end of cases -->\n"
GROUPS = (
    "raw data", "sheet", "config", "model", "package", "annotations", "truth", "results", "machine",
)  # fmt: skip
# in the source of a test: group and name are written out
NAMED = re.compile(r'mark\.case\(\s*"([^"]+)",\s*"([^"]+)",?\s*\)')
# of a job, a run and `python workflow/sidewinder` after a UserError: tests/workflow/test_job.py, driver/test_main.py
EXIT_CODE_OF_ERROR = 1


class Case(NamedTuple):
    """A row of the table."""

    group: str
    name: str
    message: str
    exit_code: int


class Recorder:
    """What users see in the tests of this session, by group and name; of several examples the first counts."""

    def __init__(self) -> None:
        self.cases: dict[tuple[str, str], Case] = {}
        self.problem = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Note the last error that a marked test provokes, or what the test itself says is shown."""
        marker = item.get_closest_marker("case")
        errors: list[str] = []
        if marker is None or marker.args in self.cases:
            return (yield)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(UserError, "__init__", lambda self, *args: errors.append(str(args[0])))
            result = yield
        shown = item.stash.get(SHOWN, None) or (errors[-1] if errors else "", EXIT_CODE_OF_ERROR)
        self.cases[marker.args] = Case(*marker.args, in_general(shown[0]), shown[1])
        return result

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the table, unless a case is missing or has no message."""
        missing = sorted(named_in_tests() - {key for key, case in self.cases.items() if case.message})
        if missing or session.testsfailed:
            self.problem = (
                f"{PAGE} stays as it is: {session.testsfailed} tests failed, cases without a message: {missing}"
            )
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            return
        head, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        tail = rest.partition(END)[2]
        PAGE.write_text(f"{head}{BEGIN}\n{table(list(self.cases.values()))}\n{END}{tail}", encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Say why there is no new table."""
        terminalreporter.write_line(self.problem or f"{len(self.cases)} cases are written to {PAGE}")


SHOWN = pytest.StashKey[tuple[str, int]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-cases", action="store_true", help="write the table of cases into docs/reliability.md")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--write-cases"):
        config.pluginmanager.register(Recorder())


@pytest.fixture
def shown(request: pytest.FixtureRequest) -> Callable[[str, int], None]:
    """Says what the user of a case sees, and the exit code, where that is not the message of a UserError."""

    def show(message: str, exit_code: int) -> None:
        request.node.stash[SHOWN] = (message, exit_code)

    return show


def in_general(message: str) -> str:
    """A message in one line, without what is of this machine and this run."""
    message = re.sub(r"/[^ ']*/pytest-\d+/[^/ ']+", "<folder>", message.replace(str(CHECKOUT), "<checkout>"))
    message = message.replace(socket.gethostname(), "<machine>")
    message = re.sub(r"\bprocess \d+\b", "process 1234", message)
    # names of files need not be UTF-8
    return " / ".join(message.strip().splitlines()).encode("utf-8", "backslashreplace").decode()


def table(cases: list[Case]) -> str:
    """The rows of all groups, in Markdown."""
    lines = []
    for group in GROUPS:
        lines += [f"### {group.capitalize()}", "", "| case | message | exit code |", "|---|---|---|"]
        lines += [
            f"| {one.name} | `{one.message.replace('|', chr(92) + '|').replace('`', chr(39))}` | {one.exit_code} |"
            for one in cases
            if one.group == group
        ]
        lines.append("")
    return "\n".join(lines)


def named_in_tests() -> set[tuple[str, str]]:
    """Group and name of each case that a test is marked with."""
    files = (CHECKOUT / "tests").rglob("test_*.py")
    return {found for file in files for found in NAMED.findall(file.read_text(encoding="utf-8"))}


def listed_in_page() -> list[Case]:
    """The cases of the table that is there."""
    written = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    found, group = [], ""
    for line in written.splitlines():
        if line.startswith("### "):
            group = line.removeprefix("### ").lower()
        if row := re.fullmatch(r"\| (?!case)(.+?) \| `(.+)` \| (\d+) \|", line):
            found.append(Case(group, row[1], row[2], int(row[3])))
    return found
