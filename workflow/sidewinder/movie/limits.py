"""The largest movie that a header is believed to describe: what says more is damaged, or was made to harm."""

from sidewinder.errors import UserError
from sidewinder.limits import LARGEST_FRAME_PX, MOST_IMAGES
from sidewinder.movie.causes import AGAIN


def check_size(path: str, n_images: int, n_values: int) -> None:
    """Refuse a movie that is larger than any that could be read.

    Parameters
    ----------
    path : str
        The movie's path, for messages.
    n_images : int
        How many images its header says it has.
    n_values : int
        How many values each image has.

    Raises
    ------
    UserError
        If one of the two is negative or beyond what is read.
    """
    if not 0 <= n_images <= MOST_IMAGES:
        raise UserError(
            f"{path}: its header says that it has {n_images:.6g} images; expected at most {MOST_IMAGES}; "
            f"{AGAIN}, or in parts"
        )
    if not 0 <= n_values <= LARGEST_FRAME_PX:
        raise UserError(
            f"{path}: its header says that an image has {n_values:.6g} pixels; expected at most {LARGEST_FRAME_PX} "
            f"(32768 x 32768); {AGAIN}, or cut it into smaller movies"
        )
