"""The named movies of the demo: what is in them and how they are filmed."""

from dataclasses import dataclass, field

from sidewinder.simulate.optics import Optics


@dataclass(frozen=True)
class Scene:
    """One movie to simulate. Two equal scenes give the same movie, byte for byte."""

    name: str
    seed: int
    optics: Optics
    n_cells: int
    n_deaths: int
    speed_px: float
    cycle_frames: int
    n_frames: int = 40
    shape: tuple[int, int] = (256, 256)
    # equivalent radius of a new-born nucleus; its area doubles until it divides
    radius_px: float = 8.3
    size_spread: float = 0.07
    brightness_spread: float = 0.25
    elongation: float = 0.25
    texture_contrast: float = 0.3
    n_specks: int = 0
    # the stage: a random walk, and jumps as {frame: (y, x)}, in pixels
    drift_px_per_frame: float = 0.0
    jumps_px: dict[int, tuple[float, float]] = field(default_factory=dict)
    pixel_size_um: float = 0.5
    frame_interval_s: float = 300.0
    channel_name: str = "nuclei"


_PLAIN = Scene(
    name="plain",
    seed=11,
    n_cells=34,
    n_deaths=2,
    speed_px=1.3,
    cycle_frames=70,
    n_specks=4,
    optics=Optics(
        photons=220,
        background_photons=25,
        read_noise_photons=2,
        counts_per_photon=4,
        offset_counts=300,
        blur_px=1.1,
        vignetting=0.15,
        haze=0.03,
    ),
)

_CROWDED = Scene(
    name="crowded",
    seed=23,
    n_frames=36,
    shape=(320, 320),
    n_cells=150,
    n_deaths=4,
    speed_px=0.7,
    cycle_frames=75,
    brightness_spread=0.35,
    elongation=0.3,
    optics=Optics(
        photons=180,
        background_photons=20,
        read_noise_photons=2,
        counts_per_photon=3,
        offset_counts=200,
        blur_px=1.4,
        halo=0.15,
        halo_px=9,
        vignetting=0.2,
        haze=0.08,
    ),
)

_ROUGH = Scene(
    name="rough",
    seed=5,
    n_frames=48,
    n_cells=42,
    n_deaths=3,
    speed_px=1.4,
    cycle_frames=80,
    brightness_spread=0.45,
    elongation=0.3,
    n_specks=12,
    drift_px_per_frame=0.4,
    jumps_px={13: (4.0, -5.0), 26: (-6.0, 2.0), 37: (3.0, 5.0)},
    optics=Optics(
        photons=28,
        background_photons=14,
        read_noise_photons=2.5,
        counts_per_photon=9,
        offset_counts=900,
        blur_px=1.8,
        halo=0.25,
        halo_px=8,
        vignetting=0.65,
        haze=0.5,
        haze_length_px=90,
    ),
)

SCENES: dict[str, Scene] = {scene.name: scene for scene in (_PLAIN, _CROWDED, _ROUGH)}
