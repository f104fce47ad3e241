"""Black and saturated frames, and pictures that only look so."""

import numpy as np
import pytest

from sidewinder.plausibility.light import check_black, check_saturated, measure_light

RNG = np.random.default_rng(0)


def picture(n_frames: int = 6, ground: float = 150, light: float = 800, side: int = 64) -> np.ndarray:
    """Four blobs on a noisy ground, uint16 (n_frames, side, side)."""
    y, x = np.mgrid[:side, :side]
    blobs = sum(np.exp(-((y - b) ** 2 + (x - a) ** 2) / 40) for b in (16, 48) for a in (16, 48))
    return RNG.poisson(ground + light * blobs, (n_frames, side, side)).astype(np.uint16)


def black(frames) -> list[tuple[int, int]]:
    return [(warning.first_frame, warning.last_frame) for warning in check_black(measure_light(frames))]


def saturated(frames) -> list[tuple[int, int]]:
    return [(warning.first_frame, warning.last_frame) for warning in check_saturated(measure_light(frames))]


@pytest.mark.case("results", "a warning: black frames")
def test_a_closed_shutter_is_black_whether_the_camera_adds_noise_or_not(shown):
    frames = picture()
    assert black(frames) == []
    frames[2:4] = 0
    assert black(frames) == [(2, 3)]
    frames[2:4] = RNG.poisson(5, (2, 64, 64))
    frames[2, 0, 0] = 4000  # a hot pixel
    assert black(frames) == [(2, 3)]
    frames[0] = 100
    assert black(frames) == [(0, 0), (2, 3)]
    (first, second) = check_black(measure_light(frames))
    assert first.message.startswith("Frame 0: no light, all pixels are 100 (in most frames ")
    shown(second.message, 0)
    assert second.message.startswith("Frames 2 to 3: no light, the pixels are 0 to 4000 (in most frames ")


def test_a_movie_of_nothing_is_black():
    assert black(np.zeros((3, 8, 8), np.uint8)) == [(0, 2)]
    assert black(np.full((1, 8, 8), 7.5, np.float32)) == [(0, 0)]
    assert saturated(np.full((3, 8, 8), 255, np.uint8)) == []


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_a_ground_that_is_cut_to_zero_is_not_black(share):
    frames = picture().astype(np.float32)
    ground = np.quantile(frames, share)
    assert black(np.maximum(frames - ground, 0)) == []


def test_bleaching_is_not_black():
    frames = np.stack([picture(1, 150 * left, 800 * left)[0] for left in 0.9 ** np.arange(20)])
    assert frames[-1].max() < frames[0].max() / 5
    assert black(frames) == []


@pytest.mark.case("results", "a warning: saturated frames")
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_too_much_light_is_seen_in_any_type(dtype, shown):
    frames = np.minimum(picture(), 230).astype(dtype)
    # a third of the light, so that nothing is cut off
    frames[:2] = (picture(2) / 5).astype(dtype)
    shares = (frames == 230).mean(axis=(1, 2))
    assert (shares[2:] > 0.1).all()
    (warning,) = check_saturated(measure_light(frames))
    assert (warning.kind, warning.first_frame, warning.last_frame) == ("saturated", 2, 5)
    shown(warning.message, 0)
    assert f"up to {100 * shares.max():.0f} % of the pixels have the highest value, 230" in warning.message


def test_a_flash_is_saturated_and_not_black():
    frames = picture()
    frames[3] = 65535
    assert (black(frames), saturated(frames)) == ([], [(3, 3)])


def test_few_bright_pixels_are_not_saturated():
    frames = (picture() / 1000).astype(np.float32)
    frames /= frames.max()
    assert saturated(frames) == []
    debris = (picture() / 4).astype(np.uint8)
    debris[:, :10, :10] = 255
    assert 0.02 < (debris == 255).mean() < 0.05
    assert saturated(debris) == []


def test_a_drawn_picture_is_not_saturated():
    frames = np.full((2, 32, 32), 100, np.uint16)
    frames[:, 8:20, 8:20] = 3000
    assert (black(frames), saturated(frames)) == ([], [])
