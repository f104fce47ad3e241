"""Pixels that no two tests of readers can confuse."""

import numpy as np
import pytest

from sidewinder.movie.movie import Movie


@pytest.fixture
def pixels():
    """A function that makes pixels of a shape and a dtype, all over the dtype's range."""
    rng = np.random.default_rng(3)

    def make(*shape: int, dtype: str = "uint16") -> np.ndarray:
        if np.dtype(dtype).kind == "f":
            return rng.normal(0, 1e3, shape).astype(dtype)
        if dtype == "bool":
            return rng.random(shape) < 0.5
        limits = np.iinfo(dtype)
        return rng.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)

    return make


@pytest.fixture
def same():
    """A function that asserts that a movie holds exactly these (T, C, Y, X) pixels, one chunk a frame."""

    def check(movie: Movie, expected: np.ndarray) -> None:
        assert movie.data.shape == expected.shape
        assert movie.data.dtype == expected.dtype.newbyteorder("=")
        assert movie.data.chunksize == (1, *expected.shape[1:])
        computed = movie.data.compute()
        assert computed.dtype == expected.dtype.newbyteorder("=")
        np.testing.assert_array_equal(computed, expected)
        assert len(movie.channel_names) == expected.shape[1]

    return check
