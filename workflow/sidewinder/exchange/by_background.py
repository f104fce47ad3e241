"""Normalisation by the background as a part of a network, for the zoo's preprocessing has no such step.

Written for TorchScript: without branches, and with all constants as arguments.
"""

import torch

from sidewinder.background import EACH_PERCENT, HALF_BELOW, HARDLY_LONGER, IN_MODE, LEAST_SPREAD, WHITE_PERCENT
from sidewinder.normalization import ByBackground


def by_own_background(image: torch.Tensor, unit: float = ByBackground.SPREADS) -> torch.Tensor:
    """Normalise each channel of each image by its own background, as `ByBackground` by its `limits_of`.

    Parameters
    ----------
    image : Tensor, shape (N, C, Y, X), float32
        Grey values without NaN.
    unit : float
        So many standard deviations of the background.

    Returns
    -------
    image : Tensor, shape (N, C, Y, X), float32
        A channel without contrast becomes 0.
    """
    level, spread = background_of(image.flatten(2))
    scale = torch.where(spread > 0, 1 / (unit * spread), torch.zeros_like(spread))
    black, scale = level[:, :, None, None].to(image.dtype), scale[:, :, None, None].to(image.dtype)
    return torch.asinh((image - black) * scale) / unit


def background_of(
    values: torch.Tensor,
    n_percents: int = len(EACH_PERCENT),
    white_percent: float = WHITE_PERCENT,
    in_mode: int = IN_MODE,
    hardly_longer: float = HARDLY_LONGER,
    half_below: float = HALF_BELOW,
    least_spread: float = LEAST_SPREAD,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Level and spread, float64 (N, C), of grey values (N, C, P), by the steps of `sidewinder.background`."""
    rising = values.to(torch.float64).sort(dim=2)[0]
    percents = torch.arange(1, n_percents + 2, dtype=torch.float64, device=values.device)
    percents[n_percents] = white_percent
    ranks = torch.ceil(values.shape[2] * (percents / 100) - 1).clamp(min=0).to(torch.int64)
    quantiles = rising[:, :, ranks]
    white = quantiles[:, :, n_percents]
    found = between_steps(quantiles[:, :, :n_percents].contiguous())
    widths = found[:, :, in_mode:] - found[:, :, : n_percents - in_mode]
    n_widths = n_percents - in_mode
    places = torch.arange(n_widths, device=values.device).expand_as(widths)
    least = widths.amin(dim=2, keepdim=True)
    shortest = torch.where(widths == least, places, n_widths).amin(dim=2, keepdim=True)
    longer = widths > hardly_longer * least
    first = torch.where(longer & (places < shortest), places, -1).amax(dim=2) + 1
    last = torch.where(longer & (places > shortest), places, n_widths).amin(dim=2) - 1
    middle = (first + last + in_mode).to(torch.float64) / 2
    level = at_place(found, middle)
    spread = (level - at_place(found, (middle - 1) / 2)) / half_below
    return level, torch.maximum(spread, least_spread * (white - level)).clamp(min=0)


def between_steps(values: torch.Tensor) -> torch.Tensor:
    """Rising values (N, C, P) of which many are alike as if they had not been rounded."""
    steps = values[:, :, 1:] - values[:, :, :-1]
    step = torch.where(steps > 0, steps, float("inf")).amin(dim=2, keepdim=True)
    step = torch.where(torch.isinf(step), 0.0, step)
    first, after = torch.searchsorted(values, values), torch.searchsorted(values, values, right=True)
    places = torch.arange(values.shape[2], device=values.device)
    return values + step * ((places - first + 0.5) / (after - first) - 0.5)


def at_place(values: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
    """What lies at places (N, C) between values (N, C, P), by straight lines."""
    below = place.floor().to(torch.int64).clamp(max=values.shape[2] - 2)
    low = torch.gather(values, 2, below[:, :, None])[:, :, 0]
    high = torch.gather(values, 2, below[:, :, None] + 1)[:, :, 0]
    return low + (place - below) * (high - low)
