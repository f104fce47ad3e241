"""The spots, and the tracks with their edges, as elements of XML."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import compute

from sidewinder.export.geff import track_edges
from sidewinder.progress import progress


def spot_elements(attributes: Mapping[str, pa.ChunkedArray], n_frames: int) -> Iterator[str]:
    """Make the XML of all spots, a frame at a time.

    Parameters
    ----------
    attributes : mapping of str to pyarrow.ChunkedArray
        Values of all spots by the names of attributes, `FRAME` among them.
    n_frames : int
        How many frames the movie has.

    Yields
    ------
    str
        The next part of the file.
    """
    frames = attributes["FRAME"].to_numpy()
    order = np.argsort(frames, kind="stable")
    begins = np.searchsorted(frames[order], np.arange(n_frames + 1))
    yield f'    <AllSpots nspots="{len(frames)}">\n'
    for frame in progress(range(n_frames), n_frames, "trackmate"):
        rows = order[begins[frame] : begins[frame + 1]]
        if rows.size:
            spots = _elements(
                "        <Spot", {name: values.take(pa.array(rows)) for name, values in attributes.items()}
            )
            yield f'      <SpotsInFrame frame="{frame}">\n{"".join(spots)}      </SpotsInFrame>\n'
    yield "    </AllSpots>\n"


def track_elements(table: pa.Table, parents: pd.Series, times: np.ndarray) -> Iterator[str]:
    """Make the XML of all tracks with their edges, and of the list of those that are shown, which are all.

    Parameters
    ----------
    table : pyarrow.Table
        The table of cells, sorted by track and frame; a spot's number is that of its row.
    parents : Series
        `parent_track_id` by `track_id`; 0 is none.
    times : ndarray of float64, shape (T,)
        When each frame was taken.

    Yields
    ------
    str
        The next part of the file.
    """
    cells = table.select(["track_id", "frame", "lineage_id"]).to_pandas(use_threads=False)
    edges = track_edges(cells, parents)
    lineage = cells["lineage_id"].to_numpy()[edges[:, 0]]
    order = np.argsort(lineage, kind="stable")
    edges, lineage = edges[order], lineage[order]
    ends = {"SPOT_SOURCE_ID": pa.array(edges[:, 0]), "SPOT_TARGET_ID": pa.array(edges[:, 1])}
    lines = _elements("        <Edge", ends | {"link_score": table["link_score"].take(ends["SPOT_TARGET_ID"])})
    tracks, begins, counts = np.unique(lineage, return_index=True, return_counts=True)
    # each spot of a track but the first has one edge that leads to it
    known = {"TRACK_INDEX": np.arange(len(tracks)), "TRACK_ID": tracks, "NUMBER_SPOTS": counts + 1}
    heads = _track_heads(known | _events(edges, begins, times, cells["frame"].to_numpy()))
    yield "    <AllTracks>\n"
    for head, begin, count in zip(heads, begins, counts, strict=True):
        yield "".join([head, *lines[begin : begin + count], "      </Track>\n"])
    yield "    </AllTracks>\n    <FilteredTracks>\n"
    yield from (f'      <TrackID TRACK_ID="{track}" />\n' for track in tracks)
    yield "    </FilteredTracks>\n"


def _events(edges: np.ndarray, begins: np.ndarray, times: np.ndarray, frames: np.ndarray) -> dict[str, np.ndarray]:
    """When tracks begin and end, their gaps and divisions, from edges that stand one track after the other."""
    source, target = edges.T
    # a mother's edges are counted once
    is_first = np.zeros(len(edges), dtype=np.int64)
    is_first[np.unique(source, return_index=True)[1]] = 1
    divides = np.bincount(source, minlength=1)[source] > 1
    start, stop = np.minimum.reduceat(times[frames[source]], begins), np.maximum.reduceat(times[frames[target]], begins)
    return {
        "NUMBER_GAPS": np.add.reduceat((frames[target] - frames[source] > 1).astype(np.int64), begins),
        "NUMBER_SPLITS": np.add.reduceat(is_first * divides, begins),
        "TRACK_DURATION": stop - start,
        "TRACK_START": start,
        "TRACK_STOP": stop,
    }


def _track_heads(attributes: Mapping[str, np.ndarray]) -> list[str]:
    """Begin the element of each track."""
    columns = {name: pa.array(values) for name, values in attributes.items()}
    names = compute.binary_join_element_wise("Track_", columns["TRACK_ID"].cast(pa.string()), "")
    return _elements("      <Track", {"name": names} | columns, ">\n")


def _elements(begin: str, attributes: Mapping[str, pa.ChunkedArray], end: str = " />\n") -> list[str]:
    """Begin an element for each value; where a value is missing, its attribute is, too."""
    texts = []
    for name, values in attributes.items():
        text = compute.binary_join_element_wise(f' {name}="', values.cast(pa.string()), '"', "")
        texts.append(compute.fill_null(text, ""))
    elements: list[str] = compute.binary_join_element_wise(begin, *texts, end, "").to_pylist()
    return elements
