"""The config: what is shipped, and what is said of what is wrong."""

import copy
import math
import re
from dataclasses import fields

import pytest
import yaml

from sidewinder.config import check_config, merged, read_config
from sidewinder.errors import UserError
from sidewinder.settings import Config
from sidewinder.settings.check import defaults, section_of
from sidewinder.settings.default import default_config


@pytest.fixture(scope="module")
def shipped(checkout) -> dict:
    """config/config.yaml."""
    return yaml.safe_load((checkout / "config" / "config.yaml").read_text())


def test_the_shipped_config_is_allowed(shipped):
    check_config(shipped, ["config.yaml"])


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("exprots", [], "there is no key exprots; did you mean exports?"),
        ("infer.tiles", 256, "there is no key infer.tiles; did you mean infer.tile?"),
        ("infer.zzz", 1, "there is no key infer.zzz; allowed are tile, device"),
        ("exports", ["ctc", "trackmate"], "exports: found 'trackmate'; allowed is a list of ctc and geff, or []"),
        ("exports", "ctc", "exports: found 'ctc'; allowed is a list of ctc and geff, or []"),
        ("results", "a{b}", "results: found 'a{b}'; allowed is the path of a folder of its own, without any of {}<>"),
        ("results", ".", "results: found '.'; allowed is the path of a folder of its own, without any of {}<>"),
        ("movies", 2026, "movies: found 2026; allowed is the path of the sheet of movies"),
        ("infer", None, "infer: found None; allowed is a section with tile and device"),
        ("infer.tile", "big", "infer.tile: found 'big'; allowed is auto, or a whole number of pixels from 32 to 16384"),
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
        "without any of {}<>",
        "c: results: found 1; allowed is the path of a folder of its own, without any of {}<>",
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
        (
            {"track": {"search_range_um": 5, "search_range_px": 20}},
            "track.search_range_um: found 5, and search_range_px is 20; give one of them, not both",
        ),
        ({"train": {"diameter_px": [70, 14]}}, "train.diameter_px: found [70, 14]; the smallest comes first"),
        (
            {"train": {"base_width": 64, "depth": 7}},
            "train.base_width: 64, doubled on 7 levels, makes 8192 channels, which no memory holds; 4096 are allowed",
        ),
        (
            {"train": {"crop_px": 100, "depth": 3}},
            "train.crop_px: 100 is not a multiple of 8, which a network of depth 3 needs; 96 is one",
        ),
        (
            {"annotate": {"folder": "./out/"}, "results": "out"},
            "annotate.folder: found './out/', which is the folder of results; each needs one of its own",
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
