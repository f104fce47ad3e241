"""Segmentation corrected by time: what a frame got wrong is put right from the frames before and after."""

from sidewinder.repair.movie import Repaired, repair
from sidewinder.repair.painting import joined_repairs, paint, repairs_of
from sidewinder.repair.tracked import Tracked

__all__ = ["Repaired", "Tracked", "repair", "joined_repairs", "paint", "repairs_of"]
