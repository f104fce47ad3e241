"""The largest that docs/reliability.md promises, each run in a process of its own: `python largest.py frame /tmp/x`.

Prints what was found, the peak of memory in MB, and CPU seconds.
"""

import json
import logging
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from segmented import Stages, discs, written
from sidewinder.instances.block import BlockOutputs
from sidewinder.instances.movie import segment_movie
from sidewinder.settings import TrackSettings
from sidewinder.store import write_image, write_stack
from sidewinder.track import Recording, track_cells

# of the one frame that goes through all stages
FRAME_SIDE_PX = 4096
# 5 million in all
CELLS_A_FRAME, FRAMES_OF_CELLS = 100_000, 50
MOST_CELLS_SIDE = 1000


def frame(folder: Path) -> dict[str, int]:
    """One frame of discs, as large as any that is promised, through all stages to the tracks."""
    tiles = np.tile(discs(1, 512, radius_px=9, spacing_px=40), (1, FRAME_SIDE_PX // 512, FRAME_SIDE_PX // 512))
    stages = Stages(folder / "work", "nuclei")
    stages.run(written(folder / "raw.tif", tiles))
    return {"cells": len(pd.read_parquet(stages.path("cells-0.parquet"), columns=["frame"]))}


def cells(folder: Path) -> dict[str, int]:
    """A table of many cells, which move a little from frame to frame, to tracks."""
    rng = np.random.default_rng(0)
    side = int(np.ceil(np.sqrt(CELLS_A_FRAME)))
    place = np.stack(np.divmod(np.arange(CELLS_A_FRAME), side), 1) * 20.0 + 10
    tables = []
    for number in range(FRAMES_OF_CELLS):
        place = place + rng.normal(0, 0.5, place.shape)
        label = np.arange(1, CELLS_A_FRAME + 1)
        tables.append(
            pd.DataFrame({"frame": number, "label": label, "y_px": place[:, 0], "x_px": place[:, 1], "area_px": 150.0})
        )
    table = pd.concat(tables, ignore_index=True).assign(touches_border=False)
    found = track_cells(table, Recording(FRAMES_OF_CELLS, (side * 20,) * 2, None, None), TrackSettings())
    return {"cells": len(found.tracks), "tracks": len(found.lineage)}


def cells_of_a_frame(folder: Path) -> dict[str, int]:
    """As many cells in one frame as any may have, of four pixels each."""
    side = 4 * MOST_CELLS_SIDE
    maps = np.zeros((2, side, side), np.uint8)
    for dy, dx in ((1, 1), (1, 2), (2, 1), (2, 2)):
        maps[0, dy::4, dx::4] = 255
    size = {"n_frames": 1, "shape_cyx": (1, side, side), "dtype": np.uint8, "attributes": {}, "channel_names": ["0"]}
    write_image(folder / "image", maps[:1, None], **size, pixel_size_um=None, frame_interval_s=None)
    about = {"first_frame": 0, "n_frames": 1, "block": 0, "n_blocks": 1}
    write_stack(folder / "maps", maps[None], n_frames=1, frame_shape=maps.shape, dtype=np.uint8, attributes=about)
    segment_movie(
        maps=folder / "maps", image=folder / "image",
        outputs=BlockOutputs(folder / "labels", folder / "cells.parquet", folder / "uncertainty.npy"),
        settings={"min_area_px": 1}, measure={}, threads=1,
    )  # fmt: skip
    return {"cells": len(pd.read_parquet(folder / "cells.parquet", columns=["label"]))}


LARGEST: dict[str, Callable[[Path], dict[str, int]]] = {
    "frame": frame, "cells": cells, "cells_of_a_frame": cells_of_a_frame,
}  # fmt: skip


def main() -> None:
    """Run one, and print what came of it."""
    logging.getLogger("sidewinder").setLevel(logging.ERROR)
    found = LARGEST[sys.argv[1]](Path(sys.argv[2]))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps(found | {"peak MB": round(peak_mb), "CPU s": round(time.process_time())}))


if __name__ == "__main__":
    main()
