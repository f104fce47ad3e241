"""Reads corrected tracks: GEFF, TrackMate's XML, folders as of the Cell Tracking Challenge, label images."""

from array import array
from collections.abc import Callable
from pathlib import Path
from xml.etree.ElementTree import ParseError, iterparse

import numpy as np
from skimage.measure import regionprops_table

from sidewinder.curate.graph import Graph
from sidewinder.errors import UserError
from sidewinder.limits import LARGEST_PACKAGE_BYTES
from sidewinder.movie.label_images import open_label_images
from sidewinder.store import as_labels, read_tiff_labels

TRACK_ROWS = "res_track.txt"
PIXELS = frozenset({"pixel", "pixels", "px", ""})
MICROMETRES = frozenset({"micrometer", "micrometre", "micron", "microns", "um", "µm", "\u03bcm"})


def read_corrected(path: Path, n_frames: int, sides_um: tuple[float, float] | None) -> Graph:
    """Read corrected tracks, of whatever form.

    Parameters
    ----------
    path : Path
        A GEFF, an XML file of TrackMate's, a folder with `maskNNN.tif` and `res_track.txt`, or label images.
    n_frames : int
        Frames of the movie.
    sides_um : tuple of float or None
        Height and width of a pixel in micrometres; None where not known.

    Raises
    ------
    UserError
        If it is none of these, is damaged, or does not fit the movie.
    """
    if path.suffix == ".xml":
        graph = _of_trackmate(path, sides_um)
    elif path.suffix == ".geff":
        graph = _of_geff(path, sides_um)
    elif (path / TRACK_ROWS).is_file():
        graph = _of_ctc(path)
    else:
        graph = _of_labels(path)
    beyond = graph.frame[(graph.frame < 0) | (graph.frame >= n_frames)]
    if len(beyond):
        raise UserError(
            f"{path}: holds frame {beyond[0]}; the movie has frames 0 to {n_frames - 1}: is it this movie's?"
        )
    return graph


def _per_px(path: Path, unit: str | None, sides_um: tuple[float, float] | None) -> np.ndarray:
    """Height and width of a pixel in a file's unit of length."""
    name = (unit or "").lower()
    if name in PIXELS:
        return np.ones(2)
    if name in MICROMETRES and sides_um is not None:
        return np.array(sides_um)
    raise UserError(
        f"{path}: its positions are in {unit}; export them in pixels, or in micrometres of a known pixel size"
    )


def _of_geff(path: Path, sides_um: tuple[float, float] | None) -> Graph:
    from geff.core_io import read_to_memory

    try:
        found = read_to_memory(str(path), node_props=["t", "y", "x"], edge_props=[])
        axes = {axis.name: axis.unit for axis in found["metadata"].axes or ()}
        frame, y, x = (np.asarray(found["node_props"][name]["values"]) for name in ("t", "y", "x"))
        ids, edges = np.asarray(found["node_ids"]), np.asarray(found["edge_ids"]).reshape(-1, 2)
    except Exception as error:  # what a damaged file makes of the library is of any class
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"{path}: no readable GEFF with t, y and x of each cell ({reason}); export it again") from error
    yx_px = np.column_stack([y, x]).astype(np.float64) / _per_px(path, axes.get("y"), sides_um)
    return Graph(frame.astype(np.int64), yx_px, np.full(len(ids), np.nan), _rows_of(path, ids, edges))


def _of_trackmate(path: Path, sides_um: tuple[float, float] | None) -> Graph:
    if path.stat().st_size > LARGEST_PACKAGE_BYTES:
        raise UserError(f"{path}: has {path.stat().st_size:,} bytes; {LARGEST_PACKAGE_BYTES:,} are read at most")
    _refuse_entities(path)
    spots, edges, unit = array("d"), array("q"), ""
    try:
        # entities were refused before
        for event, element in iterparse(path, events=("start", "end")):  # nosec B314
            if event == "start":
                unit = element.get("spatialunits", unit) if element.tag == "Model" else unit
            elif element.tag == "Spot":
                names = ("ID", "FRAME", "POSITION_Y", "POSITION_X", "RADIUS")
                spots.extend(float(element.attrib[name]) for name in names)
            elif element.tag == "Edge":
                edges.extend(int(float(element.attrib[name])) for name in ("SPOT_SOURCE_ID", "SPOT_TARGET_ID"))
            elif element.tag in ("SpotsInFrame", "Track"):
                element.clear()
    except (ParseError, KeyError, ValueError) as error:
        raise UserError(f"{path}: no readable file of TrackMate's ({error}); save it again") from error
    rows, per_px = np.array(spots).reshape(-1, 5), _per_px(path, unit, sides_um)
    ids = rows[:, 0].astype(np.int64)
    of_edges = _rows_of(path, ids, np.array(edges, np.int64).reshape(-1, 2))
    return Graph(rows[:, 1].astype(np.int64), rows[:, 2:4] / per_px, rows[:, 4] / per_px.mean(), of_edges)


def _refuse_entities(path: Path) -> None:
    """Refuse XML that declares entities, which expand to gigabytes, or read other files."""
    before = b""
    with open(path, "rb") as file:
        while chunk := file.read(2**20):
            plain = (before + chunk).replace(b"\0", b"").upper()
            if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
                raise UserError(f"{path}: declares entities of XML (<!DOCTYPE ...>), which are not read; save it again")
            before = chunk[-32:]


def _rows_of(path: Path, ids: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Edges by rows of cells, of edges by their ids."""
    order = np.argsort(ids, kind="stable")
    place = np.searchsorted(ids[order], edges).clip(max=max(len(ids) - 1, 0))
    if len(edges) and (not len(ids) or (ids[order][place] != edges).any()):
        raise UserError(f"{path}: a link leads to a cell that is not in it; export it again")
    return order[place].astype(np.int64) if len(edges) else np.empty((0, 2), np.int64)


def _of_ctc(path: Path) -> Graph:
    files = sorted(path.glob("mask*.tif"))
    try:
        masks = {int(file.stem.removeprefix("mask")): file for file in files}
        rows = np.loadtxt(path / TRACK_ROWS, dtype=np.int64, ndmin=2).reshape(-1, 4)
    except ValueError as error:
        raise UserError(
            f"{path}: expected mask000.tif ... and in {TRACK_ROWS} four whole numbers a line ({error})"
        ) from error
    graph = _with_masks(lambda frame: read_tiff_labels(masks[frame]), sorted(masks))
    label = graph.label if graph.label is not None else np.empty(0, np.int64)
    order = np.lexsort((graph.frame, label))
    same = label[order][1:] == label[order][:-1]
    inside = np.column_stack([order[:-1][same], order[1:][same]])
    first = {int(label[row]): int(row) for row in order[::-1]}
    last = {int(label[row]): int(row) for row in order}
    descends = [(last[mother], first[one]) for one, _, _, mother in rows.tolist() if mother in last and one in first]
    edges = np.concatenate([inside, np.array(descends, np.int64).reshape(-1, 2)])
    return Graph(graph.frame, graph.yx_px, graph.radius_px, edges, label, graph.masks)


def _of_labels(path: Path) -> Graph:
    movie = open_label_images(str(path))
    return _with_masks(lambda frame: as_labels(movie.read(frame)[0], f"{path}, frame {frame}"), range(movie.shape[0]))


def _with_masks(masks: Callable[[int], np.ndarray], frames: "range | list[int]") -> Graph:
    """The cells of label images, of whose links nothing is known."""
    found = []
    for frame in frames:
        table = regionprops_table(masks(frame), properties=("label", "centroid", "area"))
        columns = (table[name] for name in ("label", "centroid-0", "centroid-1", "area"))
        found.append(np.column_stack([np.full(len(table["label"]), frame), *columns]))
    rows = np.concatenate([np.empty((0, 5)), *found])
    return Graph(
        rows[:, 0].astype(np.int64), rows[:, 2:4], np.sqrt(rows[:, 4] / np.pi), None, rows[:, 1].astype(np.int64), masks
    )
