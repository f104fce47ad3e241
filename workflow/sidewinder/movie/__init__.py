"""Open any raw movie lazily: axes T C Y X, pixel size, frame interval, channel names.

The package knows file formats. It computes nothing on pixels and reads none before they are asked for.
"""

from sidewinder.movie.movie import Movie
from sidewinder.movie.opening import movie_shape, open_movie

__all__ = ["Movie", "movie_shape", "open_movie"]
