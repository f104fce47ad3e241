"""A movie in napari, where that is installed: image, labels and tracks."""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from sidewinder.names import PUBLISHED, TRACKS
from sidewinder.store import open_image, open_labels
from sidewinder.store.table import read_frame


def why_not(environment: Mapping[str, str], platform: str) -> str:
    """Why napari cannot be opened; empty where it can.

    Parameters
    ----------
    environment : mapping
        The environment's variables.
    platform : str
        As `sys.platform`.
    """
    if find_spec("napari") is None:
        return "napari is not installed (pip install 'napari[all]')"
    if platform.startswith("linux") and not {"DISPLAY", "WAYLAND_DISPLAY"} & environment.keys():
        return "there is no display"
    return ""


def open_in_napari(made: Path, movie: str) -> None:
    """Open the results of a movie, and wait until the window is closed.

    Parameters
    ----------
    made : Path
        The movie's folder of results.
    movie : str
        Its name.
    """
    # installed by those alone who want it
    napari = import_module("napari")
    cells = read_frame(made / TRACKS, columns=["track_id", "frame", "y_px", "x_px", "parent_track_id"])
    daughters = cells[cells["parent_track_id"] > 0].drop_duplicates("track_id")
    parents = zip(daughters["track_id"].tolist(), daughters["parent_track_id"].tolist(), strict=True)
    viewer = napari.Viewer(title=movie)
    viewer.add_image(open_image(made / PUBLISHED).data, channel_axis=1)
    viewer.add_labels(open_labels(made / PUBLISHED)[:], name="cells")
    viewer.add_tracks(
        cells[["track_id", "frame", "y_px", "x_px"]].to_numpy(),
        graph={track: [parent] for track, parent in parents},
        name="tracks",
    )
    napari.run()
