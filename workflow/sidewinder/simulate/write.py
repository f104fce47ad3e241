"""A simulated movie on disk: the film as OME-TIFF, the truth as the Cell Tracking Challenge lays it out."""

import uuid
from pathlib import Path

import numpy as np
import tifffile

from sidewinder.errors import UserError
from sidewinder.export.ctc import frame_digits, write_mask, write_track_rows
from sidewinder.simulate.movie import SimulatedMovie, simulate
from sidewinder.simulate.scenes import SCENES, Scene
from sidewinder.store import atomic_file, atomic_folder


def write_scene(scene: str, movie_path: str | Path, truth_folder: str | Path) -> None:
    """Simulate a scene and write the movie and its truth.

    Parameters
    ----------
    scene : str
        A name in `SCENES`.
    movie_path : str or Path
        The OME-TIFF to write, uint16, axes T Y X, with pixel size, frame interval and channel name.
    truth_folder : str or Path
        The folder to write, like `01_GT`: `SEG/man_segNNN.tif` and `TRA/man_trackNNN.tif` of every frame, and
        `TRA/man_track.txt`.

    Raises
    ------
    UserError
        If there is no scene of that name.
    """
    if scene not in SCENES:
        raise UserError(f"There is no scene {scene!r} to simulate; the scenes are {', '.join(SCENES)}.")
    movie = simulate(SCENES[scene])
    with atomic_file(movie_path) as temporary:
        _write_ome_tiff(SCENES[scene], movie.frames, temporary)
    with atomic_folder(truth_folder) as temporary:
        write_truth(movie, temporary)


def _write_ome_tiff(scene: Scene, frames: np.ndarray, path: Path) -> None:
    metadata = {
        "axes": "TYX",
        # tifffile draws a random one otherwise
        "UUID": str(uuid.uuid5(uuid.NAMESPACE_OID, f"sidewinder scene {scene.name} {scene.seed}")),
        "Name": scene.name,
        "PhysicalSizeX": scene.pixel_size_um,
        "PhysicalSizeXUnit": "µm",
        "PhysicalSizeY": scene.pixel_size_um,
        "PhysicalSizeYUnit": "µm",
        "TimeIncrement": scene.frame_interval_s,
        "TimeIncrementUnit": "s",
        "Channel": {"Name": [scene.channel_name]},
    }
    tifffile.imwrite(path, frames, ome=True, metadata=metadata, photometric="minisblack", compression="zlib")


def write_truth(movie: SimulatedMovie, folder: Path) -> None:
    """Write the truth of a movie into a folder, as `SEG` and `TRA`."""
    digits = frame_digits(len(movie.labels))
    (folder / "SEG").mkdir(parents=True)
    (folder / "TRA").mkdir()
    for frame, labels in enumerate(movie.labels):
        write_mask(folder / "SEG" / f"man_seg{frame:0{digits}}.tif", labels)
        write_mask(folder / "TRA" / f"man_track{frame:0{digits}}.tif", labels)
    write_track_rows(folder / "TRA" / "man_track.txt", movie.tracks)
