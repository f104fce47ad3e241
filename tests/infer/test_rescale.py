"""Frames are resampled as PyTorch does it, and in pieces as in one go."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import interpolate

from sidewinder.errors import UserError
from sidewinder.infer.rescale import Rescaling, RowsBack, scaled_shape, weights

SIDES = st.integers(1, 70)
SHAPES = st.tuples(SIDES, SIDES)


# PyTorch 2.13 itself goes wrong where an image is one pixel wide
WIDER = st.tuples(st.integers(2, 70), st.integers(2, 70))


@settings(deadline=None)
@given(shape=WIDER, new_shape=WIDER, seed=st.integers(0, 99))
def test_as_pytorch_with_its_filter_against_aliasing(shape, new_shape, seed):
    frame = np.random.default_rng(seed).random((2, *shape), dtype=np.float32)
    result = Rescaling(shape, new_shape).apply(frame, 0, 0, new_shape[0])
    expected = interpolate(torch.from_numpy(frame)[None], new_shape, mode="bilinear", antialias=True)[0].numpy()
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected, atol=1e-5)


@settings(deadline=None)
@given(shape=SHAPES, new_shape=SHAPES, at=st.integers(0, 69), n=st.integers(1, 20))
def test_rows_do_not_depend_on_the_piece(shape, new_shape, at, n):
    frame = np.random.default_rng(0).integers(0, 60000, (1, *shape)).astype(np.uint16)
    rescaling = Rescaling(shape, new_shape)
    start = min(at, new_shape[0] - 1)
    stop = min(start + n, new_shape[0])
    first, behind = rescaling.needed(start, stop)
    piece = rescaling.apply(frame[:, first:behind], first, start, stop)
    np.testing.assert_array_equal(piece, rescaling.apply(frame, 0, 0, new_shape[0])[:, start:stop])


@settings(deadline=None)
@given(shape=SHAPES, new_shape=SHAPES, n=st.integers(1, 30))
def test_rows_that_come_in_pieces_come_out_as_from_the_whole_frame(shape, new_shape, n):
    maps = np.random.default_rng(0).integers(0, 256, (2, *shape)).astype(np.uint8)
    expected = np.rint(Rescaling(shape, new_shape).apply(maps, 0, 0, new_shape[0])).astype(np.uint8)
    back = RowsBack(shape, new_shape)
    # two frames, one after the other
    for _ in range(2):
        pieces = [back.take(maps[:, start : start + n]) for start in range(0, shape[0], n)]
        np.testing.assert_array_equal(np.concatenate(pieces, axis=1), expected)


def test_an_axis_that_keeps_its_length_keeps_its_values():
    np.testing.assert_array_equal(weights(9, 9).toarray(), np.eye(9))


def test_the_size_follows_the_pixel_size():
    assert scaled_shape((100, 301), 0.5, 0.25) == (200, 602)
    assert scaled_shape((100, 301), 0.25, 0.5) == (50, 150)
    assert scaled_shape((1, 3), 0.1, 1.0) == (1, 1)


@pytest.mark.case("model", "pixel sizes of movie and model far apart")
@pytest.mark.parametrize("pixel_size_um", [100.0, 0.001])
def test_a_pixel_size_that_cannot_be_true_is_refused(pixel_size_um):
    with pytest.raises(UserError, match=r"more than 16 times apart; .* give pixel_size_um in the sheet"):
        scaled_shape((100, 100), pixel_size_um, 0.5)
