"""What the stage `preprocess` spends its time on, and what dask costs.

    python benchmarks/preprocess.py

prints two tables of docs/measurements/preprocess.md, for movies in frames of two sizes. First CPU seconds of reading
all frames as the stage does and by way of dask, of the statistics alone, and of the whole stage, for 100 MB; the best
of three. Then the stage with all steps off, and with each of them, beside a plain copy of the decoded frames into the
same store, for 25 MB: CPU time as a multiple of the copy's, the best of three turns.
"""

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import material  # noqa: F401  (puts the package on the path)
import numpy as np
import tifffile
from scipy.ndimage import gaussian_filter

from sidewinder.movie.opening import open_movie
from sidewinder.preprocess.convert import convert
from sidewinder.preprocess.statistics import MovieStatistics
from sidewinder.store import write_image

MOVIE_MB = 100
# side of the frames in px, compression of the TIFF
MOVIES = ((256, None), (256, "lzw"), (2048, None), (2048, "lzw"))
STEPS_MB = 25
STEPS: dict[str, dict[str, object]] = {
    "all steps off": {},
    "flat field": {"flat_field": "estimated"},
    "bleaching": {"bleaching": True},
    "drift": {"drift": True},
}


def write(path: Path, side_px: int, compression: str | None, movie_mb: float = MOVIE_MB) -> int:
    """Write a movie of grey values as a camera has them; its number of frames."""
    rng = np.random.default_rng(0)
    smooth = 4000 * gaussian_filter(rng.standard_normal((side_px, side_px)), 8)
    frame = (2000 + smooth + rng.poisson(100, smooth.shape)).clip(0, 65535).astype(np.uint16)
    n_frames = round(movie_mb * 1e6 / frame.nbytes)
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


def copy(path: Path, output: Path) -> None:
    """A plain copy of the decoded frames into the store that the stage writes."""
    movie = open_movie(path, None)
    write_image(
        output,
        map(movie.read, range(movie.shape[0])),
        n_frames=movie.shape[0],
        shape_cyx=movie.shape[1:],
        dtype=movie.dtype,
        pixel_size_um=1.0,
        frame_interval_s=None,
        channel_names=movie.channel_names,
        attributes={},
    )


def steps_row(folder: Path, side_px: int) -> list[str]:
    """A row of the second table."""
    path, output = folder / f"{side_px}-steps.tif", folder / "image.ome.zarr"
    n_frames = write(path, side_px, None, STEPS_MB)
    about = {"position": None, "channel": "0"}
    works: dict[str, Callable[[], object]] = {"copy": partial(copy, path, output)}
    works |= {name: partial(convert, path, output, settings=settings, **about) for name, settings in STEPS.items()}
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(3):
        for name, work in works.items():
            start = time.process_time()
            work()
            seconds[name].append(time.process_time() - start)
    best = {name: min(taken) for name, taken in seconds.items()}
    multiples = (f"{best[name] / best['copy']:.2f}" for name in STEPS)
    return [f"{side_px} x {side_px}", str(n_frames), f"{1000 * best['copy'] / n_frames:.2f}", *multiples]


def main() -> None:
    """Print the tables."""
    print("|frames, px|compression|frames|read, s|read by way of dask, s|statistics, s|whole stage, s|")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for side_px, compression in MOVIES:
            print(f"|{'|'.join(row(Path(folder), side_px, compression))}|", flush=True)
        print(f"\n|frames, px|frames|copy, ms a frame|{'|'.join(STEPS)}|\n|---|---|---|{'---|' * len(STEPS)}")
        for side_px in (256, 2048):
            print(f"|{'|'.join(steps_row(Path(folder), side_px))}|", flush=True)


if __name__ == "__main__":
    main()
