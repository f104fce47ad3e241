"""What all trackers are run by: cells in, tracks out, time and memory.

    python by_TRACKER.py FOLDER SETTING

in a Python that has the tracker (and pandas, pyarrow). FOLDER has `cells.parquet` (`frame, label, y_px, x_px, area_px,
touches_border`, sorted), `movie.json` (`n_frames, height_px, width_px, search_range_px`) and, of movies, `labels.npy`,
the masks, int32 (frames, Y, X). SETTING is a JSON object. Written are `tracks.parquet` (`frame, label, track, parent`;
parent 0 for none) and `used.json`, CPU seconds without the imports and the peak memory in MB.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pandas as pd


def run(track: Callable[..., pd.DataFrame]) -> None:
    """Call `track(cells, movie, **setting)`, and measure it."""
    warnings.simplefilter("ignore")
    folder, setting = Path(sys.argv[1]), json.loads(sys.argv[2])
    cells = pd.read_parquet(folder / "cells.parquet")
    movie = SimpleNamespace(folder=folder, **json.loads((folder / "movie.json").read_text()))
    start = time.process_time()
    found = track(cells, movie, **setting)
    seconds = time.process_time() - start
    found[["frame", "label", "track", "parent"]].astype("int64").to_parquet(folder / "tracks.parquet", index=False)
    # getrusage would count the memory of the process that started this one
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak_mb = int(status["VmHWM"].split()[0]) / 1024
    (folder / "used.json").write_text(json.dumps({"s": seconds, "MB": peak_mb}))
