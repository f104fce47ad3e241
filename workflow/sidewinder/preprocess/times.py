"""When the frames of a movie were taken, and which they are, by its files."""

from sidewinder.movie.movie import Movie
from sidewinder.movie.times import warn_of_uneven


def attributes_of_frames(source: str, movie: Movie) -> dict[str, list[float] | list[int] | list[str]]:
    """The times of frames, and their numbers, where these are not just 0, 1, 2, ..., as attributes of the image.

    Parameters
    ----------
    source : str
        The movie's path, for messages.
    movie : Movie

    Returns
    -------
    dict
        "times_s": seconds since the first frame, one a frame, and "source_frames": the number of each frame among
        those that were planned; or nothing of that.
    """
    times_s, interval_s = movie.times_s, movie.frame_interval_s
    if times_s is None and movie.source_frames is not None and interval_s is not None:
        first = movie.source_frames[0]
        times_s = tuple(round((frame - first) * interval_s, 6) for frame in movie.source_frames)
    attributes: dict[str, list[float] | list[int] | list[str]] = {}
    if movie.source_frames is not None:
        attributes["source_frames"] = list(movie.source_frames)
    if times_s is not None:
        warn_of_uneven(source, times_s)
        attributes["times_s"] = list(times_s)
    return attributes
