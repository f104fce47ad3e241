"""The largest movie that a header is believed to describe: what says more is damaged, or was made to harm."""

from sidewinder.errors import UserError
from sidewinder.movie.causes import AGAIN

# of all times and channels together; each image takes some memory before one is read
MOST_IMAGES = 1_000_000
# of one image with all its samples
MOST_VALUES = 2**32


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
            f"{path}: its header says that it has {n_images:.6g} images; expected at most {MOST_IMAGES}; {AGAIN}"
        )
    if not 0 <= n_values <= MOST_VALUES:
        raise UserError(
            f"{path}: its header says that an image has {n_values:.6g} pixels; expected at most {MOST_VALUES}; {AGAIN}"
        )
