"""What the tests of the pages share."""

from explored import explored

__all__ = ["explored"]
