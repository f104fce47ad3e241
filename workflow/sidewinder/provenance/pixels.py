"""Whether another pixel size in the sheet makes a difference to what a stage has made."""

import json
from dataclasses import dataclass
from pathlib import Path

from sidewinder.pixel_size import as_seen, given, of_pixel

PIXEL_SIZE = "pixel_size_um"
# a pixel size and the aspect of pixels, in the sheet or in the file
Pixels = tuple[float | None, float]


@dataclass(frozen=True)
class Seen:
    """What is known of a movie beside its row of the sheet.

    Parameters
    ----------
    shape_yx : tuple of int
        Of its frames.
    own : Pixels
        What its file says, which holds where the sheet says nothing.
    model_um : float or None
        The pixel size that the model knows; None where frames are taken as they are.
    """

    shape_yx: tuple[int, int]
    own: Pixels
    model_um: float | None


def own_pixels(image: str | Path) -> Pixels | None:
    """What a preprocessed movie's header says of its pixels; None where it cannot be read."""
    try:
        multiscale = json.loads(Path(image, "zarr.json").read_text())["attributes"]["ome"]["multiscales"][0]
        sides = multiscale["datasets"][0]["coordinateTransformations"][0]["scale"]
        units = [axis.get("unit") for axis in multiscale["axes"]]
        height_um, width_um = map(float, sides[-2:])
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None
    return of_pixel(height_um, width_um) if units[-1] == "micrometer" else (None, 1.0)


def matters(stage: str, then: float | str | None, now: float | str | None, seen: Seen) -> bool:
    """Whether a stage gives something else when the sheet's pixel size is another.

    Parameters
    ----------
    stage : str
        To `infer` only the size of the frames that the network sees matters, to `instances` the shape of pixels.
    then, now : float or str or None
        What the sheet has said, and says.
    seen : Seen
        The movie.
    """
    before, after = (seen.own if cell is None else given(cell) for cell in (then, now))
    if stage == "infer":
        return as_seen(seen.shape_yx, *before, seen.model_um) != as_seen(seen.shape_yx, *after, seen.model_um)
    return before[1] != after[1] if stage == "instances" else before != after
