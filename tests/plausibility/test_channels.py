"""The channel that was segmented holds noise alone."""

import numpy as np
import pytest

from sidewinder.plausibility.channels import check_channel
from sidewinder.store import open_image, write_image

SHAPE = (60, 64)


def noise(seed=0, level=4.0):
    return np.random.default_rng(seed).normal(300, level, (4, *SHAPE)).round().astype(np.uint16)


def discs(contrast=500):
    yy, xx = np.mgrid[: SHAPE[0], : SHAPE[1]]
    inside = ((yy % 20 - 10) ** 2 + (xx % 20 - 10) ** 2) < 25
    return (noise(1) + inside * contrast).astype(np.uint16)


@pytest.fixture
def check(tmp_path):
    def run(*channels, segmented=0):
        data = np.stack(channels, axis=1)
        names = [f"c{index}" for index in range(len(channels))]
        write_image(
            tmp_path / "m", data, n_frames=4, shape_cyx=data.shape[1:], dtype=data.dtype, pixel_size_um=None,
            frame_interval_s=None, channel_names=names, attributes={},
        )  # fmt: skip
        return check_channel(open_image(tmp_path / "m"), segmented)

    return run


def test_noise_beside_a_picture(check):
    (warning,) = check(noise(), noise(2), discs())
    assert (warning.kind, warning.first_frame, warning.last_frame) == ("noise_channel", 0, 3)
    assert "segmented, c0, holds next to nothing but noise" in warning.message
    assert "write c2 into the sheet's column channel" in warning.message


def test_a_constant_channel_holds_nothing_either(check):
    assert check(np.full((4, *SHAPE), 100, np.uint16), discs())


def test_a_dim_picture_beside_a_bright_one_is_right(check):
    assert check(discs(contrast=9), discs(contrast=20_000)) == []


def test_noise_alone_or_beside_noise_is_no_reason(check):
    assert check(noise()) == []
    assert check(noise(), noise(2)) == []
    assert check(noise(), discs(), segmented=1) == []


def test_a_channel_that_was_lit_in_some_frames_only(check):
    mixed = noise()
    mixed[2] = discs()[2]
    assert check(mixed, discs()) == []
