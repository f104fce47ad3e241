"""How grey values become a network's input, alike in a movie's every frame and tile."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from math import inf
from typing import Any, ClassVar, TypeVar

import numpy as np
import torch

from sidewinder.background import BACKGROUND_PERCENTS, background
from sidewinder.names import BY_BACKGROUND

# one grey value, or one a channel
Limits = float | Sequence[float]
Values = TypeVar("Values", np.ndarray, torch.Tensor)

# of a still that is as large as a movie's frames are together, every n-th pixel is enough
SEEN_PX = 2**24


class Normalization(ABC):
    """What a network's input is made by: two grey values of the whole movie, and a curve.

    `low` becomes 0; in between and above it the curve decides.
    """

    @property
    @abstractmethod
    def percents(self) -> tuple[float, ...]:
        """Which quantiles of the movie `limits` wants."""

    @abstractmethod
    def limits(self, quantiles: Mapping[float, float]) -> tuple[float, float]:
        """The two grey values, low and high, from quantiles by percent."""

    @abstractmethod
    def curve(self, image: torch.Tensor) -> torch.Tensor:
        """What becomes of float32 values of which 0 was low and 1 was high; may change them in place."""

    @abstractmethod
    def card(self) -> dict[str, Any]:
        """The card's section."""

    def limits_of(self, values: np.ndarray) -> tuple[float, float]:
        """Low and high of grey values that are all there is of a movie, such as those of a still.

        Parameters
        ----------
        values : ndarray
            Grey values without NaN, of any shape.
        """
        seen = values.reshape(-1)
        seen = seen[:: -(-seen.size // SEEN_PX)]
        found = np.percentile(seen, self.percents, method="inverted_cdf")
        return self.limits(dict(zip(self.percents, found.astype(float).tolist(), strict=True)))

    def apply(self, image: Values, low: Limits, high: Limits) -> Values:
        """Normalise an image.

        Parameters
        ----------
        image : ndarray or Tensor, shape (..., Y, X)
            Grey values.
        low, high : float or sequence of float
            The movie's `limits`, or those of each channel of an image (..., C, Y, X).

        Returns
        -------
        image : ndarray or Tensor, float32
            What `image` is. A channel without contrast becomes 0.
        """
        if isinstance(image, np.ndarray):
            return self.apply(torch.from_numpy(np.ascontiguousarray(image, dtype=np.float32)), low, high).numpy()
        limits = (tuple(np.atleast_1d(limit).tolist()) for limit in (low, high))
        black, scale = black_and_scale(*limits, image.device)
        return self.on_tensors(image.to(torch.float32), black, scale)

    def on_tensors(self, image: torch.Tensor, black: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
        """Normalise a float32 image by what `black_and_scale` has made of its limits."""
        return self.curve((image - black).mul_(scale))


@dataclass(frozen=True)
class ByQuantiles(Normalization):
    """By two quantiles of the movie, which become 0 and 1.

    Parameters
    ----------
    low_percent, high_percent : float
        The quantiles.
    gamma : float
        Exponent. 0.5 evens out the noise of photon counts (Anscombe 1948) and lifts dim cells beside bright ones.
    """

    low_percent: float = 1.0
    high_percent: float = 99.8
    gamma: float = 0.5

    @property
    def percents(self) -> tuple[float, ...]:
        return self.low_percent, self.high_percent

    def limits(self, quantiles: Mapping[float, float]) -> tuple[float, float]:
        return quantiles[self.low_percent], quantiles[self.high_percent]

    def curve(self, image: torch.Tensor) -> torch.Tensor:
        return image.clamp_(min=0).pow_(self.gamma)

    def card(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class ByBackground(Normalization):
    """By the background's level and spread, which neither the number of cells nor the noise moves.

    The network sees asinh(t) / 3, t being the rise above the background in units of three of its standard deviations:
    linear in the noise, logarithmic in what is bright, so that dim and bright cells are shown alike. Values below the
    background stay below 0.

    References
    ----------
    Lupton et al. 1999, Astron J 118:1406, equation 3: the inverse hyperbolic sine in place of a logarithm.
    """

    SPREADS: ClassVar[float] = 3.0

    @property
    def percents(self) -> tuple[float, ...]:
        return BACKGROUND_PERCENTS

    def limits(self, quantiles: Mapping[float, float]) -> tuple[float, float]:
        level, spread = background(quantiles)
        return level, level + self.SPREADS * spread

    def curve(self, image: torch.Tensor) -> torch.Tensor:
        return image.asinh_().div_(self.SPREADS)

    def spreads(self, normalised: np.ndarray) -> np.ndarray:
        """Undo the curve: the rise above the background in its standard deviations."""
        spreads: np.ndarray = self.SPREADS * np.sinh(self.SPREADS * normalised)
        return spreads

    def of_spreads(self, spreads: np.ndarray) -> np.ndarray:
        """What the network sees of a rise above the background in its standard deviations."""
        normalised: np.ndarray = np.arcsinh(spreads / self.SPREADS) / self.SPREADS
        return normalised

    def card(self) -> dict[str, Any]:
        return dict(BY_BACKGROUND)


def from_card(section: Any) -> Normalization:
    """The normalisation that a model's card names; raises ValueError or TypeError where it is none."""
    if section == BY_BACKGROUND:
        return ByBackground()
    made = ByQuantiles(**section)
    numbers = (made.low_percent, made.high_percent, made.gamma)
    if any(isinstance(number, bool) or not isinstance(number, int | float) for number in numbers):
        raise ValueError(f"normalization is {section}, expected numbers")
    if not (0 <= made.low_percent < made.high_percent <= 100 and 0 < made.gamma < inf):
        raise ValueError(
            f"normalization is {section}, expected 0 <= low_percent < high_percent <= 100 and gamma above 0"
        )
    return made


@lru_cache(maxsize=4)
def black_and_scale(
    low: tuple[float, ...], high: tuple[float, ...], device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """What is subtracted and what is multiplied by, (1,) or (C, 1, 1).

    Kept, for sending them to a GPU waits until all that was launched there is done.
    """
    black, white = (torch.tensor(limit, dtype=torch.float64) for limit in (low, high))
    scale = torch.where(white > black, 1 / (white - black), 0)
    shape = (-1, 1, 1) if len(low) > 1 else (1,)
    black, scale = (value.to(torch.float32).reshape(shape).to(device) for value in (black, scale))
    return black, scale
