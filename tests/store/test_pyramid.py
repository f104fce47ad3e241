"""Levels of an image against a mean and a choice made pixel by pixel."""

import numpy as np
import pytest

from sidewinder.store.pyramid import downsample_mean, downsample_nearest, level_shapes


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((1024, 1024), [(1024, 1024)]),
        ((1025, 1024), [(1025, 1024)]),
        ((1025, 1026), [(1025, 1026), (513, 513)]),
        ((4096, 2050), [(4096, 2050), (2048, 1025), (1024, 513)]),
        ((1, 9000), [(1, 9000)]),
    ],
)
def test_levels_end_where_the_shorter_side_is_small(shape, expected):
    assert level_shapes(shape) == expected


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"])
@pytest.mark.parametrize("shape", [(4, 6), (5, 7), (1, 1), (1, 5), (2, 3, 4)])
def test_mean_is_that_of_the_four_pixels(rng, dtype, shape):
    limits = np.iinfo(dtype) if np.dtype(dtype).kind in "iu" else np.iinfo("int16")
    frame = rng.integers(limits.min, limits.max, shape, endpoint=True, dtype="int64").astype(dtype)
    got = downsample_mean(frame)
    *lead, y, x = shape
    assert got.dtype == frame.dtype
    assert got.shape == (*lead, -(-y // 2), -(-x // 2))
    for index in np.ndindex(got.shape):
        rows = [min(2 * index[-2] + i, y - 1) for i in (0, 1)]
        columns = [min(2 * index[-1] + j, x - 1) for j in (0, 1)]
        four = [float(frame[(*index[:-2], i, j)]) for i in rows for j in columns]
        mean = sum(four) / 4
        assert got[index] == (np.floor(mean + 0.5) if frame.dtype.kind in "iu" else frame.dtype.type(mean))


def test_no_label_is_made_up(rng):
    labels = rng.integers(0, 5, (7, 9)).astype("uint16") * 1000
    half = downsample_nearest(labels)
    assert half.shape == (4, 5)
    assert all(half[i, j] == labels[2 * i, 2 * j] for i in range(4) for j in range(5))
