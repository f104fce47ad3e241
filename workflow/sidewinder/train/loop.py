"""The training loop, which a kill does not change: it goes on from its checkpoint as if nothing had happened."""

import copy
import logging
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from sidewinder.prefetch import prefetch
from sidewinder.train.checkpoint import State, key_of, restore_checkpoint, save_checkpoint
from sidewinder.train.crops import Batch, Crops
from sidewinder.train.history import History
from sidewinder.unet import UNet

log = logging.getLogger("sidewinder")

ITERATIONS_BETWEEN_CHECKPOINTS = 100
SECONDS_BETWEEN_LINES = 10.0
WARM_UP_ITERATIONS = 50
# how often a training looks at frames that it does not learn from
LOOKS = 10


def fit(
    network: UNet,
    crops: Crops,
    checkpoint: Path,
    look: Callable[[UNet], dict[str, float]],
    threads: int = 2,
) -> tuple[UNet, History]:
    """Train a network, from the checkpoint if there is one.

    Parameters
    ----------
    network : UNet
        What training begins with; changed in place.
    crops : Crops
        What it learns from, with the settings and the recipe.
    checkpoint : Path
        The checkpoint folder.
    look : callable
        Scores of a network on frames that it does not learn from; called some times on the way.
    threads : int
        Number of threads that draw crops ahead.

    Returns
    -------
    network : UNet
        The running average of the weights, on the CPU, in evaluation mode.
    history : History
        Loss and scores over the iterations.
    """
    settings, key = crops.settings, key_of(crops, network)
    # PyTorch's annotations lack the memory format
    network.to(_device(), memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(network.parameters(), lr=settings.learning_rate, weight_decay=1e-4)
    state = State(network, copy.deepcopy(network).requires_grad_(False), optimizer, History())
    first = restore_checkpoint(checkpoint, state, key)
    start, last = time.monotonic(), time.monotonic()
    every = max(settings.iterations // LOOKS, 1)
    for iteration, batch in enumerate(prefetch(crops.batch, range(first, settings.iterations), threads), start=first):
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * schedule(iteration, settings.iterations)
        # dropout's chance
        torch.manual_seed(settings.seed * settings.iterations + iteration)
        state.history.add_loss(iteration, _step(network, optimizer, batch))
        _average(state.average, network, crops.recipe.average, iteration)
        now, done = time.monotonic(), iteration + 1
        if done % every == 0 and done < settings.iterations:
            state.history.add_scores(done, look(state.average))
        if now - last >= SECONDS_BETWEEN_LINES or done == settings.iterations:
            last = now
            left = (now - start) / (done - first) * (settings.iterations - done)
            log.info("%s, %.0f s left", state.history.line(settings.iterations), left)
        if done % ITERATIONS_BETWEEN_CHECKPOINTS == 0 and done < settings.iterations:
            save_checkpoint(checkpoint, state, key, done)
    return state.average.to("cpu").eval(), state.history


def schedule(iteration: int, iterations: int) -> float:
    """Learning rate over its largest value: linear warm-up, then a cosine down to 0."""
    warm = min(1.0, (iteration + 1) / WARM_UP_ITERATIONS)
    return warm * 0.5 * (1 + np.cos(np.pi * iteration / iterations))


def _step(network: UNet, optimizer: torch.optim.Optimizer, batch: Batch) -> float:
    """One step down the weighted cross-entropy, equation 1 of the paper."""
    images, classes, weights = (part.to(_device()) for part in batch)
    logits = network(images.contiguous(memory_format=torch.channels_last))
    loss = (F.cross_entropy(logits, classes, reduction="none") * weights).sum() / weights.sum().clamp(min=1.0)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


@torch.no_grad()
def _average(average: UNet, network: UNet, keep: float, iteration: int) -> None:
    """Move the running average of the weights, which is less noisy than any of them; at first it forgets faster."""
    keep = min(keep, (1 + iteration) / (10 + iteration))
    for mean, value in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if mean.is_floating_point():
            mean.lerp_(value, 1 - keep)
        else:
            mean.copy_(value)


def _device() -> str:
    """A GPU where there is one."""
    return "cuda" if torch.cuda.is_available() else "cpu"
