"""Annotated crops, deformed and re-lit as the next microscope might have seen them."""

from sidewinder.augment.how_far import Augmentation
from sidewinder.augment.light import relight
from sidewinder.augment.shape import random_zoom, sampling_grid, warp
from sidewinder.augment.signal import resignal

__all__ = ["Augmentation", "random_zoom", "relight", "resignal", "sampling_grid", "warp"]
