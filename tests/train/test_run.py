"""Training: it learns, goes on after a kill as if nothing had happened, and refuses what it cannot use."""

import numpy as np
import pytest
import torch

from sidewinder.errors import UserError
from sidewinder.model import Normalization, load_model, save_model
from sidewinder.train import run
from sidewinder.train.run import TrainSettings, draw_batch, first_network, fit, schedule, train
from sidewinder.unet import UNet

SMALL = {"simulated_frames": 6, "iterations": 6, "batch": 2, "crop_px": 64, "base_width": 4, "depth": 2}


def weights(network: UNet) -> np.ndarray:
    return np.concatenate([parameter.detach().numpy().ravel() for parameter in network.parameters()])


def test_a_model_folder_comes_out(tmp_path):
    train(SMALL, tmp_path / "mine")
    model = load_model(tmp_path / "mine")
    assert model.classes == ("background", "cell", "border")
    assert model.card["training"]["iterations"] == 6
    assert model.card["trained_on"] == ["simulated"]
    assert model.card["scores"].keys() == {"simulated"}
    assert not (tmp_path / "mine.checkpoint").exists()


def test_the_loss_falls(monkeypatch, tmp_path):
    losses = []
    step, draw = run._step, run.draw_batch
    monkeypatch.setattr(run, "_step", lambda *arguments: losses.append(step(*arguments)) or losses[-1])
    # the same crops again and again: chance of the draw plays no part
    monkeypatch.setattr(run, "draw_batch", lambda *arguments: draw(*arguments[:-1], 0))
    settings = TrainSettings(**SMALL | {"iterations": 60})
    _, _, simulated = run.collect_frames(settings, Normalization())
    fit(first_network(settings)[0], [], simulated, settings, tmp_path / "none")
    assert losses[-1] < 0.7 * losses[0]


def test_a_killed_training_goes_on_as_if_nothing_had_happened(monkeypatch, tmp_path):
    monkeypatch.setattr(run, "ITERATIONS_BETWEEN_CHECKPOINTS", 3)
    settings = TrainSettings(**SMALL)
    _, _, simulated = run.collect_frames(settings, Normalization())

    def undisturbed():
        network, _ = first_network(settings)
        fit(network, [], simulated, settings, tmp_path / "one")
        return weights(network)

    expected = undisturbed()
    draw = run.draw_batch

    def killed(training, simulated, settings, iteration):
        if iteration == 4:
            raise KeyboardInterrupt
        return draw(training, simulated, settings, iteration)

    monkeypatch.setattr(run, "draw_batch", killed)
    with pytest.raises(KeyboardInterrupt):
        fit(first_network(settings)[0], [], simulated, settings, tmp_path / "two")
    drawn = []
    monkeypatch.setattr(run, "draw_batch", lambda *arguments: drawn.append(arguments[-1]) or draw(*arguments))
    network, _ = first_network(settings)
    fit(network, [], simulated, settings, tmp_path / "two")
    assert drawn == [3, 4, 5]
    np.testing.assert_array_equal(weights(network), expected)


def test_a_checkpoint_of_other_settings_is_not_continued(monkeypatch, tmp_path):
    monkeypatch.setattr(run, "ITERATIONS_BETWEEN_CHECKPOINTS", 3)
    settings = TrainSettings(**SMALL)
    _, _, simulated = run.collect_frames(settings, Normalization())
    fit(first_network(settings)[0], [], simulated, settings, tmp_path / "one")
    assert (tmp_path / "one" / "state.safetensors").is_file()
    drawn = []
    draw = run.draw_batch
    monkeypatch.setattr(run, "draw_batch", lambda *arguments: drawn.append(arguments[-1]) or draw(*arguments))
    other = TrainSettings(**SMALL | {"seed": 5})
    fit(first_network(other)[0], [], simulated, other, tmp_path / "one")
    assert drawn[0] == 0


def test_going_on_from_a_model_keeps_its_weights_and_its_normalization(tmp_path):
    network, _ = first_network(TrainSettings(**SMALL))
    classes = ("background", "cell", "border")
    save_model(tmp_path / "first", network, Normalization(0.5, 99.9, 0.7), classes, {})
    again, normalization = first_network(TrainSettings(start_from=str(tmp_path / "first"), seed=9))
    assert normalization == Normalization(0.5, 99.9, 0.7)
    np.testing.assert_allclose(weights(again), weights(network), rtol=1e-3, atol=1e-6)
    save_model(tmp_path / "other", network, Normalization(), ("background", "cell", "rim"), {})
    with pytest.raises(UserError, match="its classes are"):
        first_network(TrainSettings(start_from=str(tmp_path / "other")))


def test_unknown_pixels_do_not_count():
    settings = TrainSettings(**SMALL)
    _, _, (frame, *_) = run.collect_frames(settings, Normalization())
    unknown = frame.__class__(frame.name, frame.image, frame.labels, np.zeros_like(frame.known), 20.0, True)
    _, _, weights_of_batch = draw_batch([unknown], [], settings, 0)
    assert (weights_of_batch == 0).all()


def test_the_learning_rate_rises_and_falls():
    rates = [schedule(iteration, 1000) for iteration in range(1000)]
    assert rates[0] < 0.05
    assert max(rates) > 0.99
    assert rates[-1] < 1e-4
    assert np.argmax(rates) < 60


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 3}, "known keys"),
        ({"simulated_frames": 0}, "nothing to learn from"),
        (SMALL | {"crop_px": 65}, "not a multiple of 4"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path, settings, message):
    torch.manual_seed(0)
    with pytest.raises(UserError, match=message):
        train(settings, tmp_path / "mine")
    assert not (tmp_path / "mine").exists()
