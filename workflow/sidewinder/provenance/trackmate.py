"""What a file of TrackMate's holds, read without keeping it in memory."""

from array import array
from pathlib import Path
from xml.etree.ElementTree import iterparse

import numpy as np

SPOT, EDGE = ("ID", "track_id", "FRAME"), ("SPOT_SOURCE_ID", "SPOT_TARGET_ID")


def read_trackmate(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read spots and edges of a file that `export_trackmate` wrote.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    spots : ndarray of int64, shape (N, 3)
        `ID`, `track_id` and `FRAME` of each, by `ID`.
    edges : ndarray of int64, shape (E, 2)
        The numbers of the spots from which and to which they lead, by the second.

    Raises
    ------
    ParseError, KeyError, ValueError
        If it is no such file.
    """
    found = {"Spot": array("q"), "Edge": array("q")}
    names = {"Spot": SPOT, "Edge": EDGE}
    for _, element in iterparse(path):
        if element.tag in found:
            found[element.tag].extend(int(element.attrib[name]) for name in names[element.tag])
        if element.tag in ("SpotsInFrame", "Track"):
            element.clear()
    spots, edges = np.array(found["Spot"]).reshape(-1, 3), np.array(found["Edge"]).reshape(-1, 2)
    return spots[np.argsort(spots[:, 0])], edges[np.lexsort(edges.T)]
