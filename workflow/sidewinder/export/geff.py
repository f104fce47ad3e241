"""The graph of cells as GEFF, the format that tracking tools share (https://liveimagetrackingtools.org/geff)."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sidewinder.names import PUBLISHED
from sidewinder.store import atomic_folder
from sidewinder.store.table import read_frame

if TYPE_CHECKING:
    from geff import GeffMetadata
    from geff._typing import PropDictNpArray

# each property is a folder of several files, which clusters count: only what other programs draw or filter by
PROPERTIES = ("track_id", "lineage_id", "area_px", "area_um2")

UNITS = {"area_px": "pixel", "area_um2": "micrometer^2"}


def export_geff(tracks_parquet: str | Path, lineage_csv: str | Path, output: str | Path) -> None:
    """Write tracks as a directed graph: a node is a cell in a frame, edges lead to it, or its daughters, later.

    Nodes are numbered 0, 1, ... in the table's order (by track, then by frame). Their position is `t` (frame), `y`, `x`
    (micrometres where the pixel size is known, else pixels; the axes say which). Track, lineage, area and mean
    intensities are properties under the table's names, missing where the table is empty; the table has the rest. An
    edge over a closed gap leads over several frames; its property `link_score` is the one of the row that it leads to.

    Parameters
    ----------
    tracks_parquet, lineage_csv : str or Path
        The tables of a movie's cells and of its tracks.
    output : str or Path
        The GEFF to write, beside `movie.ome.zarr`, to which it refers.
    """
    from geff.core_io import write_arrays
    from zarr.storage import LocalStore

    cells = read_frame(tracks_parquet).sort_values(["track_id", "frame"], ignore_index=True)
    parents = pd.read_csv(lineage_csv).set_index("track_id")["parent_track_id"]
    space = "um" if cells["y_um"].notna().any() else "px"
    position = {"t": cells["frame"], "y": cells[f"y_{space}"], "x": cells[f"x_{space}"]}
    intensities = [name for name in cells.columns if name.startswith("mean_")]
    corrected = ["corrected"] if "corrected" in cells and cells["corrected"].any() else []
    columns = position | {name: cells[name] for name in (*PROPERTIES, *corrected, *intensities)}
    properties = {name: _property(column) for name, column in columns.items() if column.notna().any() or cells.empty}
    edges = track_edges(cells, parents)
    scores = {"link_score": _property(cells["link_score"].iloc[edges[:, 1]])}
    with atomic_folder(output) as temporary:
        write_arrays(
            # geff takes a folder that is there, empty or not, for a graph that must not be overwritten
            LocalStore(temporary),
            node_ids=np.arange(len(cells), dtype=np.uint64),
            node_props=properties,
            edge_ids=edges.astype(np.uint64),
            edge_props=scores,
            metadata=_metadata(space, properties, is_maximal=_ends_at_divisions(parents)),
        )


def track_edges(cells: pd.DataFrame, parents: pd.Series) -> np.ndarray:
    """Return the links between cells.

    Parameters
    ----------
    cells : DataFrame
        `track_id`, sorted by it and by frame, rows numbered from 0.
    parents : Series
        `parent_track_id` by `track_id`; 0 is none.

    Returns
    -------
    ndarray, int64 (E, 2)
        Rows of `cells`, from and to: first the links inside of tracks, then those from mothers to daughters.
    """
    rows = np.arange(len(cells))
    follows = cells["track_id"].eq(cells["track_id"].shift()).to_numpy(bool)
    first = pd.Series(rows, index=cells["track_id"]).groupby(level=0).first()
    last = pd.Series(rows, index=cells["track_id"]).groupby(level=0).last()
    daughters = parents[parents > 0]
    inside = np.column_stack([rows[follows] - 1, rows[follows]])
    between = np.column_stack([last.loc[daughters].to_numpy(), first.loc[daughters.index].to_numpy()])
    return np.concatenate([inside, between]).astype(np.int64)


def _ends_at_divisions(parents: pd.Series) -> bool:
    """Whether every mother has several daughters; GEFF calls only such tracks tracklets."""
    return bool((parents[parents > 0].value_counts() > 1).all())


def _property(column: pd.Series) -> "PropDictNpArray":
    """Values and, where some are missing, which."""
    missing = column.isna().to_numpy()
    return {"values": column.to_numpy(), "missing": missing if missing.any() else None}


def _metadata(space: str, properties: dict[str, "PropDictNpArray"], *, is_maximal: bool) -> "GeffMetadata":
    from geff import GeffMetadata
    from geff_spec import Axis, PropMetadata, RelatedObject

    space_unit = {"um": "micrometer", "px": "pixel"}[space]
    units = {"t": "frame", "y": space_unit, "x": space_unit} | UNITS
    described = {
        name: PropMetadata(identifier=name, dtype=values["values"].dtype, unit=units.get(name))
        for name, values in properties.items()
    }
    movie = f"../{PUBLISHED}"
    return GeffMetadata(
        directed=True,
        axes=[Axis(name=name, type="time" if name == "t" else "space", unit=units[name]) for name in ("t", "y", "x")],
        node_props_metadata=described,
        edge_props_metadata={"link_score": PropMetadata(identifier="link_score", dtype=np.float64)},
        track_node_props={"lineage": "lineage_id"} | ({"tracklet": "track_id"} if is_maximal else {}),
        related_objects=[
            RelatedObject(type="image", path=movie),
            RelatedObject(type="labels", path=f"{movie}/labels/cells", node_prop="track_id"),
        ],
    )
