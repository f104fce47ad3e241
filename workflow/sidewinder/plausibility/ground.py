"""Whether a movie has one background, as a model expects that is normalised by it."""

from typing import Any

from sidewinder.background import BACKGROUND_PERCENTS, EACH_PERCENT, background
from sidewinder.names import BY_BACKGROUND
from sidewinder.plausibility.warning import MovieWarning, over_ranges, percent
from sidewinder.preprocess import quantiles
from sidewinder.preprocess.light import seen_statistics
from sidewinder.store import Image

# below the background there is noise alone: SIM+, GOWT1, HeLa, MSC reach 3 of its spreads
FAR_BELOW_SPREADS = 10
# of all pixels: a vignette's corners are fewer
DARK_SHARE = 0.1


def check_ground(image: Image, channel: int, card: dict[str, Any]) -> list[MovieWarning]:
    """Warn where much of the picture is far darker than what was taken for the background.

    Parameters
    ----------
    image : Image
        The movie as preprocessed.
    channel : int
        The number of the channel that was segmented.
    card : dict
        The model's card; nothing is looked for where it is not normalised by the background.
    """
    if card.get("normalization") != BY_BACKGROUND:
        return []
    found = quantiles(seen_statistics(image), channel, BACKGROUND_PERCENTS)
    level, spread = background(found)
    share = sum(found[each] < level - FAR_BELOW_SPREADS * spread for each in EACH_PERCENT) / 100

    def say(_: tuple[int, ...]) -> str:
        return (
            f"{percent(share)} of the pixels are far darker than what was taken for the background (grey value "
            f"{level:.0f}). Probably a bubble, the edge of a well or a lamp's spot covers most of the frame, or cells "
            "are darker than their surroundings, for which the model is not made: look at overlay.png"
        )

    return over_ranges("giant_object", range(image.data.shape[0]), say) if share >= DARK_SHARE else []
