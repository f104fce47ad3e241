"""A movie for the Timelapse Feature Explorer of the Allen Institute for Cell Science, as its data format says.

https://github.com/allen-cell-animated/colorizer-data/blob/main/documentation/DATA_FORMAT.md
"""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image
from scipy.ndimage import find_objects

from sidewinder.errors import UserError
from sidewinder.pixel_size import height_and_width_um
from sidewinder.progress import progress
from sidewinder.store import atomic_folder, open_image, open_labels
from sidewinder.store.table import read_frame, write_parquet

# what red, green and blue of a pixel can say, as the format has it
MOST_CELLS = 16_843_007
# places and identities have files of their own
NO_FEATURES = frozenset("movie cell_id track_id frame source_frame y_px x_px y_um x_um".split())
UNITS = {"_um_per_s": "µm/s", "_px_per_frame": "px/frame", "_um2": "µm²", "_px": "px", "_um": "µm", "_s": "s"}
MOST_CATEGORIES = 12


def export_colorizer(movie_zarr: str | Path, tracks_parquet: str | Path, output: str | Path, *, name: str) -> None:
    """Write a data set: each cell of each frame is an object, numbered from 0 by frame and track.

    `frame_N.png` holds 1 + an object's number in its pixels' red, green and blue, the lowest byte in red. `tracks`,
    `times`, `centroids` and `bounds` (left, top, right and bottom, all included) are JSON; each column of the table is
    a feature, in Parquet. Objects that touch the border are outliers, as the viewer calls what it can leave out.

    Parameters
    ----------
    movie_zarr, tracks_parquet : str or Path
        The published movie, and the table of its cells.
    output : str or Path
        The folder to write; its `manifest.json` names everything.
    name : str
        The movie's name.

    Raises
    ------
    UserError
        If there are more cells than pixels can name, or a label is not in the table.
    """
    image, labels = open_image(movie_zarr), open_labels(movie_zarr)
    cells = read_frame(tracks_parquet).sort_values(["frame", "track_id"], ignore_index=True)
    if len(cells) > MOST_CELLS:
        raise UserError(
            f"{tracks_parquet}: {len(cells):,} cells in frames; the Timelapse Feature Explorer knows {MOST_CELLS:,} at "
            "most: leave colorizer out of exports, or take fewer frames"
        )
    bounds = np.zeros((len(cells), 4), np.int64)
    frames = [f"frame_{number}.png" for number in range(labels.shape[0])]
    with atomic_folder(output) as folder:
        objects = progress(_objects(labels, cells, tracks_parquet), len(frames), "colorizer")
        for name_of_frame, (begin, places) in zip(frames, objects, strict=True):
            for row, found in enumerate(find_objects(places), start=begin):
                if found is not None:
                    bounds[row] = [found[1].start, found[0].start, found[1].stop - 1, found[0].stop - 1]
            number = np.where(places > 0, places + begin, 0)
            colours = np.stack([number >> shift & 255 for shift in (0, 8, 16)], axis=-1).astype(np.uint8)
            Image.fromarray(colours).save(folder / name_of_frame)
        arrays: dict[str, pd.Series | np.ndarray] = {
            "tracks": cells["track_id"],
            "times": cells["frame"],
            "centroids": cells[["x_px", "y_px"]].round(2).to_numpy().ravel(),
            "bounds": bounds.ravel(),
            "outliers": cells["touches_border"].astype(bool),
        }
        for key, values in arrays.items():
            _write_json(folder / f"{key}.json", {"data": values.tolist()})
        manifest = {
            "frames": frames,
            "features": list(_features(cells, folder)),
            **{key: f"{key}.json" for key in arrays},
            "metadata": _metadata(image, name),
        }
        _write_json(folder / "manifest.json", manifest)


def _objects(labels: Any, cells: pd.DataFrame, table: str | Path) -> Iterator[tuple[int, np.ndarray]]:
    """Yield of each frame its first row of the table, and pixels (Y, X) that are 1, 2, ... by the order of its rows."""
    track, ends = cells["track_id"].to_numpy(), np.searchsorted(cells["frame"], np.arange(labels.shape[0] + 1))
    for frame, (begin, end) in enumerate(pairwise(ends.tolist())):
        of_frame, ids = np.asarray(labels[frame]).astype(np.int64), np.concatenate([[0], track[begin:end]])
        places = np.minimum(np.searchsorted(ids, of_frame), len(ids) - 1)
        unknown = of_frame[ids[places] != of_frame]
        if unknown.size:
            raise UserError(f"{table}: track {unknown[0]} of frame {frame} is not in it; remove it and run again")
        yield begin, places


def _features(cells: pd.DataFrame, folder: Path) -> Iterator[dict[str, Any]]:
    """Write the columns that hold something; yields what the manifest says of each."""
    taken: set[str] = set()
    for column in (name for name in cells.columns if name not in NO_FEATURES):
        values, about = _feature(cells[column])
        known = values[np.isfinite(values)]
        key = re.sub("[^a-z0-9_]", "_", column.lower())
        if not known.size or key in taken:
            continue
        taken.add(key)
        write_parquet(pd.DataFrame({"data": values}), folder / f"feature_{key}.parquet")
        spread = {"min": float(known.min()), "max": float(known.max())}
        yield {"key": key, "name": column, "data": f"feature_{key}.parquet", "unit": _unit(column), **about, **spread}


def _feature(column: pd.Series) -> tuple[np.ndarray, dict[str, Any]]:
    """A column as float32 with its type; a text as the number of its category, nothing where there are too many."""
    if pd.api.types.is_bool_dtype(column):
        return column.to_numpy(np.float32), {"type": "categorical", "categories": ["no", "yes"]}
    if pd.api.types.is_numeric_dtype(column):
        kind = "discrete" if pd.api.types.is_integer_dtype(column) else "continuous"
        return column.to_numpy(np.float32, na_value=np.nan), {"type": kind}
    texts, names = pd.factorize(column.fillna("").astype(str).replace("", "none"), sort=True)
    values = texts.astype(np.float32) if 1 < len(names) <= MOST_CATEGORIES else np.full(len(column), np.nan, np.float32)
    return values, {"type": "categorical", "categories": list(names)}


def _unit(column: str) -> str:
    return next((unit for ending, unit in UNITS.items() if column.endswith(ending)), "")


def _metadata(image: Any, name: str) -> dict[str, Any]:
    """The scales, by which the viewer draws a scale bar and the time."""
    found: dict[str, Any] = {"name": name}
    height, width = image.data.shape[-2:]
    if image.pixel_size_um is not None:
        height_um, width_um = height_and_width_um(image.pixel_size_um, image.pixel_aspect)
        found["frameDims"] = {"units": "µm", "width": width * width_um, "height": height * height_um}
    if image.frame_interval_s is not None:
        found["frameDurationSeconds"] = image.frame_interval_s
    return found


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")
