"""Segmentation corrected by time: what a frame got wrong is put right from the frames before and after."""

from sidewinder.repair.movie import Repaired, consume_and_repair
from sidewinder.repair.painting import joined_repairs, paint, repairs_of

__all__ = ["Repaired", "consume_and_repair", "joined_repairs", "paint", "repairs_of"]
