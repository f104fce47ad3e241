"""The whole file."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from sidewinder.export.trackmate.features import EDGES, SPOTS, TRACKS, Feature, measured, required
from sidewinder.export.trackmate.graph import spot_elements, track_elements
from sidewinder.names import PUBLISHED, VERSION
from sidewinder.pixel_size import height_and_width_um
from sidewinder.store import Image, atomic_file, open_image
from sidewinder.store.table import read_table

# the version whose format this is
TRACKMATE = "7.11.1"
# made by no detector and no tracker of TrackMate's; it refuses a file without filters, which may be empty
NOTHING_FURTHER = """\
    <DetectorSettings DETECTOR_NAME="MANUAL_DETECTOR" RADIUS="1.0" />
    <InitialSpotFilter feature="QUALITY" value="0.0" above="true" />
    <SpotFilterCollection />
    <TrackerSettings TRACKER_NAME="MANUAL_TRACKER" />
    <TrackFilterCollection />
    <AnalyzerCollection>
      <SpotAnalyzers />
      <EdgeAnalyzers />
      <TrackAnalyzers />
    </AnalyzerCollection>
  </Settings>
  <GUIState state="ConfigureViews" />
</TrackMate>
"""


def export_trackmate(
    movie_zarr: str | Path, tracks_parquet: str | Path, lineage_csv: str | Path, output: str | Path
) -> None:
    """Write a movie's tracks as an XML file that TrackMate opens.

    Spots are numbered 0, 1, ... in the table's order (by track, then by frame), as the nodes in GEFF, and called by
    their `track_id`. Positions are in micrometres and times in seconds where the movie says how large pixels are and
    when frames were taken, else in pixels and frames. An edge over a closed gap leads over several frames.

    Parameters
    ----------
    movie_zarr : str or Path
        The published movie, to which the file refers by its name.
    tracks_parquet, lineage_csv : str or Path
        The tables of its cells and of its tracks.
    output : str or Path
        The file to write, beside the movie.
    """
    image, table = open_image(movie_zarr), read_table(tracks_parquet)
    in_um, in_s = image.pixel_size_um is not None, image.times_s is not None
    n_frames = image.data.shape[0]
    times = np.arange(n_frames, dtype=np.float64) if image.times_s is None else image.times_s
    table = table.take(pa.array(np.lexsort([table["frame"].to_numpy(), table["track_id"].to_numpy()])))
    parents = pd.read_csv(lineage_csv).set_index("track_id")["parent_track_id"]
    features = measured(table, in_um=in_um, in_s=in_s)
    attributes = required(table, times, in_um=in_um) | {one.key: values for one, values in features.items()}
    with atomic_file(output) as temporary, open(temporary, "w", encoding="utf-8") as file:
        file.write(_head([*SPOTS, *features], in_um=in_um, in_s=in_s))
        file.writelines(spot_elements(attributes, n_frames))
        file.writelines(track_elements(table, parents, times))
        file.write(f"  </Model>\n  <Settings>\n{_image_data(image, times)}{NOTHING_FURTHER}")


def _head(spots: list[Feature], *, in_um: bool, in_s: bool) -> str:
    """All that stands before the spots: what wrote the file, units, and the features that are declared."""
    log = (
        f"Written by Sidewinder {VERSION}. Labels: {PUBLISHED}/labels/cells, where the value of a pixel is a track_id."
    )
    units = f'spatialunits="{"micrometer" if in_um else "pixel"}" timeunits="{"second" if in_s else "frame"}"'
    kinds = {"SpotFeatures": spots, "EdgeFeatures": EDGES, "TrackFeatures": TRACKS}
    declared = "".join(
        f"      <{kind}>\n{''.join(feature.declaration() for feature in features)}      </{kind}>\n"
        for kind, features in kinds.items()
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<TrackMate version="{TRACKMATE}">\n  <Log>{log}</Log>\n'
        f"  <Model {units}>\n    <FeatureDeclarations>\n{declared}    </FeatureDeclarations>\n"
    )


def _image_data(image: Image, times: np.ndarray) -> str:
    """The image, its size and its scales. Without a folder, TrackMate looks for it beside the file."""
    n_frames, _, height, width = image.data.shape
    sides = (1.0, 1.0)
    if image.pixel_size_um is not None:
        sides = height_and_width_um(image.pixel_size_um, image.pixel_aspect)
    interval = float(times[-1] - times[0]) / (n_frames - 1) if n_frames > 1 else 1.0
    size = f'width="{width}" height="{height}" nslices="1" nframes="{n_frames}"'
    scale = f'pixelwidth="{sides[1]}" pixelheight="{sides[0]}" voxeldepth="1.0"'
    ends = f'xstart="0" xend="{width - 1}" ystart="0" yend="{height - 1}" zstart="0" zend="0" tstart="0"'
    return (
        f'    <ImageData filename="{PUBLISHED}" folder="" {size} {scale} timeinterval="{interval}" />\n'
        f'    <BasicSettings {ends} tend="{n_frames - 1}" />\n'
    )
