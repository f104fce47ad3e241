"""A Slurm, for kills on it."""

from clusters import slurm  # noqa: F401
