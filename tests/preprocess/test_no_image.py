"""Frames that are no image, found beside others; and images that only look so."""

import numpy as np
import pytest
from scipy import ndimage as ndi

from sidewinder.no_data import no_data
from sidewinder.preprocess.no_image import NoImage

N_FRAMES, SIDE, OFFSET = 8, 96, 300
RNG = np.random.default_rng(1)


def light(n_frames: int = N_FRAMES) -> np.ndarray:
    """Cells that wander, without the camera, float (T, Y, X)."""
    y, x = np.mgrid[:SIDE, :SIDE]
    yx = np.array([(row, column) for row in (16, 48, 80) for column in (16, 48, 80)], float)
    frames = np.full((n_frames, SIDE, SIDE), 60.0)
    for frame in frames:
        yx += RNG.normal(0, 1, yx.shape)
        for row, column in yx:
            frame += 900 / (1 + np.exp(np.hypot(y - row, x - column) - 10))
    return frames


def taken(frames: np.ndarray) -> np.ndarray:
    """What a camera makes of light."""
    return (RNG.poisson(frames) + np.rint(RNG.normal(0, 4, frames.shape)) + OFFSET).astype(np.uint16)


def found(frames) -> dict[str, list[int]]:
    movie = NoImage([0])
    for frame in frames:
        missing = no_data(frame[None])
        movie.look(frame[None], missing if missing.any() else None)
    return movie.find()


def blurred(frame: np.ndarray, width_px: float) -> np.ndarray:
    return ndi.gaussian_filter(frame, width_px, mode="mirror")


WHERE = [(0,), (7,), (4,), (3, 4), (1, 5)]


@pytest.mark.parametrize("where", WHERE, ids=str)
class TestFound:
    def test_black_and_without_light(self, where):
        frames = taken(light())
        frames[list(where)] = 0
        assert found(frames) == {"black_frame": list(where)}
        frames[list(where)] = RNG.normal(OFFSET, 4, (SIDE, SIDE))
        frames[where[0], 5, 5] = 4000
        assert found(frames) == {"black_frame": list(where)}

    @pytest.mark.parametrize("highest", [4095, 65535])
    def test_overexposed(self, where, highest):
        frames = taken(light())
        frames[list(where)] = highest
        frames[2, 9, 9] = 65535
        assert found(frames) == {"overexposed_frame": list(where)}
        frames[list(where), :20] = RNG.integers(3000, highest, (20, SIDE))
        assert found(frames) == {"overexposed_frame": list(where)}

    @pytest.mark.parametrize("width_px", [8, 14])
    def test_out_of_focus(self, where, width_px):
        frames = light()
        for frame in where:
            frames[frame] = blurred(frames[frame], width_px)
        assert found(taken(frames)) == {"out_of_focus_frame": list(where)}

    def test_copies(self, where):
        frames = taken(light()).astype(np.float32)
        frames[:, :8] = np.nan
        for frame in where:
            frames[frame] = frames[frame - 1]
        expected = [frame for frame in where if frame]
        assert found(frames) == ({"copied_frame": expected} if expected else {})


def test_each_is_named_once_by_what_it_is_first():
    frames = taken(light(12))
    frames[2] = frames[3] = 0
    frames[6] = frames[7] = 65535
    frames[9] = frames[8]
    assert found(frames) == {"black_frame": [2, 3], "overexposed_frame": [6, 7], "copied_frame": [9]}


def test_a_frame_that_is_nan_is_black():
    frames = taken(light()).astype(np.float32)
    frames[2] = np.nan
    assert found(frames) == {"black_frame": [2]}


def test_one_of_the_segmented_channels_is_enough():
    frames = np.stack([taken(light()), taken(light())], axis=1)
    frames[3, 1] = 0
    for channels, expected in (([0], {}), ([1], {"black_frame": [3]}), ([0, 1], {"black_frame": [3]})):
        movie = NoImage(channels)
        for frame in frames:
            movie.look(frame, None)
        assert movie.find() == expected


class TestImages:
    def test_a_lamp_that_flickers_and_a_soft_frame(self):
        frames = light() * np.array([1, 1.2, 0.8, 1, 0.75, 1.1, 1.25, 0.9])[:, None, None]
        frames[3] = blurred(frames[3], 1.5)
        assert found(taken(frames)) == {}

    def test_bleaching_to_a_third(self):
        assert found(taken(light(20) * (3 ** -(np.arange(20) / 19))[:, None, None])) == {}

    @pytest.mark.parametrize("n_empty", [1, 4, 7])
    def test_cells_that_arrive_and_leave(self, n_empty):
        frames = light()
        frames[:n_empty] = 60
        assert found(taken(frames)) == {}
        assert found(taken(frames[::-1])) == {}

    def test_no_cells_at_all(self):
        assert found(taken(np.full((N_FRAMES, SIDE, SIDE), 60.0))) == {}

    def test_a_single_frame(self):
        assert found(taken(light(1))) == {}
        assert found(taken(blurred(light(1), 9))) == {}

    def test_a_drawn_movie_that_stands_still(self):
        assert found(np.repeat(taken(light(1)), 5, axis=0)) == {}
        assert found(np.repeat(taken(light(1)), 2, axis=0)) == {}

    @pytest.mark.parametrize("dtype", [np.uint8, np.float64])
    def test_a_background_cut_to_zero(self, dtype):
        frames = np.maximum(taken(light()).astype(int) - 375, 0) / 5
        assert (frames == 0).mean() > 0.3
        assert found(np.minimum(frames, 255).astype(dtype)) == {}

    def test_borders_without_data_that_move(self):
        frames = taken(light())
        for frame, shift in zip(frames, (0, 9, 20, 3, 30, 0, 12, 25), strict=True):
            frame[:shift] = 0
            frame[:, SIDE - shift // 2 :] = 0
        assert found(frames) == {}


def test_a_movie_of_nothing_is_black():
    assert found(np.zeros((3, 8, 8), np.uint8)) == {"black_frame": [0, 1, 2]}
    assert found(np.full((1, 8, 8), 7.5, np.float32)) == {"black_frame": [0]}
