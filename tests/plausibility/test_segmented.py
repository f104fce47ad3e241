"""From raw frames through the shipped models: what is warned of, and what is not."""

import numpy as np
import pytest

from segmented import Stages, discs, noise, part, written

# the network, and its real movies: seconds each
pytestmark = pytest.mark.slow

SIDE = 128


@pytest.fixture
def kinds(tmp_path):
    """The kinds of warnings of frames, by a shipped model."""

    def of(frames: np.ndarray, model: str = "nuclei") -> list[str]:
        raw = written(tmp_path / "raw.tif", frames)
        return [warning["kind"] for warning in Stages(tmp_path / "work", model).run(raw, 0.35)]

    return of


def test_discs_are_cells(kinds):
    assert kinds(discs(5, SIDE, radius_px=9, spacing_px=40)) == []


def test_cells_too_small_for_the_model(kinds):
    assert kinds(discs(4, SIDE, radius_px=2.5, spacing_px=20)) == ["model_does_not_fit"]


def test_noise_is_no_cells(kinds):
    assert "model_does_not_fit" in kinds(noise(5, SIDE, width_px=2))


def test_frames_without_detail(kinds):
    frames = discs(7, SIDE, radius_px=9, spacing_px=40)
    frames[3:5] = np.random.default_rng(1).poisson(250, (2, SIDE, SIDE))
    assert kinds(frames) == ["out_of_focus_frame"]


def test_a_bubble(kinds):
    frames = discs(4, SIDE, radius_px=9, spacing_px=40)
    frames[:, 8:120, 8:120] += 4000
    assert "giant_object" in kinds(frames)


@pytest.fixture
def kinds_of_real(tmp_path, shared_data):
    """The kinds of warnings of the first frames of a real movie, by a shipped model."""

    def of(movie: str, pixel_size_um: float, model: str) -> list[str]:
        raw = part(tmp_path / "raw", shared_data / movie, 3)
        return [warning["kind"] for warning in Stages(tmp_path / "work", model).run(raw, pixel_size_um)]

    return of


@pytest.mark.parametrize(
    ("movie", "pixel_size_um", "model"), [("Fluo-N2DH-SIM+", 0.125, "nuclei"), ("PhC-C2DH-U373", 0.65, "phase")]
)
def test_the_model_that_is_for_them_fits(kinds_of_real, movie, pixel_size_um, model):
    assert kinds_of_real(movie, pixel_size_um, model) == []


@pytest.mark.parametrize(
    ("movie", "pixel_size_um", "model"), [("Fluo-N2DH-SIM+", 0.125, "phase"), ("PhC-C2DH-U373", 0.65, "nuclei")]
)
def test_the_other_model_does_not(kinds_of_real, movie, pixel_size_um, model):
    assert "model_does_not_fit" in kinds_of_real(movie, pixel_size_um, model)
