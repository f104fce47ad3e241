"""Whether what was found in a movie can be cells: warnings, each with its kind, its frames and a sentence."""

from sidewinder.plausibility.movie import check_movie
from sidewinder.plausibility.warning import KINDS

__all__ = ["KINDS", "check_movie"]
