"""The config: what is shipped, and what is said of what is wrong."""

import copy
import math
import re
from dataclasses import fields

import pytest
import yaml

from sidewinder.config import check_config, check_keys, merged, read_config
from sidewinder.errors import UserError
from sidewinder.settings import Config
from sidewinder.settings.check import defaults, section_of
from sidewinder.settings.default import default_config

OF_EXPORTS = "a list of ctc, geff, trackmate, napari, colorizer, video, video_mp4 and ome_zarr_04, or []"
# what is said of paths that Snakemake would take for patterns
BARE = "without any of {}<> and invisible characters"


@pytest.fixture(scope="module")
def shipped(checkout) -> dict:
    """config/config.yaml."""
    return yaml.safe_load((checkout / "config" / "config.yaml").read_text())


def test_the_shipped_config_is_allowed(shipped):
    check_config(shipped, ["config.yaml"])


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        pytest.param(
            "exprots",
            [],
            "there is no key exprots; did you mean exports?",
            marks=pytest.mark.case("config", "a key that is not known"),
        ),
        ("infer.tiles", 256, "there is no key infer.tiles; did you mean infer.tile?"),
        ("infer.zzz", 1, "there is no key infer.zzz; allowed are tile, device, keep"),
        (
            "exports",
            ["ctc", "png"],
            f"exports: found 'png'; allowed is {OF_EXPORTS}",
        ),
        (
            "exports",
            "ctc",
            f"exports: found 'ctc'; allowed is {OF_EXPORTS}",
        ),
        (
            "results",
            "a{b}",
            f"results: found 'a{{b}}'; allowed is the path of a folder of its own, {BARE}",
        ),
        pytest.param(
            "results",
            "a\0b",
            f"results: found 'a\\x00b'; allowed is the path of a folder of its own, {BARE}",
            marks=pytest.mark.case("config", "a NUL in a path"),
        ),
        ("movies", "a\0b", "movies: found 'a\\x00b'; allowed is the path of the sheet of movies"),
        (
            "model",
            "a\n",
            "model: found 'a\\n'; allowed is the name of a folder in workflow/models, or the path of a "
            f"model folder, {BARE}",
        ),
        (
            "train.start_from",
            "a/\0",
            f"train.start_from: found 'a/\\x00'; allowed is the path of a model folder {BARE}, "
            "or an empty text for none",
        ),
        (
            "results",
            ".",
            f"results: found '.'; allowed is the path of a folder of its own, {BARE}",
        ),
        pytest.param(
            "movies",
            2026,
            "movies: found 2026; allowed is the path of the sheet of movies",
            marks=pytest.mark.case("config", "a number in place of a path"),
        ),
        ("infer", None, "infer: found None; allowed is a section with tile, device and keep"),
        pytest.param(
            "infer.tile",
            "big",
            "infer.tile: found 'big'; allowed is auto, or a whole number of pixels from 32 to 16384",
            marks=pytest.mark.case("config", "a word in place of a number"),
        ),
        ("infer.device", "gpu", "infer.device: found 'gpu'; allowed is auto, cpu or cuda"),
        (
            "track.search_range_px",
            0,
            "track.search_range_px: found 0; allowed is a number of pixels above 0, up to 100000",
        ),
        ("track.divisions", "yes", "track.divisions: found 'yes'; allowed is true or false"),
        ("explorer.frame", -1, "explorer.frame: found -1; allowed is auto, or the number of a frame, from 0"),
        ("explorer.region_px", 8, "explorer.region_px: found 8; allowed is a whole number from 32 to 1024"),
        (
            "explorer.region",
            [1],
            "explorer.region: found [1]; allowed is auto, or y and x of its centre in pixels of the movie, such as "
            "[200, 340]",
        ),
        (
            "measure.ring_px",
            [1],
            "measure.ring_px: found [1]; allowed is two distances in pixels from 0 to 1000, such as [1, 5], or []",
        ),
        ("measure.ring_px", [5, 1], "measure.ring_px: found [5, 1]; the nearer distance comes first"),
        (
            "measure.quantiles",
            [5],
            "measure.quantiles: found 5; allowed is a list of numbers from 0 to 1, such as [0.05, 0.5, 0.95], or []",
        ),
        ("tables", ["csv"], "tables: found ['csv']; parquet belongs to it, since all else is made of those tables"),
        ("train.seed", -1, "train.seed: found -1; allowed is a whole number from 0 to 4294967295"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(shipped, key, value, expected):
    config = copy.deepcopy(shipped)
    *sections, name = key.split(".")
    inner = config[sections[0]] if sections else config
    inner[name] = value
    with pytest.raises(UserError) as caught:
        check_config(config, ["config.yaml", "my.yaml"])
    assert str(caught.value) == f"config.yaml + my.yaml: {expected}"


def test_all_that_is_wrong_is_reported(shipped):
    config = copy.deepcopy(shipped) | {"results": 1, "moives": "x"}
    del config["model"]
    with pytest.raises(UserError) as caught:
        check_config(config, ["c"])
    assert str(caught.value).split("\n") == [
        "c: there is no key moives; did you mean movies?",
        "c: model: is missing; allowed is the name of a folder in workflow/models, or the path of a model folder, "
        f"{BARE}",
        f"c: results: found 1; allowed is the path of a folder of its own, {BARE}",
    ]


def test_the_shipped_config_is_what_the_settings_say(checkout, shipped):
    path = checkout / "config" / "config.yaml"
    assert path.read_text() == default_config(), f"run: python workflow/sidewinder config > {path}"
    assert shipped == defaults(Config)


def settings_of(kind, above=()):
    """Each setting with its sections."""
    for field in fields(kind):
        inner = section_of(field)
        if inner is None:
            yield (*above, field.name), field.metadata
        else:
            yield from settings_of(inner, (*above, field.name))


SETTINGS = list(settings_of(Config))


@pytest.mark.parametrize("path", [path for path, _ in SETTINGS], ids=".".join)
@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 1e300], ids=str)
def test_no_setting_takes_what_is_no_number_of_this_world(shipped, path, value):
    config = copy.deepcopy(shipped)
    inner = config[path[0]] if len(path) > 1 else config
    inner[path[-1]] = value
    with pytest.raises(UserError, match=re.escape(f"{'.'.join(path)}: found {value!r}; allowed is ")):
        check_config(config, ["c"])


def test_examples_are_allowed_where_they_are_shown(shipped):
    config = copy.deepcopy(shipped)
    shown = [(path, metadata["example"]) for path, metadata in SETTINGS if metadata["example"] is not None]
    for (section, name), example in shown:
        config[section][name] = example
    check_config(config, ["c"])
    assert shown == [(("track", "search_range_px"), 20)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param(
            {"track": {"search_range_um": 5, "search_range_px": 20}},
            "track.search_range_um: found 5, and search_range_px is 20; give one of them, not both",
            marks=pytest.mark.case("config", "two settings that exclude each other"),
        ),
        ({"train": {"diameter_px": [70, 14]}}, "train.diameter_px: found [70, 14]; the smallest comes first"),
        (
            {"train": {"base_width": 64, "depth": 7}},
            "train.base_width: 64, doubled on 7 levels, makes 8192 channels, which no memory holds; 4096 are allowed",
        ),
        pytest.param(
            {"train": {"crop_px": 100, "depth": 3}},
            "train.crop_px: 100 is not a multiple of 8, which a network of depth 3 needs; 96 is one",
            marks=pytest.mark.case("config", "crops that do not fit the network"),
        ),
        pytest.param(
            {"annotate": {"folder": "./out/"}, "results": "out"},
            "annotate.folder: found './out/', which is the folder of results; each needs one of its own",
            marks=pytest.mark.case("config", "two kinds of results in one folder"),
        ),
    ],
)
def test_what_does_not_go_together_is_refused(shipped, changes, expected):
    with pytest.raises(UserError) as caught:
        check_config(merged(copy.deepcopy(shipped), changes), ["c"])
    assert str(caught.value) == f"c: {expected}"


def test_all_configs_of_the_checkout_are_allowed(checkout, shipped):
    recipes = list((checkout / "config" / "training").glob("*.yaml"))
    assert recipes
    for recipe in recipes:
        check_config(merged(copy.deepcopy(shipped), read_config(recipe)), [recipe.name])


def test_numbers_of_a_section_on_the_command_line_are_numbers(shipped):
    config = copy.deepcopy(shipped)
    config["track"]["max_gap_frames"] = "1"
    config["track"]["divisions"] = "false"
    config["train"]["model"] = "models/7"
    check_config(config, ["config.yaml"])
    assert config["track"]["max_gap_frames"] == 1
    assert config["track"]["divisions"] is False
    assert config["train"]["model"] == "models/7"
    assert config["train"]["annotations"] == ""


@pytest.mark.case("config", "a list with what is no number")
def test_numbers_as_text_are_numbers_in_lists_too(shipped):
    """Snakemake hands over what stands inside of a section of --config as text."""
    config = copy.deepcopy(shipped)
    config["train"] |= {"diameter_px": ["12", "7e1"], "gamma": ".5", "iterations": "20"}
    config["explorer"]["region"] = ["200", "-3.5"]
    check_config(config, ["c"])
    assert config["train"] == shipped["train"] | {"diameter_px": [12, 70.0], "gamma": 0.5, "iterations": 20}
    assert config["explorer"]["region"] == [200, -3.5]
    for wrong in (["12", "many"], ["12", "nan"], ["12", "Infinity"]):
        config["train"]["diameter_px"] = wrong
        with pytest.raises(UserError, match=r"c: train\.diameter_px: found \[12, "):
            check_config(config, ["c"])


def test_the_home_folder_may_be_written_as_a_tilde_wherever_a_path_stands(shipped, monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")
    config = copy.deepcopy(shipped)
    config |= {"movies": "~/m.tsv", "results": "~/out", "model": "~/models/a"}
    config["annotate"]["folder"] = "~/annotate"
    config["train"] |= {"model": "~/models/b", "annotations": "~/a.tsv", "start_from": "~/models/a"}
    check_config(config, ["c"])
    found = [config["movies"], config["results"], config["model"], config["annotate"]["folder"]]
    found += [config["train"][key] for key in ("model", "annotations", "start_from")]
    names = ["m.tsv", "out", "models/a", "annotate", "models/b", "a.tsv", "models/a"]
    assert found == [f"/home/ada/{name}" for name in names]


@pytest.mark.case("config", "a home folder that is not there")
def test_a_home_folder_that_is_not_there_is_refused(shipped):
    with pytest.raises(UserError, match=r"c: results: found '~nobody-of-that-name/out'; there is no such home folder"):
        check_config(copy.deepcopy(shipped) | {"results": "~nobody-of-that-name/out"}, ["c"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("track:\n  repair: true\nmodel: a\ntrack:\n  repair: true\n", "track stands in line 1 and again in line 4"),
        ("track:\n  repair: true\n  repair: false\n", "track.repair stands in line 2 and again in line 3"),
        pytest.param(
            "a: [{b: 1, b: 2}]\n", "a.b stands in line 1 and again in line 1",
            marks=pytest.mark.case("config", "a key that stands twice"),
        ),
        ('{"results": "a", "results": "b"}', "results stands in line 1 and again in line 1"),
    ],
)  # fmt: skip
def test_a_key_that_stands_twice_is_refused(tmp_path, text, said):
    (tmp_path / "twice.yaml").write_text(text)
    with pytest.raises(UserError, match=f"twice.yaml: the key {said}"):
        read_config(tmp_path / "twice.yaml")


def test_what_is_no_yaml_is_left_to_who_reads_it(tmp_path):
    (tmp_path / "tabs.json").write_text('{\n\t"results": "a"\n}')
    (tmp_path / "none.yaml").write_text("a: [")
    check_keys([tmp_path / "tabs.json", tmp_path / "none.yaml", tmp_path / "missing.yaml"])
