"""What the stage `preprocess` spends its time on, and what dask costs.

    python benchmarks/preprocess.py

prints the table of docs/measurements/preprocess.md: CPU seconds of reading all frames as the stage does and by way of
dask, of the statistics alone, and of the whole stage, for movies of 100 MB in frames of two sizes. The best of three.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import material  # noqa: F401  (puts the package on the path)
import numpy as np
import tifffile
from scipy.ndimage import gaussian_filter

from sidewinder.movie.opening import open_movie
from sidewinder.preprocess.convert import convert
from sidewinder.preprocess.statistics import MovieStatistics

MOVIE_MB = 100
# side of the frames in px, compression of the TIFF
MOVIES = ((256, None), (256, "lzw"), (2048, None), (2048, "lzw"))


def write(path: Path, side_px: int, compression: str | None) -> int:
    """Write a movie of grey values as a camera has them; its number of frames."""
    rng = np.random.default_rng(0)
    smooth = 4000 * gaussian_filter(rng.standard_normal((side_px, side_px)), 8)
    frame = (2000 + smooth + rng.poisson(100, smooth.shape)).clip(0, 65535).astype(np.uint16)
    n_frames = round(MOVIE_MB * 1e6 / frame.nbytes)
    frames = np.stack([np.roll(frame, 5 * number, 0) for number in range(n_frames)])
    tifffile.imwrite(path, frames, compression=compression, metadata={"axes": "TYX"}, photometric="minisblack")
    return n_frames


def cpu_s(work: Callable[[], object]) -> float:
    """The fewest CPU seconds of three runs."""
    seconds = []
    for _ in range(3):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def row(folder: Path, side_px: int, compression: str | None) -> list[str]:
    """A row of the table."""
    path = folder / f"{side_px}-{compression}.tif"
    n_frames = write(path, side_px, compression)
    movie = open_movie(path, None)
    frames = [movie.read(number) for number in range(n_frames)]

    def by_dask() -> None:
        for number in range(n_frames):
            movie.data[number].compute(scheduler="synchronous")

    def by_reader() -> None:
        for number in range(n_frames):
            movie.read(number)

    def statistics() -> None:
        found = MovieStatistics(movie.dtype, movie.channel_names, lambda: iter(frames))
        for frame in frames:
            found.count(frame)
        found.finish()

    def stage() -> None:
        about = {"position": None, "channel": "0"}
        with tempfile.TemporaryDirectory(dir=folder) as output:
            convert(path, Path(output, "image.ome.zarr"), **about)

    took = [cpu_s(work) for work in (by_reader, by_dask, statistics, stage)]
    return [f"{side_px} x {side_px}", compression or "none", str(n_frames), *(f"{seconds:.2f}" for seconds in took)]


def main() -> None:
    """Print the table."""
    print("|frames, px|compression|frames|read, s|read by way of dask, s|statistics, s|whole stage, s|")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for side_px, compression in MOVIES:
            print(f"|{'|'.join(row(Path(folder), side_px, compression))}|", flush=True)


if __name__ == "__main__":
    main()
