"""What a TIFF says of its images beside their pixels."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Description:
    """What a TIFF says of a series of its images.

    Parameters
    ----------
    name : str
        Name of the position.
    pixel_size_um, frame_interval_s : float or None
    channel_names : tuple of str
        Empty where it says none.
    taken_s : tuple of float or None
        When the first image of each frame was taken, in seconds since any moment; empty where it says nothing.
    pixel_aspect : float
        Height of a pixel over its width.
    """

    name: str = ""
    pixel_size_um: float | None = None
    frame_interval_s: float | None = None
    channel_names: tuple[str, ...] = ()
    taken_s: tuple[float | None, ...] = ()
    pixel_aspect: float = 1.0
