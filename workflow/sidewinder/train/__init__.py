"""From annotated frames to a model."""

from sidewinder.train.run import train

__all__ = ["train"]
