"""The training loop: crops in, a model folder out.

All chance comes from (seed, iteration), so that a training that was killed goes on from its checkpoint as if nothing
had happened.
"""

import logging
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from sidewinder.augment import Augmentation, random_zoom, relight, sampling_grid, warp
from sidewinder.errors import UserError
from sidewinder.model import Normalization, load_model, save_model
from sidewinder.train.annotations import AnnotatedFrame, annotated_frame, read_annotations
from sidewinder.train.checkpoint import load_checkpoint, remove_checkpoint, save_checkpoint
from sidewinder.train.targets import CLASSES, class_targets, weight_map
from sidewinder.train.validation import validate
from sidewinder.unet import Architecture, UNet

log = logging.getLogger("sidewinder")

# every so many annotated frames of a sheet, one is kept for validation
VALIDATION_EVERY = 6
ITERATIONS_BETWEEN_CHECKPOINTS = 100
SECONDS_BETWEEN_LINES = 10.0
WARM_UP_ITERATIONS = 50
# simulated frames are a little larger than a crop, so that crops differ
SIMULATED_SHAPE = (320, 320)


@dataclass(frozen=True)
class TrainSettings:
    """What a user may set of a training.

    Parameters
    ----------
    annotations : str
        The sheet of annotated frames; empty for simulated frames only.
    simulated_frames : int
        How many simulated frames of fluorescent nuclei to add.
    simulated_share : float
        The share of crops that comes from them.
    iterations, batch, crop_px : int
        Length of the training, crops an iteration, side of a crop.
    base_width, depth : int
        Of the network.
    start_from : str
        A model folder to go on from, whose width and depth then hold; empty for a new network.
    learning_rate : float
        Largest step of AdamW; rises over the first iterations and falls to 0 on a cosine.
    seed : int
        Same seed, same model.
    about : dict
        Written to the card: data, licences, pixel size, what the model is not for.
    """

    annotations: str = ""
    simulated_frames: int = 0
    simulated_share: float = 0.35
    iterations: int = 1500
    batch: int = 4
    crop_px: int = 256
    base_width: int = 16
    depth: int = 4
    start_from: str = ""
    learning_rate: float = 2e-3
    seed: int = 0
    about: dict | None = None


def train(settings: dict, output: str | Path) -> None:
    """Train a network and write a model folder.

    Parameters
    ----------
    settings : dict
        Keys of `TrainSettings`.
    output : path
        The model folder.

    Raises
    ------
    UserError
        If a setting is unknown or the annotations cannot be used.
    """
    try:
        chosen = TrainSettings(**settings)
    except TypeError as error:
        raise UserError(
            f"config, train: {error}; known keys: {', '.join(TrainSettings.__dataclass_fields__)}"
        ) from error
    network, normalization = first_network(chosen)
    training, validation, simulated = collect_frames(chosen, normalization)
    if chosen.crop_px % network.architecture.stride_px:
        raise UserError(
            f"config, train.crop_px: {chosen.crop_px} is not a multiple of {network.architecture.stride_px}"
        )
    fit(network, training, simulated, chosen, checkpoint=Path(f"{output}.checkpoint"))
    scores = validate(network, validation or simulated[:8])
    log.info("validation: %s", scores)
    save_model(output, network, normalization, CLASSES, _about(chosen, training, simulated, scores))
    remove_checkpoint(Path(f"{output}.checkpoint"))


def first_network(settings: TrainSettings) -> tuple[UNet, Normalization]:
    """What training begins with, and its normalisation: a model, or a network whose weights follow from the seed."""
    if settings.start_from:
        model = load_model(settings.start_from)
        if model.classes != CLASSES:
            raise UserError(f"{settings.start_from}: its classes are {model.classes}; training goes on from {CLASSES}")
        return model.network, model.normalization
    torch.manual_seed(settings.seed)
    architecture = Architecture(n_classes=len(CLASSES), depth=settings.depth, base_width=settings.base_width)
    return UNet(architecture), Normalization()


def collect_frames(
    settings: TrainSettings, normalization: Normalization
) -> tuple[list[AnnotatedFrame], list[AnnotatedFrame], list[AnnotatedFrame]]:
    """Annotated frames to train on, those to validate on, and simulated ones."""
    from sidewinder.simulate import training_frames

    annotated = read_annotations(settings.annotations, normalization) if settings.annotations else []
    simulated = []
    if settings.simulated_frames:
        for image, labels in zip(
            *training_frames(settings.simulated_frames, settings.seed, shape=SIMULATED_SHAPE), strict=True
        ):
            low, high = np.percentile(image, (normalization.low_percent, normalization.high_percent))
            normalised = normalization.apply(image, low, high)
            simulated.append(annotated_frame("simulated/frame", normalised, labels, complete=True))
    if not annotated and not simulated:
        raise UserError("config, train: neither annotations nor simulated_frames given; there is nothing to learn from")
    validation = annotated[VALIDATION_EVERY - 1 :: VALIDATION_EVERY]
    training = [frame for index, frame in enumerate(annotated) if (index + 1) % VALIDATION_EVERY]
    log.info(
        "%d annotated frames to learn from (%d of them complete), %d to validate, %d simulated",
        len(training), sum(frame.complete for frame in training), len(validation), len(simulated),
    )  # fmt: skip
    return training, validation, simulated


def fit(
    network: UNet,
    training: list[AnnotatedFrame],
    simulated: list[AnnotatedFrame],
    settings: TrainSettings,
    checkpoint: Path,
) -> None:
    """Train in place, from the checkpoint if there is one."""
    network.to(_device(), memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=settings.learning_rate, weight_decay=1e-4)
    first = load_checkpoint(checkpoint, network, optimizer, settings)
    start, last, smooth = time.monotonic(), time.monotonic(), None
    for iteration in range(first, settings.iterations):
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * schedule(iteration, settings.iterations)
        loss = _step(network, optimizer, draw_batch(training, simulated, settings, iteration))
        smooth = loss if smooth is None else 0.95 * smooth + 0.05 * loss
        now, done = time.monotonic(), iteration + 1
        if now - last >= SECONDS_BETWEEN_LINES or done == settings.iterations:
            last = now
            left = (now - start) / (done - first) * (settings.iterations - done)
            log.info("train: %d/%d iterations, loss %.4f, %.0f s left", done, settings.iterations, smooth, left)
        if done % ITERATIONS_BETWEEN_CHECKPOINTS == 0 and done < settings.iterations:
            save_checkpoint(checkpoint, network, optimizer, settings, done)
    network.to("cpu").eval()


def schedule(iteration: int, iterations: int) -> float:
    """Learning rate over its largest value: linear warm-up, then a cosine down to 0."""
    warm = min(1.0, (iteration + 1) / WARM_UP_ITERATIONS)
    return warm * 0.5 * (1 + np.cos(np.pi * iteration / iterations))


def draw_batch(
    training: list[AnnotatedFrame], simulated: list[AnnotatedFrame], settings: TrainSettings, iteration: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Images (N, 1, y, x) float32, classes (N, y, x) int64 and weights (N, y, x) float32 of one iteration."""
    rng = np.random.default_rng((settings.seed, iteration))
    crops = []
    for _ in range(settings.batch):
        use_simulated = simulated and (not training or rng.random() < settings.simulated_share)
        frame = _pick(simulated if use_simulated else training, rng)
        crops.append(draw_crop(frame, settings.crop_px, Augmentation(), rng))
    images, classes, weights = (np.stack(parts) for parts in zip(*crops, strict=True))
    return torch.from_numpy(images[:, None]), torch.from_numpy(classes), torch.from_numpy(weights)


def _pick(frames: list[AnnotatedFrame], rng: np.random.Generator) -> AnnotatedFrame:
    """Draw a frame: each folder as often as any other, so that a long movie does not drown a short one."""
    sources = [frame.source for frame in frames]
    folders = sorted(set(sources))
    folder = folders[rng.integers(len(folders))]
    inside = [frame for frame, source in zip(frames, sources, strict=True) if source == folder]
    # a complete frame tells more than one with two masks
    weights = np.array([4.0 if frame.complete else 1.0 for frame in inside])
    return inside[rng.choice(len(inside), p=weights / weights.sum())]


def draw_crop(
    frame: AnnotatedFrame, crop_px: int, augmentation: Augmentation, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One augmented crop: image float32, classes int64 and weights float32, each (crop_px, crop_px)."""
    centre = rng.uniform(0, np.array(frame.image.shape) - 1)
    if frame.labels.any() and (not frame.complete or rng.random() < 0.5):
        # somewhere near a cell: on a partly annotated frame there is nothing to learn elsewhere
        label = rng.choice(np.unique(frame.labels[frame.labels > 0]))
        inside = np.argwhere(frame.labels == label)
        centre = inside[rng.integers(len(inside))] + rng.normal(0, crop_px / 8, size=2)
    zoom = random_zoom(frame.diameter_px, augmentation, rng)
    grid = sampling_grid(crop_px, centre, zoom, augmentation.elastic_px, rng)
    labels = warp(frame.labels, grid, labels=True)
    known = warp(frame.known, grid, labels=True)
    image = relight(warp(frame.image, grid, labels=False), rng)
    classes = class_targets(labels)
    return image, classes, weight_map(labels, classes) * known


def _step(
    network: UNet, optimizer: torch.optim.Optimizer, batch: tuple[torch.Tensor, torch.Tensor, torch.Tensor]
) -> float:
    """One step down the weighted cross-entropy."""
    images, classes, weights = (part.to(_device()) for part in batch)
    logits = network(images.contiguous(memory_format=torch.channels_last))
    loss = (F.cross_entropy(logits, classes, reduction="none") * weights).sum() / weights.sum().clamp(min=1.0)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


def _device() -> str:
    """A GPU where there is one."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def _about(
    settings: TrainSettings, training: list[AnnotatedFrame], simulated: list[AnnotatedFrame], scores: dict
) -> dict:
    """The card's human part."""
    frames = training + simulated
    diameters = [frame.diameter_px for frame in frames if np.isfinite(frame.diameter_px)]
    data = sorted({frame.source for frame in frames})
    return {
        "object_diameter_px": [round(float(q), 1) for q in np.percentile(diameters, (5, 95))] if diameters else None,
        "trained_on": data,
        "training": {"iterations": settings.iterations, "batch": settings.batch, "crop_px": settings.crop_px,
                     "learning_rate": settings.learning_rate, "seed": settings.seed,
                     "start_from": settings.start_from, "annotated_frames": len(training),
                     "simulated_frames": len(simulated)},
        "scores": scores,
    } | (settings.about or {})  # fmt: skip
