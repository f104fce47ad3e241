"""Cells as points to links: which cells are one, which descend from which, and how sure that is."""
