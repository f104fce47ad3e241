"""Names that stand in the rules, in schemas and in tables are those of `sidewinder.names`."""

import re
import tomllib
from pathlib import Path

import pytest

from sidewinder import evaluate, names
from sidewinder.schema import load_schema


@pytest.fixture(scope="module")
def rules(checkout) -> dict[str, str]:
    """The text of each rule, up to its log."""
    text = "\n".join(path.read_text() for path in sorted((checkout / "workflow" / "rules").glob("*.smk")))
    return {
        rule: text.split("log:")[0] for rule, text in re.findall(r"^rule (\w+):(.*?)script:", text, re.DOTALL | re.M)
    }


def made(rule: str, folder: str) -> set[str]:
    """What a rule's outputs in a folder are called."""
    return set(re.findall(rf'"{re.escape(folder)}/([^"/]+)"', rule.split("output:")[1]))


def test_there_is_one_version(checkout):
    assert tomllib.loads((checkout / "pyproject.toml").read_text())["project"]["version"] == names.VERSION
    assert f"version: {names.VERSION}\n" in (checkout / "CITATION.cff").read_text()


def test_rules_make_what_is_named(rules):
    products = {rule: made(text, "<results>/{movie}") for rule, text in rules.items()}
    # where the config asks for it
    products["track"] -= {names.DRIFT_CSV}
    assert {rule: found for rule, found in products.items() if found} == {
        rule: set(files) for rule, files in names.PRODUCTS.items()
    }
    work = {rule: made(text, "<results>/work/{movie}") for rule, text in rules.items()}
    assert {rule: found for rule, found in work.items() if found} == {
        "preprocess": {names.IMAGE},
        "track": {"label_tracks.parquet", "repairs.parquet"},
    } | {rule: set(files) for rule, files in names.BLOCKWISE.items()}
    tables = {names.EXPERIMENT, names.EXPERIMENT_LINEAGE}
    texts = {name.replace(".parquet", ".csv") for name in tables}
    assert made(rules["experiment"], "<results>") == tables | texts | {names.SUMMARY}
    assert made(rules["report_all"], "<results>") == {names.REPORT}


def test_rules_take_what_rules_make(rules):
    known = {name for files in (*names.PRODUCTS.values(), *names.BLOCKWISE.values()) for name in files}
    known |= {names.IMAGE, names.DRIFT_CSV, "label_tracks.parquet", "repairs.parquet"}
    for text in rules.values():
        taken = set(re.findall(r'"<results>/(?:work/)?{movie}/([^"/]+)"', text))
        taken |= set(re.findall(r'(?:products_of_all|work_files_of_all|of_blocks)\("([^"]+)"\)', text))
        assert taken <= known


def test_exports_are_products_that_the_sheet_may_ask_for():
    assert set(names.EXPORTS) <= set(names.PRODUCTS)
    column = load_schema("movies")["properties"]["exports"]
    assert re.search(column["pattern"], ",".join(names.EXPORTS))
    assert all(name in column["error_message"] for name in names.EXPORTS)


def test_no_movie_is_called_like_what_lies_beside_it(rules, checkout):
    refused = re.compile(load_schema("movies")["properties"]["movie"]["not"]["pattern"])
    text = "\n".join(rules.values()) + (checkout / "workflow" / "rules" / "common.smk").read_text()
    beside = set(re.findall(r'"<results>/([\w.]+)["/]', text))
    assert beside >= {"work", "logs", "benchmarks", "explorer", names.EXPERIMENT, names.SUMMARY}
    assert [name for name in sorted(beside) if not refused.search(name)] == []
    allowed = load_schema("movies")["properties"]["movie"]["error_message"]
    assert all(name in allowed for name in beside)


def test_scores_are_those_that_are_computed():
    assert tuple(evaluate.COLUMNS) == names.SCORES


def test_a_model_folder_holds_what_is_named(checkout):
    for folder in (checkout / "workflow" / "models").iterdir():
        assert {path.name for path in Path(folder).iterdir()} == {names.CARD, names.WEIGHTS}
