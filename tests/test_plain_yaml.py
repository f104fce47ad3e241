"""YAML of users: as small as it looks, or refused before anything is made of it."""

import re

import pytest

from sidewinder.config import check_keys, read_config
from sidewinder.errors import UserError
from sidewinder.limits import MOST_YAML_VALUES
from sidewinder.plain_yaml import load_yaml

# each level repeats the one before nine times
EXPANDS = "a0: &a0 [x]\n" + "".join(f"a{level}: &a{level} [{f'*a{level - 1}, ' * 9}]\n" for level in range(1, 10))
MERGES = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [{f'*a{n - 1}, ' * 9}], y{n}: 1}}\n" for n in range(1, 10))


def test_aliases_stand_for_what_they_repeat():
    assert load_yaml("a: &a [1, 2]\nb: [*a, *a]\nc: {<<: {d: 1}, e: 2}") == {
        "a": [1, 2],
        "b": [[1, 2], [1, 2]],
        "c": {"d": 1, "e": 2},
    }
    assert load_yaml("") is None


@pytest.mark.parametrize("more", [0, 1])
def test_the_most_values_are_read_and_no_more(more):
    # 99 lists of 999 values, with those values beside them, in one that is a value itself
    text = f"[&a [{'1,' * 999}], {'*a,' * 98} {'1,' * (999 + more)}]"
    assert 1 + 99 * 1000 + 999 == MOST_YAML_VALUES
    if more:
        with pytest.raises(ValueError, match="it has 1e.05 values; 100000 are allowed"):
            load_yaml(text)
    else:
        assert len(load_yaml(text)) == 99 + 999


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            EXPANDS,
            "e+08 values; 100000 are allowed",
            marks=pytest.mark.case("config", "aliases that repeat each other without end"),
        ),
        (MERGES, "values; 100000 are allowed"),
        ("track: &a {b: *a}", "a part contains itself"),
        ("exports: &a [*a]", "a part contains itself"),
    ],
)
def test_a_config_that_grows_without_end_is_refused(tmp_path, text, said):
    path = tmp_path / "c.yaml"
    path.write_text(text)
    for read in (read_config, lambda path: check_keys([path])):
        with pytest.raises(UserError, match=re.escape(f"{path} cannot be read as a config: ")) as caught:
            read(path)
        assert said in str(caught.value)


def test_what_is_nested_too_deeply_is_refused(tmp_path):
    (tmp_path / "c.yaml").write_text("[" * 200)
    with pytest.raises(UserError, match=r"c\.yaml cannot be read as a config: it is nested too deeply"):
        read_config(tmp_path / "c.yaml")
