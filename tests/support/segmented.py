"""The stages from raw frames to tracks and warnings, in this process and with the config's defaults."""

import csv
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import tifffile

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "workflow"))

from sidewinder.infer.movie import infer_movie  # noqa: E402
from sidewinder.instances.block import BlockOutputs  # noqa: E402
from sidewinder.instances.movie import segment_movie  # noqa: E402
from sidewinder.plausibility import check_movie  # noqa: E402
from sidewinder.preprocess.convert import convert  # noqa: E402
from sidewinder.settings import InstanceSettings, TrackSettings  # noqa: E402
from sidewinder.track import track_movie  # noqa: E402


@dataclass(frozen=True)
class Stages:
    """Runs the stages in a folder, whose files have the names that the workflow gives them.

    Parameters
    ----------
    folder : path
        Where the files go; what is there is not made again.
    model : str
        The name of a shipped model.
    threads : int
        Of the network.
    settings : dict, optional
        Of the stage preprocess.
    """

    folder: Path
    model: str
    threads: int = 2
    settings: dict[str, object] | None = None

    @property
    def model_folder(self) -> Path:
        """Where the model is."""
        return CHECKOUT / "workflow" / "models" / self.model

    def run(self, raw: Path, pixel_size_um: float | None = None) -> list[dict[str, str]]:
        """All stages from a raw movie to its warnings."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.path("tracks.parquet").is_file():
            self._to_tracks(raw, pixel_size_um)
        check_movie(
            image=self.path("image.ome.zarr"), cells=[self.path("cells-0.parquet")],
            uncertainty=[self.path("uncertainty-0.npy")], tracks=self.path("tracks.parquet"), model=self.model_folder,
            output=self.path("warnings.csv"), movie="m", channel="0", pixel_size_um=pixel_size_um,
        )  # fmt: skip
        with open(self.path("warnings.csv"), newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def path(self, name: str) -> Path:
        """One of the files."""
        return self.folder / name

    def _to_tracks(self, raw: Path, pixel_size_um: float | None) -> None:
        image, maps = self.path("image.ome.zarr"), self.path("maps-0.zarr")
        convert(raw, image, position=None, channel="0", settings=self.settings)
        infer_movie(
            image, self.model_folder, maps, channel="0", block=0, n_blocks=1, tile="auto", device="cpu",
            gpu_asked=False, threads=self.threads, pixel_size_um=pixel_size_um,
        )  # fmt: skip
        labels, cells = self.path("labels-0.zarr"), self.path("cells-0.parquet")
        segment_movie(
            maps=maps, image=image, outputs=BlockOutputs(labels, cells, self.path("uncertainty-0.npy")),
            settings=asdict(InstanceSettings()), measure={}, threads=1, pixel_size_um=pixel_size_um,
        )  # fmt: skip
        track_movie(
            cells=[cells], labels=[labels], image=image, tracks_parquet=self.path("tracks.parquet"),
            tracks_csv=self.path("tracks.csv"), lineage_csv=self.path("lineage.csv"),
            label_tracks=self.path("label_tracks.parquet"), repairs=self.path("repairs.parquet"), movie="m",
            settings=asdict(TrackSettings()), measure={}, pixel_size_um=pixel_size_um,
        )  # fmt: skip


def discs(n_frames: int, side: int, radius_px: float, spacing_px: int, seed: int = 0) -> np.ndarray:
    """Smooth bright discs on a lattice that move a little, on a noisy ground; uint16 (n_frames, side, side)."""
    rng = np.random.default_rng(seed)
    at = np.arange(spacing_px // 2, side, spacing_px, dtype=float)
    places = np.stack(np.meshgrid(at, at, indexing="ij"), -1).reshape(-1, 2)
    y, x = np.mgrid[:side, :side]
    frames = []
    for _ in range(n_frames):
        places = places + rng.normal(0, 0.7, places.shape)
        light = sum(1 / (1 + np.exp((np.hypot(y - b, x - a) - radius_px) / 0.8)) for b, a in places)
        frames.append(rng.poisson(150 + 800 * np.minimum(light, 1)))
    return np.array(frames, np.uint16)


def noise(n_frames: int, side: int, width_px: int, seed: int = 0) -> np.ndarray:
    """Smooth noise, another in each frame, whose grains are about as wide as cells; uint16 (n_frames, side, side)."""
    field = np.random.default_rng(seed).normal(size=(n_frames, side, side))
    for axis in (1, 2) * 3:
        field = sum(np.roll(field, shift, axis) for shift in range(-width_px, width_px + 1))
    return (900 + 180 * field / field.std()).clip(0).astype(np.uint16)


def written(path: Path, frames: np.ndarray) -> Path:
    """A TIFF stack of frames (T, Y, X)."""
    tifffile.imwrite(path, frames, photometric="minisblack")
    return path


def part(folder: Path, movie: Path, n_frames: int) -> Path:
    """A folder with the first frames of a movie of the Cell Tracking Challenge."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted((movie / "01").glob("t*.tif"))[:n_frames]:
        if not (folder / path.name).exists():
            (folder / path.name).symlink_to(path)
    return folder
