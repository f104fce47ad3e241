"""btrack: Kalman filters and Bayesian updates, then an integer program over tracklets, which finds the divisions.

The configuration is the published `models/cell_config.json` of btrack's repository, which its package does not contain.
"""

import json

import btrack
import numpy as np
import pandas as pd
from adapter import run

MOTION = {
    "name": "cell_motion",
    "dt": 1.0,
    "measurements": 3,
    "states": 6,
    "accuracy": 7.5,
    "prob_not_assign": 0.001,
    "max_lost": 5,
    "A": {"matrix": (np.eye(6) + np.eye(6, k=3)).ravel().tolist()},
    "H": {"matrix": np.eye(3, 6).ravel().tolist()},
    "P": {"sigma": 150.0, "matrix": np.diag([0.1, 0.1, 0.1, 1, 1, 1]).ravel().tolist()},
    "G": {"sigma": 15.0, "matrix": [0.5, 0.5, 0.5, 1, 1, 1]},
    "R": {"sigma": 5.0, "matrix": np.eye(3).ravel().tolist()},
}
HYPOTHESES = {
    "name": "cell_hypothesis",
    "hypotheses": ["P_FP", "P_init", "P_term", "P_link", "P_branch", "P_dead"],
    "lambda_time": 5.0,
    "lambda_dist": 3.0,
    "lambda_link": 10.0,
    "lambda_branch": 50.0,
    "eta": 1e-10,
    "theta_dist": 20.0,
    "theta_time": 5.0,
    "dist_thresh": 40,
    "time_thresh": 2,
    "apop_thresh": 5,
    "segmentation_miss_rate": 0.1,
    "apoptosis_rate": 0.001,
    "relax": True,
}


def track(cells: pd.DataFrame, movie, update: str, share: float, motion: dict, hypotheses: dict) -> pd.DataFrame:
    """Exact or approximate updates; the search radius is this share of Sidewinder's search range."""
    config = {"MotionModel": MOTION | motion, "ObjectModel": {}, "HypothesisModel": HYPOTHESES | hypotheses}
    file = movie.folder / "btrack.json"
    file.write_text(json.dumps({"TrackerConfig": config}))
    columns = {"t": cells["frame"], "x": cells["x_px"], "y": cells["y_px"], "z": np.zeros(len(cells))}
    objects = btrack.io.objects_from_dict({name: np.asarray(values) for name, values in columns.items()})
    for row, one in enumerate(objects):
        one.ID = row
    with btrack.BayesianTracker(verbose=False) as tracker:
        tracker.configure(file)
        tracker.update_method = btrack.constants.BayesianUpdates[update]
        tracker.max_search_radius = share * movie.search_range_px
        tracker.append(objects)
        tracker.volume = ((0, movie.width_px), (0, movie.height_px))
        tracker.track(step_size=100)
        tracker.optimize()
        # negative references are cells that were filled in
        rows = [(row, one.ID, one.parent) for one in tracker.tracks for row in one.refs if row >= 0]
    row, track_id, parent = np.array(rows).T
    parent = np.where((parent == track_id) | ~np.isin(parent, track_id), 0, parent)
    return cells.iloc[row].assign(track=track_id, parent=parent)


if __name__ == "__main__":
    run(track)
