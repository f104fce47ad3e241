"""Whether the disk will do: what the movies that are yet to be made will take, beside what is free."""

import os
import shutil
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from sidewinder.cluster.resources import Size
from sidewinder.plan import Plan
from sidewinder.provenance.readable import is_begun

# bytes on the disk for each byte of the image: zstd leaves seven tenths of noisy pixels, smaller levels add a third
OF_IMAGE = 1.0
# and for each pixel of a channel and frame: labels, masks and tables. Measured on the simulated movies, which take 1.0
# to 1.3 times their uncompressed pixels in all
OF_LABELS = 0.5
# and the maps that are kept: measured on the simulated movies, 0.9 where cells are apart, 1.5 where they crowd
OF_MAPS = 1.5
# files and folders of a movie, with those that Snakemake keeps of it; ctc and colorizer have a file a frame besides
FILES_OF_MOVIE = 120
FILES_OF_EXPORT = {
    "ctc": 5, "geff": 90, "trackmate": 5, "napari": 6, "colorizer": 70, "video": 5, "video_mp4": 5, "ome_zarr_04": 40,
}  # fmt: skip
# of ome_zarr_04: of each channel and frame the first chunk and its folders, and further ones of a million pixels
FILES_OF_PLANE, FILES_A_MPX = 3.0, 1.4
# the headers of thousands of movies on a slow disk: the others are taken to be like those that were looked at
LONGEST_LOOK_S = 5.0
UNITS = (("MB", 1.0), ("GB", 1e3), ("TB", 1e6))


def disk_lines(plan: Plan, results: str | Path) -> Iterator[str]:
    """A line on the disk that is needed, and a warning where it will not do, for its space or its number of files.

    Parameters
    ----------
    plan : Plan
        The experiment.
    results : path
        The results folder, on a disk of this machine; need not be there yet.

    Yields
    ------
    line : str
        None where no movie is yet to be made, or the size of none can be told.
    """
    movies = [movie for movie in plan.rows if not is_begun(Path(results), movie)]
    needed_mb, needed_files = _needed(plan, movies)
    if not needed_mb:
        return
    folder = _nearest(Path(results))
    free_mb = shutil.disk_usage(folder).free / 1e6
    to_make = f"{len(movies):,} movies are yet to be made" if len(movies) > 1 else "1 movie is yet to be made"
    said = f"{to_make}, for about {size_text(needed_mb)}; {size_text(free_mb)} are free"
    if needed_mb < free_mb:
        yield f"disk: {said}"
    else:
        yield f"WARNING: the disk of {results} will not do: {said}. Free some space, or name another results folder"
    disk = os.statvfs(folder)
    # 0 where the file system has no limit
    if disk.f_files and needed_files >= disk.f_favail:
        yield (
            f"WARNING: the disk of {results} will not do: {to_make}, for about "
            f"{needed_files:,.0f} files and folders; {disk.f_favail:,} more fit (inodes). Remove some, name another "
            "results folder, or do without exports (exports: [])"
        )


def _needed(plan: Plan, movies: list[str]) -> tuple[float, float]:
    """What movies will take, in MB and in files, from their headers; of those that cannot be read, and beyond some
    seconds, the mean."""
    start, known_mb, known_files = time.monotonic(), [], []
    keeps = plan.config.get("infer", {}).get("keep", False)
    exports = plan.config.get("exports", ())
    for movie in movies:
        size = plan.known_size(movie)
        if size is not None:
            of_pixel = OF_LABELS + OF_MAPS * (keeps and not plan.rows[movie].labels)
            n_images = 1 + ("ome_zarr_04" in exports)
            known_mb.append(n_images * OF_IMAGE * size.movie_mb + of_pixel * size.movie_mpx)
            known_files.append(size.shape[0] * _files_of_frame(size, exports))
        if time.monotonic() - start > LONGEST_LOOK_S:
            break
    if not known_mb:
        return 0.0, 0.0
    a_movie = FILES_OF_MOVIE + sum(FILES_OF_EXPORT.get(name, 0) for name in exports)
    of_frames = sum(known_files) / len(known_files)
    return sum(known_mb) / len(known_mb) * len(movies), (a_movie + of_frames) * len(movies)


def _files_of_frame(size: Size, exports: Collection[str]) -> float:
    """How many files exports have for each frame: a mask, and the chunks of its channels and its labels."""
    chunks = (size.shape[1] + 1) * (FILES_OF_PLANE + FILES_A_MPX * size.plane_mpx)
    return ("ctc" in exports) + ("colorizer" in exports) + chunks * ("ome_zarr_04" in exports)


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    folder = Path(os.path.abspath(folder))
    return next(one for one in (folder, *folder.parents) if one.exists())


def size_text(megabytes: float) -> str:
    """A size as people say it, with three digits."""
    unit, of_mb = next(((unit, of_mb) for unit, of_mb in UNITS if megabytes < 1000 * of_mb), UNITS[-1])
    value = megabytes / of_mb
    return f"{value:.3g} {unit}" if value < 100 else f"{value:.0f} {unit}"
