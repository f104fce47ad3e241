"""The training loop: it learns, and goes on after a kill as if nothing had happened."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sidewinder.normalization import ByQuantiles
from sidewinder.settings import TrainSettings
from sidewinder.train import loop
from sidewinder.train.crops import Crops
from sidewinder.train.loop import fit, schedule
from sidewinder.train.recipe import Recipe
from sidewinder.train.run import first_network, simulated_frames
from sidewinder.unet import Architecture, UNet

SMALL = TrainSettings(simulated_frames=6, iterations=6, batch=2, crop_px=64, base_width=4, depth=2)
RECIPE = Recipe()


@pytest.fixture(scope="module")
def frames():
    return simulated_frames(SMALL, ByQuantiles())


def run(frames, folder, settings=SMALL, recipe=RECIPE):
    network, _ = first_network(settings, recipe)
    return fit(network, Crops([], frames, settings, recipe, None, ByQuantiles()), folder, lambda network: {"a": 0.5})


def weights(network: UNet) -> np.ndarray:
    return np.concatenate([values.detach().double().numpy().ravel() for values in network.state_dict().values()])


def test_the_loss_falls(frames, monkeypatch, tmp_path):
    draw = Crops.batch
    # the same crops again and again: chance of the draw plays no part
    monkeypatch.setattr(Crops, "batch", lambda crops, iteration: draw(crops, 0))
    _, history = run(frames, tmp_path / "none", replace(SMALL, iterations=60), replace(RECIPE, dropout=0))
    assert len(history.losses) == 60
    assert history.losses[-1] < 0.8 * history.losses[0]


def test_a_killed_training_goes_on_as_if_nothing_had_happened(frames, monkeypatch, tmp_path):
    monkeypatch.setattr(loop, "ITERATIONS_BETWEEN_CHECKPOINTS", 3)
    network, expected = run(frames, tmp_path / "one")
    step, steps = loop._step, []

    def killed(*arguments):
        if len(steps) == 4:
            raise KeyboardInterrupt
        steps.append(1)
        return step(*arguments)

    monkeypatch.setattr(loop, "_step", killed)
    with pytest.raises(KeyboardInterrupt):
        run(frames, tmp_path / "two")
    again = []
    monkeypatch.setattr(loop, "_step", lambda *arguments: again.append(1) or step(*arguments))
    resumed, history = run(frames, tmp_path / "two")
    assert len(again) == 3
    assert history == expected
    np.testing.assert_array_equal(weights(resumed), weights(network))


@pytest.mark.parametrize("other", [{"settings": replace(SMALL, seed=5)}, {"recipe": replace(RECIPE, gap_weight=0)}])
def test_a_checkpoint_of_other_settings_is_not_continued(frames, monkeypatch, tmp_path, other):
    monkeypatch.setattr(loop, "ITERATIONS_BETWEEN_CHECKPOINTS", 3)
    run(frames, tmp_path / "one")
    assert (tmp_path / "one" / "state.safetensors").is_file()
    step, steps = loop._step, []
    monkeypatch.setattr(loop, "_step", lambda *arguments: steps.append(1) or step(*arguments))
    run(frames, tmp_path / "one", **other)
    assert len(steps) == 6


def corrected(frames):
    labels = frames[2].labels.copy()
    labels[:3, :3] = labels.max() + 1
    return [*frames[:2], replace(frames[2], labels=labels), *frames[3:]]


def test_a_checkpoint_of_other_labels_is_not_continued_and_it_is_said(frames, monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(loop, "ITERATIONS_BETWEEN_CHECKPOINTS", 3)
    run(frames, tmp_path / "one")
    step, steps = loop._step, []
    monkeypatch.setattr(loop, "_step", lambda *arguments: steps.append(1) or step(*arguments))
    with caplog.at_level("INFO", "sidewinder"):
        run(frames, tmp_path / "one")
        assert len(steps) == 3
        assert "begins anew" not in caplog.text
        run(corrected(frames), tmp_path / "one")
    assert len(steps) == 3 + 6
    assert f"{tmp_path / 'one'} is of a training with other annotations, settings or weights to begin" in caplog.text


def test_scores_are_taken_on_the_way(frames, monkeypatch, tmp_path):
    monkeypatch.setattr(loop, "LOOKS", 3)
    _, history = run(frames, tmp_path / "one")
    assert history.scores == {2: {"a": 0.5}, 4: {"a": 0.5}}


def test_the_average_is_the_mean_of_the_weights_that_it_has_seen():
    network, average = (UNet(Architecture(depth=1, base_width=2)) for _ in range(2))
    with torch.no_grad():
        for iteration in range(400):
            network.last.bias.fill_(float(iteration))
            loop._average(average, network, 0.9, iteration)
    # an exponential average with 0.9 is 9 iterations behind a line
    assert abs(average.last.bias[0].item() - (399 - 9)) < 0.1
    loop._average(average, network, 0.0, 400)
    torch.testing.assert_close(average.last.bias, network.last.bias)


def test_the_learning_rate_rises_and_falls():
    rates = [schedule(iteration, 1000) for iteration in range(1000)]
    assert rates[0] < 0.05
    assert max(rates) > 0.99
    assert rates[-1] < 1e-4
    assert np.argmax(rates) < 60
