"""What the tests of this package share."""

from toys import make_cells, make_points, scatter

__all__ = ["make_cells", "make_points", "scatter"]
