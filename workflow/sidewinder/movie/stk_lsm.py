"""What MetaMorph's files and Zeiss' LSM say of themselves in ways of their own, which tifffile reads."""

import numpy as np
import tifffile

from sidewinder.movie.description import Description
from sidewinder.movie.units import length_um, pixel, time_s


def describe_stk(path: str, tif: tifffile.TiffFile) -> Description:
    """Read the calibration and the time of each plane of an STK."""
    said = tif.stk_metadata or {}
    x_um = y_um = None
    if said.get("SpatialCalibration"):
        unit = str(said.get("CalibrationUnits", ""))
        x_um, y_um = (length_um(path, float(said.get(f"{axis}Calibration", 0)), unit) for axis in "XY")
    # days and milliseconds, so that midnight is no step back
    taken = np.asarray(said.get("DatetimeCreated", []), "datetime64[ms]")
    known = not np.isnat(taken).any()
    return Description(
        **pixel(path, x_um, y_um),
        taken_s=tuple((taken.astype(np.int64) / 1000).tolist()) if known else (),
    )


def describe_lsm(path: str, tif: tifffile.TiffFile) -> Description:
    """Read the size of a pixel, the names of channels and the time of each frame of an LSM."""
    said = tif.lsm_metadata or {}
    x_um, y_um = (length_um(path, float(said.get(f"VoxelSize{axis}", 0)), "m") for axis in "XY")
    return Description(
        **pixel(path, x_um, y_um),
        frame_interval_s=time_s(path, float(said.get("TimeIntervall", 0)), "s"),
        channel_names=tuple(said.get("ChannelColors", {}).get("ColorNames", ())),
        taken_s=tuple(float(time) for time in said.get("TimeStamps", ())),
    )


def describe_metaseries(path: str, tif: tifffile.TiffFile) -> Description:
    """Read the calibration of a TIFF by MetaXpress or MetaMorph, which describes itself in XML."""
    said = (tif.metaseries_metadata or {}).get("PlaneInfo", {})
    if not said.get("spatial-calibration-state"):
        return Description()
    unit = str(said.get("spatial-calibration-units", ""))
    x_um, y_um = (length_um(path, float(said.get(f"spatial-calibration-{axis}", 0)), unit) for axis in "xy")
    return Description(**pixel(path, x_um, y_um))
