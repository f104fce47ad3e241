"""Crops of annotated frames, as a network learns from them.

All chance comes from (seed, iteration), so that it does not matter which thread draws a batch, or in which run.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from sidewinder.augment import random_zoom, relight, resignal, sampling_grid, warp
from sidewinder.normalization import ByBackground, Normalization
from sidewinder.settings import TrainSettings
from sidewinder.train.annotations import AnnotatedFrame, by_source
from sidewinder.train.recipe import Recipe
from sidewinder.train.targets import class_targets, weight_map

# `diameter_px: auto`: by how much cells are made smaller and larger
OWN_SIZES = (0.75, 1.33)
# where neither a diameter nor a pixel size is known: frames without cells
ANY_SIZES = (0.45, 1.8)
# share of the crops in which cells are as large as the model will see them in this movie: rescaled to its pixel size,
# or as they are where that of the movie is not known
AT_OWN_SIZE = 0.5
# a complete frame tells more than one with two masks
WEIGHT_OF_COMPLETE = 4.0

# images (N, 1, y, x) float32, classes (N, y, x) int64 and weights (N, y, x) float32
Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Crops:
    """The source of batches.

    Parameters
    ----------
    annotated, simulated : list of AnnotatedFrame
        What is learnt from.
    settings : TrainSettings
        Size and number of the crops, sizes of cells, seed.
    recipe : Recipe
        How crops are changed and weighted.
    pixel_size_um : float or None
        The model's.
    normalization : Normalization
        What the frames were normalised by.
    """

    annotated: list[AnnotatedFrame]
    simulated: list[AnnotatedFrame]
    settings: TrainSettings
    recipe: Recipe
    pixel_size_um: float | None
    normalization: Normalization

    def batch(self, iteration: int) -> Batch:
        """The crops of one iteration."""
        rng = np.random.default_rng((self.settings.seed, iteration))
        crops = [self._crop(self._pick(rng), rng) for _ in range(self.settings.batch)]
        images, classes, weights = (np.stack(parts) for parts in zip(*crops, strict=True))
        return torch.from_numpy(images[:, None]), torch.from_numpy(classes), torch.from_numpy(weights)

    @cached_property
    def _folders(self) -> tuple[dict[str, list[AnnotatedFrame]], dict[str, list[AnnotatedFrame]]]:
        """The annotated frames and the simulated ones, by folder."""
        return by_source(self.annotated), by_source(self.simulated)

    def _pick(self, rng: np.random.Generator) -> AnnotatedFrame:
        """Draw a frame: a folder of four times as many frames twice as often, so that none drowns the others."""
        simulated = self.simulated and (not self.annotated or rng.random() < self.settings.simulated_share)
        folders = self._folders[bool(simulated)]
        names = sorted(folders)
        roots = np.sqrt([len(folders[name]) for name in names])
        inside = folders[names[rng.choice(len(names), p=roots / roots.sum())]]
        weights = np.array([WEIGHT_OF_COMPLETE if frame.complete else 1.0 for frame in inside])
        return inside[rng.choice(len(inside), p=weights / weights.sum())]

    def _crop(self, frame: AnnotatedFrame, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One augmented crop: image float32, classes int64 and weights float32, each (crop_px, crop_px)."""
        recipe, crop_px = self.recipe, self.settings.crop_px
        zoom = random_zoom(*self._zooms(frame, rng), recipe.augmentation, rng)
        centre = _centre(frame, crop_px / 8, rng)
        grid = sampling_grid(crop_px, centre, zoom, recipe.augmentation, rng)
        labels, known = (warp(values, grid, labels=True) for values in (frame.labels, frame.known))
        image = self._lit(warp(frame.image, grid, labels=False, zoom=zoom), labels, known, rng)
        classes = class_targets(labels)
        return image, classes, weight_map(labels, classes, recipe.gap_weight, recipe.border_weight) * known

    def _lit(self, image: np.ndarray, labels: np.ndarray, known: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A crop in another light."""
        if not isinstance(self.normalization, ByBackground):
            return relight(image, self.recipe.augmentation, rng)
        rise = resignal(self.normalization.spreads(image), labels, known, self.recipe.augmentation, rng)
        return self.normalization.of_spreads(rise)

    def _zooms(self, frame: AnnotatedFrame, rng: np.random.Generator) -> tuple[float, float]:
        """Between which zooms a frame's crop is drawn."""
        diameter_px, to_model = self.settings.diameter_px, frame.scale_to(self.pixel_size_um)
        if diameter_px == "auto" or rng.random() < AT_OWN_SIZE:
            return to_model * OWN_SIZES[0], to_model * OWN_SIZES[1]
        if not np.isfinite(frame.diameter_px):
            return to_model * ANY_SIZES[0], to_model * ANY_SIZES[1]
        return diameter_px[0] / frame.diameter_px, diameter_px[1] / frame.diameter_px


def _centre(frame: AnnotatedFrame, spread_px: float, rng: np.random.Generator) -> np.ndarray:
    """The place of a crop: anywhere, or near a cell; a partly annotated frame has nothing else to learn from."""
    if frame.boxes and (not frame.complete or rng.random() < 0.5):
        label = int(rng.choice(list(frame.boxes)))
        box = frame.boxes[label]
        inside = np.argwhere(frame.labels[box] == label) + [side.start for side in box]
        return inside[rng.integers(len(inside))] + rng.normal(0, spread_px, size=2)
    return rng.uniform(0, np.array(frame.image.shape) - 1)
