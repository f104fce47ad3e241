"""What is said of frames that are no image; saturated frames, and pictures that only look so."""

import numpy as np
import pytest

from sidewinder.plausibility.light import LEFT_OUT, check_no_image, check_saturated, measure_light

RNG = np.random.default_rng(0)


def picture(n_frames: int = 6, ground: float = 150, light: float = 800, side: int = 64) -> np.ndarray:
    """Four blobs on a noisy ground, uint16 (n_frames, side, side)."""
    y, x = np.mgrid[:side, :side]
    blobs = sum(np.exp(-((y - b) ** 2 + (x - a) ** 2) / 40) for b in (16, 48) for a in (16, 48))
    return RNG.poisson(ground + light * blobs, (n_frames, side, side)).astype(np.uint16)


def saturated(frames) -> list[tuple[int, int]]:
    found = check_saturated(measure_light(frames), np.zeros(len(frames), bool))
    return [(warning.first_frame, warning.last_frame) for warning in found]


MARKED = [
    pytest.param("black_frame", marks=pytest.mark.case("results", "a warning: black frames")),
    pytest.param("overexposed_frame", marks=pytest.mark.case("results", "a warning: overexposed frames")),
    pytest.param("copied_frame", marks=pytest.mark.case("results", "a warning: a copy of the frame before")),
    pytest.param("out_of_focus_frame", marks=pytest.mark.case("results", "a warning: frames out of focus")),
]
SAID = {
    "black_frame": "Frames 2 to 3: no light, the pixels are 0 to 7 (in other frames 110 to 990). Probably the shutter",
    "overexposed_frame": "Frames 2 to 3: too much light, most pixels have the highest value (the pixels are 0 to 7).",
    "copied_frame": "Frames 2 to 3: a copy of the frame before, to the last pixel",
    "out_of_focus_frame": "Frames 2 to 3: far less detail than the frames before and behind.",
}


@pytest.mark.parametrize("kind", MARKED)
def test_a_frame_that_is_no_image_is_named_with_what_was_done(kind, shown):
    frames = [np.array(values) for values in ([110, 990], [100, 980], [0, 4], [5, 7], [120, 1000])]
    (warning,) = check_no_image({kind: [2, 3]}, measure_light(frames))
    assert (warning.kind, warning.first_frame, warning.last_frame) == (kind, 2, 3)
    assert warning.message.startswith(SAID[kind])
    assert warning.message.endswith(LEFT_OUT)
    shown(warning.message, 0)


def test_a_movie_of_nothing_is_black_and_nothing_else():
    light = measure_light(np.full((3, 8, 8), 255, np.uint8))
    (warning,) = check_no_image({"black_frame": [0, 1, 2]}, light)
    assert warning.message.startswith("Frames 0 to 2: no light, all pixels are 255. Probably the shutter was closed")
    assert saturated(np.full((3, 8, 8), 255, np.uint8)) == []


def test_a_frame_without_data_is_named_so():
    (warning,) = check_no_image({"black_frame": [1]}, measure_light([np.array([1, 2]), np.array([]), np.array([1, 3])]))
    assert warning.message.startswith("Frame 1: no light, no pixel holds data (in other frames 1 to 2.5)")


@pytest.mark.case("results", "a warning: saturated frames")
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_too_much_light_is_seen_in_any_type(dtype, shown):
    frames = np.minimum(picture(), 230).astype(dtype)
    # a third of the light, so that nothing is cut off
    frames[:2] = (picture(2) / 5).astype(dtype)
    shares = (frames == 230).mean(axis=(1, 2))
    assert (shares[2:] > 0.1).all()
    (warning,) = check_saturated(measure_light(frames), np.zeros(len(frames), bool))
    assert (warning.kind, warning.first_frame, warning.last_frame) == ("saturated", 2, 5)
    shown(warning.message, 0)
    assert f"up to {100 * shares.max():.0f} % of the pixels have the highest value, 230" in warning.message


def test_a_frame_that_is_no_image_is_not_saturated():
    frames = np.minimum(picture(), 230)
    found = check_saturated(measure_light(frames), np.arange(6) == 2)
    assert [(warning.first_frame, warning.last_frame) for warning in found] == [(0, 1), (3, 5)]


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
    assert saturated(frames) == []
