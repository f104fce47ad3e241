"""Single images in PNG and JPEG files, decoded by imagecodecs."""

import logging

import numpy as np

from sidewinder.errors import UserError
from sidewinder.movie.causes import damaged
from sidewinder.movie.movie import RGB, Frames

log = logging.getLogger("sidewinder")

PNG, JPEG = (".png",), (".jpg", ".jpeg")


def is_picture(path: str) -> bool:
    """Whether a file is called as PNG and JPEG files are."""
    return path.lower().endswith(PNG + JPEG)


def open_picture(path: str, where: str) -> Frames:
    """Decode an image.

    Parameters
    ----------
    path : str
        A PNG or JPEG file.
    where : str
        Its path, and the frame if it is one of many, for messages.

    Returns
    -------
    Frames
        One; grey, or of the channels red, green and blue, without transparency.

    Raises
    ------
    UserError
        If the file is damaged, or has colours by a palette.
    """
    from imagecodecs import jpeg8_decode, png_decode

    decode = jpeg8_decode if path.lower().endswith(JPEG) else png_decode
    with damaged(where, "cannot be decoded"):
        with open(path, "rb") as file:
            image = np.asarray(decode(file.read()))
        if image.ndim == 2:
            image = image[..., np.newaxis]
        # grey or colours, the last of an even number is transparency
        n_colours = image.shape[-1] - (image.shape[-1] % 2 == 0)
        if image.ndim != 3 or n_colours not in (1, len(RGB)):
            raise UserError(f"{where}: has pixels of {image.shape[2:]} samples; expected grey or red, green and blue")
    image_cyx = np.moveaxis(image[..., :n_colours], -1, 0)
    names = RGB if n_colours == len(RGB) else ()
    return Frames(lambda _: image_cyx, 1, (n_colours, *image.shape[:2]), image.dtype, channel_names=names)


def warn_of_jpeg(where: str, files: list[str]) -> None:
    """Warn of JPEG, whose compression changes grey values."""
    if files[0].lower().endswith(JPEG):
        log.warning(
            "%s: JPEG files: their compression has changed the grey values, which are no measurement; "
            "track on them, and measure on files without loss",
            where,
        )
