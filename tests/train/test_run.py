"""From annotated frames to a model folder, and what is refused."""

import csv
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tifffile

from sidewinder.errors import UserError
from sidewinder.model import load_model, save_model
from sidewinder.normalization import ByQuantiles
from sidewinder.settings import TrainSettings
from sidewinder.store import write_image
from sidewinder.train.annotations import AnnotatedFrame
from sidewinder.train.crops import Crops
from sidewinder.train.recipe import Recipe
from sidewinder.train.run import collect_frames, few_of_each, first_network, model_pixel_size_um, object_diameter_px
from sidewinder.train.run import train as train_by

# one core, beside other tests
train = partial(train_by, threads=1)

SMALL = {"simulated_frames": 6, "iterations": 6, "batch": 2, "crop_px": 64, "base_width": 4, "depth": 2}


def frame(source: str, number: int = 0, pixel_size_um: float | None = None, validate: bool = False) -> AnnotatedFrame:
    labels = np.zeros((40, 40), np.int32)
    labels[10:20, 10:20] = 1
    known = np.ones((40, 40), bool)
    return AnnotatedFrame(f"{source}/{number}", labels.astype(np.float32), labels, known, True, pixel_size_um, validate)


@pytest.fixture(scope="module", autouse=True)
def _small_frames():
    """Much smaller simulated frames than those that models are trained on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sidewinder.train.run.SIMULATED_SHAPE", (96, 96))
        yield


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """The model folder of a small training; left as it is."""
    folder = tmp_path_factory.mktemp("trained")
    train(SMALL, folder / "mine")
    return folder / "mine"


def test_a_model_that_was_being_replaced_when_a_training_was_killed_is_back(trained, tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    shutil.copytree(trained, tmp_path / f".mine.{socket.gethostname()}-{dead.pid}.old")
    # with it one may go on, though this training is refused
    with pytest.raises(UserError, match="neither annotations nor simulated_frames"):
        train({"start_from": str(tmp_path / "mine")}, tmp_path / "mine")
    assert (tmp_path / "mine/weights.safetensors").read_bytes() == (trained / "weights.safetensors").read_bytes()


def test_a_model_folder_comes_out(trained):
    model = load_model(trained)
    assert model.classes == ("background", "cell", "border")
    assert model.card["training"]["iterations"] == 6
    assert model.card["trained_on"] == ["simulated: 6 frames"]
    assert model.card["scores"]["SEG_of_frames_kept_from_training"].keys() == {"simulated"}
    assert model.pixel_size_um is None
    assert not trained.with_name("mine.checkpoint").exists()
    rows = list(csv.DictReader((trained / "training.csv").open()))
    assert [row["iteration"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert float(rows[-1]["SEG_simulated"]) == model.card["scores"]["SEG_of_frames_kept_from_training"]["simulated"]
    page = (trained / "training.html").read_text()
    # the curves, and four pictures of each of three frames
    assert page.count("data:image/png;base64,") == 1
    assert page.count("data:image/jpeg;base64,") == 4 * 3
    assert "http" not in page


def test_a_movie_with_corrected_masks_is_learnt_from(trained, tmp_path):
    """As the docs have it: the preprocessed movie, the folder ctc/ of its results, and the frames that are right."""
    rng, labels = np.random.default_rng(0), np.zeros((3, 72, 72), np.uint16)
    labels[:, 20:40, 20:40], labels[:, 44:60, 20:40] = 1, 2
    frames = (rng.integers(90, 110, labels.shape) + 400 * (labels > 0)).astype(np.uint16)
    quantiles = {"1": 92.0, "5": 95.0, "25": 97.0, "50": 100.0, "99.8": 505.0}
    write_image(
        tmp_path / "image.ome.zarr", frames[:, None], n_frames=3, shape_cyx=(1, 72, 72), dtype=np.uint16,
        pixel_size_um=0.5, frame_interval_s=None, channel_names=("a",),
        attributes={"statistics": [{"channel": "a", "quantiles": quantiles}]},
    )  # fmt: skip
    (tmp_path / "plain").mkdir()
    for frame, mask in enumerate(labels):
        tifffile.imwrite(tmp_path / "plain" / f"mask{frame:03d}.tif", mask)
    row = f"{tmp_path}/image.ome.zarr\t{tmp_path}/plain\tyes\t1-2\n"
    (tmp_path / "my.tsv").write_text(f"images\tlabels\tcomplete\tframes\n{row}")
    settings = SMALL | {"simulated_frames": 0, "annotations": str(tmp_path / "my.tsv"), "gamma": 1.0, "iterations": 2}
    train(settings, tmp_path / "mine")
    card = load_model(tmp_path / "mine").card
    assert card["trained_on"] == [f"{tmp_path}/plain: 2 frames"]
    assert load_model(tmp_path / "mine").pixel_size_um == 0.5


def test_the_same_settings_make_the_same_model(trained, tmp_path):
    train(SMALL, tmp_path / "again")
    for file in ("weights.safetensors", "card.yaml", "training.csv", "training.html"):
        assert (trained / file).read_bytes() == (tmp_path / "again" / file).read_bytes(), file


def test_going_on_from_a_model_keeps_its_weights_and_its_normalization(tmp_path):
    network, _ = first_network(TrainSettings(**SMALL), Recipe())
    classes = ("background", "cell", "border")
    save_model(tmp_path / "first", network, ByQuantiles(0.5, 99.9, 0.7), classes, {})
    again, normalization = first_network(TrainSettings(start_from=str(tmp_path / "first"), seed=9), Recipe(dropout=0.1))
    assert normalization == ByQuantiles(0.5, 99.9, 0.7)
    assert again.dropout == 0.1
    for first, second in zip(network.parameters(), again.parameters(), strict=True):
        np.testing.assert_allclose(first.detach(), second.detach(), rtol=1e-3, atol=1e-6)
    save_model(tmp_path / "other", network, ByQuantiles(), ("background", "cell", "rim"), {})
    with pytest.raises(UserError, match=r"other/card\.yaml: .*classes are .*'rim'\] of a network with 3, expected 3"):
        first_network(TrainSettings(start_from=str(tmp_path / "other")), Recipe())


def test_the_crop_fits_the_network_that_is_gone_on_from(trained, tmp_path):
    # of depth 2, whatever the settings say
    more = SMALL | {"crop_px": 68, "depth": 4, "start_from": str(trained)}
    train(more, tmp_path / "second")
    assert load_model(tmp_path / "second").network.architecture.depth == 2
    with pytest.raises(UserError, match="66 is not a multiple of 4"):
        train(more | {"crop_px": 66}, tmp_path / "third")


def test_frames_without_a_single_cell_teach_nothing(monkeypatch):
    empty = [replace(frame("a", number), labels=np.zeros((40, 40), np.int32)) for number in range(3)]
    monkeypatch.setattr("sidewinder.train.run.read_annotations", lambda *_: empty)
    with pytest.raises(UserError, match=r"^a\.tsv: none of the 3 frames to learn from has a cell in its labels"):
        collect_frames(TrainSettings(annotations="a.tsv"), ByQuantiles())
    monkeypatch.setattr("sidewinder.train.run.read_annotations", lambda *_: [*empty, frame("a", 3)])
    assert len(collect_frames(TrainSettings(annotations="a.tsv"), ByQuantiles())[0]) == 4


def test_frames_to_validate_are_those_the_sheet_names_else_every_sixth(monkeypatch):
    frames = [frame("a", number) for number in range(13)]
    monkeypatch.setattr("sidewinder.train.run.read_annotations", lambda *_: frames)
    training, validation, _ = collect_frames(TrainSettings(annotations="sheet"), ByQuantiles())
    assert [each.name for each in validation] == ["a/5", "a/11"]
    assert len(training) == 11
    frames[3] = frame("a", 3, validate=True)
    training, validation, _ = collect_frames(TrainSettings(annotations="sheet"), ByQuantiles())
    assert validation == [frames[3]]
    assert len(training) == 12


@pytest.mark.parametrize(
    ("wanted", "sizes", "expected"),
    [("auto", (0.2, 0.8), 0.4), ("auto", (0.2, None), None), (0.65, (0.2, None), 0.65), (None, (0.2, 0.8), None)],
)
def test_the_model_s_pixel_size(wanted, sizes, expected):
    frames = [frame(name, pixel_size_um=size) for name, size in zip("ab", sizes, strict=True)]
    # a long movie counts as much as a short one
    frames += [frame("a", number, sizes[0]) for number in range(1, 9)]
    assert model_pixel_size_um(TrainSettings(pixel_size_um=wanted), frames) == expected


@pytest.mark.parametrize(("model_um", "expected"), [(0.4, [5.6, 22.6]), (None, [11.3, 11.3])])
def test_the_card_s_diameters_are_in_the_model_s_pixels(model_um, expected):
    # squares of 10 pixels are as large as discs of 11.3
    frames = [frame("a", pixel_size_um=0.2), frame("b", pixel_size_um=0.8)]
    settings = TrainSettings(diameter_px="auto")
    found = object_diameter_px(settings, Crops(frames, [], settings, Recipe(), model_um, ByQuantiles()))
    # 5 and 95 % between the two
    np.testing.assert_allclose(found, np.percentile(expected, (5, 95)), atol=0.1)
    settings = TrainSettings(diameter_px=(12, 70))
    assert object_diameter_px(settings, Crops(frames, [], settings, Recipe(), model_um, ByQuantiles())) == [12, 70]


def test_some_frames_of_each_set_are_looked_at():
    frames = [frame("a", number) for number in range(10)] + [frame("b", number) for number in range(2)]
    assert [each.name for each in few_of_each(frames)] == ["a/0", "a/4", "a/8", "b/0", "b/1"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 3}, r"no key train\.epochs; allowed are model, annotations, simulated_frames"),
        pytest.param(
            {"simulated_frames": 0},
            "nothing to learn from",
            marks=pytest.mark.case("model", "a training with nothing to learn from"),
        ),
        (SMALL | {"crop_px": 65}, "not a multiple of 4"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path, settings, message):
    with pytest.raises(UserError, match=message):
        train(settings, tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


@pytest.mark.case("model", "a retraining that fails: the old model stays")
def test_the_old_model_stays_until_the_next_one_is_complete(trained, tmp_path, monkeypatch):
    folder = shutil.copytree(trained, tmp_path / "mine")
    (folder / "notes.txt").write_text("of the user")
    (folder / "looked at").mkdir()
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with pytest.raises(UserError, match="missing"):
        train(SMALL | {"annotations": str(tmp_path / "missing.tsv")}, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    # gone on from itself, under the same name; what else lay there is kept
    train(SMALL | {"start_from": str(folder), "iterations": 2}, folder)
    assert load_model(folder).card["training"]["start_from"] == str(folder)
    assert (folder / "notes.txt").read_text() == "of the user"
    assert (folder / "looked at").is_dir()
    assert (folder / "weights.safetensors").read_bytes() != before["weights.safetensors"]


@pytest.mark.case("model", "a training into a file")
def test_a_folder_that_is_no_model_is_left_alone(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "notes.txt").write_text("of the user")
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"models is no model and holds notes\.txt; name a folder of its own"):
        train(SMALL, tmp_path / "models")
    with pytest.raises(UserError, match="file is a file"):
        train(SMALL, tmp_path / "file")
    assert (tmp_path / "models" / "notes.txt").read_text() == "of the user"
