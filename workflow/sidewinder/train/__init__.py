"""Makes a model of annotated frames."""

from sidewinder.train.run import train

__all__ = ["train"]
