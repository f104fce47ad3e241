"""Trains a model by a sheet of annotated frames, and writes its folder."""

import logging
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sidewinder.errors import UserError
from sidewinder.infer.memory import keep_freed_memory
from sidewinder.model import CLASSES, load_model, save_model
from sidewinder.names import CARD, WEIGHTS
from sidewinder.normalization import ByBackground, ByQuantiles, Normalization
from sidewinder.report.training import write_page
from sidewinder.settings import TrainSettings, from_section
from sidewinder.settings.sections import NOTHING_TO_LEARN_FROM
from sidewinder.store import atomic_folder, restore_replaced
from sidewinder.train.annotations import AnnotatedFrame, by_source, read_annotations
from sidewinder.train.checkpoint import remove_checkpoint
from sidewinder.train.crops import Crops
from sidewinder.train.loop import fit
from sidewinder.train.recipe import Recipe
from sidewinder.train.validation import seg_by_source, segment, validate
from sidewinder.unet import Architecture, UNet

log = logging.getLogger("sidewinder")

# where the sheet says nothing of it, every so many annotated frames one is kept for validation
VALIDATION_EVERY = 6
# simulated frames are a little larger than a crop, so that crops differ
SIMULATED_SHAPE = (320, 320)
# frames of each set that are looked at while training goes on, and that are drawn in the end
LOOKED_AT = 3


def train(settings: dict[str, Any], output: str | Path, *, recipe: Recipe | None = None, threads: int = 2) -> None:
    """Train a network and write a model folder, with a page that shows how it went.

    Parameters
    ----------
    settings : dict
        Keys of `TrainSettings`.
    output : path
        The model folder. A model that is there stays until the new one is complete, and then gives way to it; other
        files in it are kept.
    recipe : Recipe, optional
        Another one than that which has proved best.
    threads : int
        Number of threads on the CPU.

    Raises
    ------
    UserError
        If a setting is unknown, the annotations cannot be used, or the folder holds something else than a model.
    """
    restore_replaced(output)
    check_is_ours(output)
    torch.set_num_threads(threads)
    keep_freed_memory()
    chosen, recipe = from_section(TrainSettings, "train", settings), recipe or Recipe()
    network, normalization = first_network(chosen, recipe)
    for key, what in chosen.crop_conflicts(network.architecture.depth):
        raise UserError(f"config: train.{key}: {what}")
    training, validation, simulated = collect_frames(chosen, normalization)
    pixel_size_um = model_pixel_size_um(chosen, training)
    crops = Crops(training, simulated, chosen, recipe, pixel_size_um, normalization)
    checkpoint = Path(f"{output}.checkpoint")
    some = few_of_each(validation)
    network, history = fit(network, crops, checkpoint, lambda now: validate(now, some, pixel_size_um), threads)
    found = list(segment(network, validation, pixel_size_um))
    scores = seg_by_source(validation, found)
    log.info("SEG on frames kept from training: %s", scores or "none were kept")
    history.add_scores(chosen.iterations, scores)
    about = {"pixel_size_um": pixel_size_um, "object_diameter_px": object_diameter_px(chosen, crops)}
    about |= _about(chosen, training + simulated, validation, scores)
    with atomic_folder(output) as temporary:
        save_model(temporary, network, normalization, CLASSES, about)
        history.write(temporary / "training.csv")
        of_frame = {id(frame): labels for frame, labels in zip(validation, found, strict=True)}
        drawn = [of_frame[id(frame)] for frame in some]
        write_page(temporary / "training.html", about, history.smooth(), history.scores, some, drawn)
        keep_what_is_not_ours(output, temporary)
    remove_checkpoint(checkpoint)


def check_is_ours(folder: str | Path) -> None:
    """Refuse to train into a folder that holds something else than a model; raises UserError."""
    folder = Path(folder)
    if not os.path.lexists(folder) or (folder / CARD).is_file() and (folder / WEIGHTS).is_file():
        return
    if not folder.is_dir():
        raise UserError(f"config, train.model: {folder} is a file; name a folder of its own for the model")
    there = sorted(entry.name for entry in folder.iterdir())
    # Snakemake makes the folder before the job begins
    if there:
        raise UserError(
            f"config, train.model: {folder.resolve()} is no model and holds {', '.join(there[:3])}"
            f"{' ...' if len(there) > 3 else ''}; name a folder of its own for the model, such as models/mine"
        )


def keep_what_is_not_ours(old: str | Path, new: Path) -> None:
    """Copy what else lies in the folder of the old model to that of the new one."""
    if Path(old).is_dir():
        for entry in Path(old).iterdir():
            if (new / entry.name).exists():
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.copytree(entry, new / entry.name, symlinks=True)
            else:
                shutil.copy2(entry, new / entry.name, follow_symlinks=False)


def first_network(settings: TrainSettings, recipe: Recipe) -> tuple[UNet, Normalization]:
    """What training begins with, and its normalisation: a model, or a network whose weights follow from the seed."""
    if settings.start_from:
        model = load_model(settings.start_from)
        model.network.dropout = recipe.dropout
        return model.network, model.normalization
    torch.manual_seed(settings.seed)
    architecture = Architecture(
        n_classes=len(CLASSES), depth=settings.depth, base_width=settings.base_width, skips=recipe.skips
    )
    return UNet(architecture, recipe.dropout), normalization_of(settings)


def normalization_of(settings: TrainSettings) -> Normalization:
    """The normalisation of a new network."""
    return ByBackground() if settings.gamma is None else ByQuantiles(gamma=settings.gamma)


def collect_frames(
    settings: TrainSettings, normalization: Normalization
) -> tuple[list[AnnotatedFrame], list[AnnotatedFrame], list[AnnotatedFrame]]:
    """Annotated frames to train on, those to validate on, and simulated ones."""
    annotated = read_annotations(settings.annotations, normalization) if settings.annotations else []
    simulated = simulated_frames(settings, normalization) if settings.simulated_frames else []
    if any(frame.validate for frame in annotated):
        kept = [frame.validate for frame in annotated]
    else:
        kept = [(index + 1) % VALIDATION_EVERY == 0 for index in range(len(annotated))]
    training = [frame for frame, keep in zip(annotated, kept, strict=True) if not keep]
    validation = [frame for frame, keep in zip(annotated, kept, strict=True) if keep]
    if not training and not simulated:
        raise UserError(NOTHING_TO_LEARN_FROM)
    if not simulated and not any(frame.labels.any() for frame in training):
        raise UserError(
            f"{settings.annotations}: none of the {len(training)} frames to learn from has a cell in its labels, and a "
            "model of them would know none; save the labels of the cells, or name their folder in the column labels"
        )
    log.info(
        "%d annotated frames to learn from (%d of them complete), %d to validate, %d simulated",
        len(training), sum(frame.complete for frame in training), len(validation), len(simulated),
    )  # fmt: skip
    return training, validation or simulated[:8], simulated


def simulated_frames(settings: TrainSettings, normalization: Normalization) -> list[AnnotatedFrame]:
    """Simulated frames of fluorescent nuclei, as if they had been annotated."""
    from sidewinder.simulate import training_frames

    frames = []
    for image, labels in zip(
        *training_frames(settings.simulated_frames, settings.seed, shape=SIMULATED_SHAPE), strict=True
    ):
        normalised = normalization.apply(image, *normalization.limits_of(image))
        frames.append(AnnotatedFrame("simulated/frame", normalised, labels, np.ones(labels.shape, bool), True))
    return frames


def model_pixel_size_um(settings: TrainSettings, training: list[AnnotatedFrame]) -> float | None:
    """The model's pixel size: what the settings say, or the geometric mean of the annotated movies'."""
    if settings.pixel_size_um != "auto":
        return settings.pixel_size_um
    sets = by_source(training).values()
    sizes_um = [of_set[-1].pixel_size_um for of_set in sets if of_set[-1].pixel_size_um is not None]
    if not sizes_um or len(sizes_um) < len(sets):
        log.info("the sheet does not give a pixel size everywhere, so the model will take movies as they are")
        return None
    return float(f"{np.exp(np.mean(np.log(sizes_um))):.4g}")


def few_of_each(frames: list[AnnotatedFrame]) -> list[AnnotatedFrame]:
    """Some frames of each set, spread evenly."""
    return [frame for of_set in by_source(frames).values() for frame in of_set[:: -(-len(of_set) // LOOKED_AT)]]


def object_diameter_px(settings: TrainSettings, crops: Crops) -> list[float] | None:
    """The smallest and the largest usual diameter of the cells, in the model's pixels; None without cells."""
    if settings.diameter_px != "auto":
        return list(settings.diameter_px)
    frames = (*crops.annotated, *crops.simulated)
    diameters_px = [frame.diameter_px * frame.scale_to(crops.pixel_size_um) for frame in frames]
    known_px = [diameter_px for diameter_px in diameters_px if np.isfinite(diameter_px)]
    return [round(float(q), 1) for q in np.percentile(known_px, (5, 95))] if known_px else None


def _about(
    settings: TrainSettings, frames: list[AnnotatedFrame], validation: list[AnnotatedFrame], scores: dict[str, Any]
) -> dict[str, Any]:
    """The card's human part."""
    return {
        "trained_on": [f"{source}: {len(of_set)} frames" for source, of_set in sorted(by_source(frames).items())],
        "training": {"iterations": settings.iterations, "batch": settings.batch, "crop_px": settings.crop_px,
                     "learning_rate": settings.learning_rate, "seed": settings.seed,
                     "start_from": settings.start_from},
        "scores": {"SEG_of_frames_kept_from_training": scores, "frames": len(validation)},
    } | (settings.about or {})  # fmt: skip
