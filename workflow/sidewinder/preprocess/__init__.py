"""Brings any raw movie into the one form that all later stages read, with the statistics that normalise it.

`convert` is not imported here: it reads raw movies, and what reads them takes a second to load.
"""

from sidewinder.preprocess.channels import channel_indices
from sidewinder.preprocess.statistics import QUANTILES_PERCENT, quantile, quantiles

__all__ = ["QUANTILES_PERCENT", "channel_indices", "quantile", "quantiles"]
