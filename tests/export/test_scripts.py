"""The scripts of the exports take what their rules hand them, and make what these promise."""

import re
import runpy
import sys
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from sidewinder.names import EXPORTS, PRODUCTS

NAMED = re.compile(r'(\w+)=(?:directory\()?"<results>/{movie}/([^"/]+)"')


@pytest.fixture(scope="module")
def rules(checkout) -> dict[str, str]:
    """The text of each rule."""
    text = "".join((checkout / "workflow" / "rules" / name).read_text() for name in ("exports.smk", "overlay.smk"))
    return dict(re.findall(r"^rule (\w+):(.*?scripts/\w+\.py)\"", text, re.DOTALL | re.M))


@pytest.mark.parametrize("rule", EXPORTS)
def test_a_rule_and_its_script_fit(tmp_path, monkeypatch, checkout, gapped, publish_labels, rules, rule):
    if rule == "video_mp4":
        pytest.importorskip("av", reason="SKIPPED LOUDLY: PyAV is not there (pip install av), no video is tried")
    publish_labels(*gapped)
    inputs, outputs = rules[rule].split("log:")[0].split("output:")
    names = [
        SimpleNamespace(**{name: str(tmp_path / file) for name, file in NAMED.findall(text)})
        for text in (inputs, outputs)
    ]

    @contextmanager
    def job():
        yield SimpleNamespace(
            input=names[0], output=names[1], params=SimpleNamespace(channel="0"), wildcards=SimpleNamespace(movie="m")
        )

    stand_in = ModuleType("job")
    stand_in.job = job
    monkeypatch.setitem(sys.modules, "job", stand_in)
    before = set(tmp_path.iterdir())
    runpy.run_path(str(checkout / "scripts" / Path(rules[rule].rpartition("scripts/")[2])))
    assert {path.name for path in set(tmp_path.iterdir()) - before} == set(PRODUCTS[rule])
