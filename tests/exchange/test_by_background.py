"""Normalisation inside of a network, against that of NumPy."""

import numpy as np
import pytest
import torch

from sidewinder.exchange.by_background import by_own_background
from sidewinder.normalization import ByBackground

RNG = np.random.default_rng(2)
CELLS = np.concatenate([RNG.normal(100, 4, 4000), RNG.uniform(110, 900, 6000)])
IMAGES = {
    "noise": CELLS,
    "whole numbers": np.rint(CELLS),
    "few grey values": np.rint(CELLS / 20),
    "two grey values": np.repeat([3.0, 9.0], 5000),
    "no contrast": np.full(10_000, 7.0),
}


@pytest.mark.parametrize("values", IMAGES.values(), ids=IMAGES)
def test_each_channel_of_each_image_is_normalised_by_its_own_background(values):
    image = values.reshape(100, 100)
    images = np.array([[image, 2 * image + 5], [image[::-1] + 30, image]], np.float32)
    found = torch.jit.script(by_own_background)(torch.from_numpy(images)).numpy()
    by = ByBackground()
    expected = [[by.apply(plane, *by.limits_of(plane)) for plane in channels] for channels in images]
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-6)
