"""What is measured of the cells of a frame; tracks play no part here."""

from sidewinder.measure.frame import column_name, column_names, measure_frame

__all__ = ["column_name", "column_names", "measure_frame"]
