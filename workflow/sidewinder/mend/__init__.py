"""Segmentation corrected by time: what a frame got wrong is put right from the frames before and after."""

from sidewinder.mend.movie import Mended, mend
from sidewinder.mend.patch import one_patch, paint, patch_of
from sidewinder.mend.tracked import Tracked

__all__ = ["Mended", "Tracked", "mend", "one_patch", "paint", "patch_of"]
