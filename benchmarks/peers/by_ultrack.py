"""ultrack: chooses among segments and links at once, by one integer program, with its open solver (CBC).

It needs the masks, which crowds of points do not have.
"""

import shutil

import numpy as np
import pandas as pd
from adapter import run
from scipy.spatial import cKDTree
from ultrack import MainConfig
from ultrack import track as track_with_ultrack
from ultrack.core.export import to_tracks_layer

# a segment that ultrack chose is one of the cells if it is where that one is
NEAR_PX = 1.0
# below it, ultrack stops at scraps of a few pixels
MIN_AREA_PX = 32


def track(cells: pd.DataFrame, movie, weight: float, share: float) -> pd.DataFrame:
    """The weight of ends, beginnings and divisions; the distance is this share of Sidewinder's search range."""
    working = movie.folder / "ultrack"
    shutil.rmtree(working, ignore_errors=True)
    working.mkdir()
    config = MainConfig()
    config.data_config.working_dir = working
    config.segmentation_config.min_area = max(MIN_AREA_PX, int(cells["area_px"].min()))
    # parts of a cell that no outline parts
    config.segmentation_config.min_frontier = 0.1
    config.linking_config.max_distance = share * movie.search_range_px
    tracking = config.tracking_config
    tracking.solver_name, tracking.n_threads = "CBC", 1
    tracking.appear_weight = tracking.disappear_weight = tracking.division_weight = weight
    track_with_ultrack(config, labels=np.load(movie.folder / "labels.npy"), overwrite="all")
    tracks, _ = to_tracks_layer(config)
    return pd.concat([_named(of_frame, cells[cells["frame"] == frame]) for frame, of_frame in tracks.groupby("t")])


def _named(segments: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """The cells that are segments."""
    distance, row = cKDTree(cells[["y_px", "x_px"]]).query(segments[["y", "x"]].to_numpy())
    same = distance <= NEAR_PX
    tracks, parents = segments["track_id"].to_numpy()[same], segments["parent_track_id"].clip(lower=0).to_numpy()[same]
    return cells.iloc[row[same]].assign(track=tracks, parent=parents).drop_duplicates("label")


if __name__ == "__main__":
    run(track)
