"""From any raw movie to the one form that all later stages read, with the statistics that normalise it."""

from sidewinder.preprocess.channels import channel_indices
from sidewinder.preprocess.convert import convert
from sidewinder.preprocess.statistics import QUANTILES_PERCENT, quantile

__all__ = ["QUANTILES_PERCENT", "channel_indices", "convert", "quantile"]
