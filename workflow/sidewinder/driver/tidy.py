"""What of the results can be deleted, and how much that frees: `snakemake tidy`, and `snakemake tidy delete`.

What is kept, image and maps, is enough to change thresholds, tracking and measurements without the network.
"""

import os
import shutil
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from sidewinder.driver import lock
from sidewinder.driver.disk import size_text
from sidewinder.driver.ending import listed
from sidewinder.errors import UserError
from sidewinder.names import BLOCKWISE, EXPORTS, LABELS, PRODUCTS
from sidewinder.plan import Plan

MAPS = BLOCKWISE["infer"][0]
# all that stages write below work/{movie}: nothing else is touched
OURS = (
    *("image.ome.zarr", "maps-*.zarr", "labels-*.zarr", "cells-*.parquet", "uncertainty-*.npy"),
    *("label_tracks.parquet", "repairs.parquet"),
)
OF_LABELS = "labels before tracking, which are made again of the maps if they are needed"
OF_MAPS = "maps, which the config does not keep (infer.keep)"
OF_BLOCKS = "files of blocks that the sheet does not have any more"
OF_EXPORTS = "exports that neither config nor sheet ask for"
OF_OTHERS = "intermediate files of movies that are not in the sheet and have no results"


def tidy(plan: Plan, results: str | Path, *, delete: bool) -> list[str]:
    """Say what can be deleted, or delete it.

    Parameters
    ----------
    plan : Plan
        The experiment.
    results : path
        The results folder.
    delete : bool
        Whether to delete.

    Returns
    -------
    lines : list of str
        A line for each kind of files, with their number and size, and one for all.

    Raises
    ------
    UserError
        Where results are in a store, or a run is going on.
    """
    if not plan.keeps_records:
        raise UserError("results in a store cannot be tidied: delete there what is not needed")
    holder = lock.holder(results)
    if delete and holder:
        raise UserError(f"a run is going on ({holder}): nothing is deleted; try again when it has ended")
    by_kind: dict[str, list[Path]] = {}
    for kind, path in _deletable(plan, Path(results)):
        by_kind.setdefault(kind, []).append(path)
    sizes_mb = {kind: sum(map(freed_mb, paths)) for kind, paths in by_kind.items()}
    lines = [f"{size_text(sizes_mb[kind])} in {_of_movies(paths)}: {kind}" for kind, paths in by_kind.items()]
    if not lines:
        return ["nothing can be deleted: all that is there is needed, or saves the network from running again"]
    if delete:
        for path in (path for paths in by_kind.values() for path in paths):
            _remove(path)
    total = size_text(sum(sizes_mb.values()))
    return [*lines, f"{total} are free now" if delete else f"snakemake tidy delete would free {total}"]


def _of_movies(paths: list[Path]) -> str:
    """How many files or folders, and whose."""
    return f"{len(paths):,} of {listed(list(dict.fromkeys(path.parent.name for path in paths)))}"


def freed_mb(path: Path) -> float:
    """What deleting a file or folder frees, in MB: files that have another name elsewhere free nothing."""
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    return sum(status.st_blocks * 512 for status in map(os.lstat, files) if status.st_nlink == 1) / 1e6


def _deletable(plan: Plan, results: Path) -> Iterator[tuple[str, Path]]:
    """Files and folders that can be deleted, each with its kind."""
    products: dict[str, set[str]] = {}
    for product in plan.products():
        movie, name = product.split("/")
        products.setdefault(movie, set()).add(name)
    for movie, names in products.items():
        if all((results / movie / name).exists() for name in names):
            yield from _of_done(plan, results, movie)
    work = results / "work"
    for folder in sorted(work.iterdir()) if work.is_dir() else ():
        if folder.is_dir() and folder.name not in plan.rows and not (results / folder.name).exists():
            yield from ((OF_OTHERS, path) for path in _ours_in(folder))


def _of_done(plan: Plan, results: Path, movie: str) -> Iterator[tuple[str, Path]]:
    """What can be deleted of a movie that is done."""
    row, work = plan.row(movie), results / "work" / movie
    exports = {*plan.exports(movie), *(["ctc"] if row.truth else [])}
    yield from (
        (OF_EXPORTS, results / movie / name)
        for export in set(EXPORTS) - exports
        for name in PRODUCTS[export]
        if (results / movie / name).exists()
    )
    n_maps = sum((work / MAPS.format(block=block)).exists() for block in range(row.blocks))
    keeps = bool(plan.config["infer"]["keep"])
    for path in _ours_in(work):
        block = path.name.rpartition("-")[2].partition(".")[0]
        if block.isdecimal() and int(block) >= row.blocks:
            yield OF_BLOCKS, path
        elif fnmatch(path.name, MAPS.format(block="*")) and not keeps:
            yield OF_MAPS, path
        elif fnmatch(path.name, LABELS.format(block="*")) and keeps and (row.labels or n_maps == row.blocks):
            yield OF_LABELS, path


def _ours_in(folder: Path) -> list[Path]:
    """What stages have written into the folder of a movie's intermediate files."""
    names = sorted(os.listdir(folder)) if folder.is_dir() else []
    return [folder / name for name in names if any(fnmatch(name, pattern) for pattern in OURS)]


def _remove(path: Path) -> None:
    try:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    except OSError as error:
        raise UserError(f"{path} cannot be deleted: {error.strerror}; the rest was not tried") from error
