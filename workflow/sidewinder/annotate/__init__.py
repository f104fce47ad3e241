"""What to annotate next: regions of which a model is least certain, as images and labels to correct."""

from sidewinder.annotate.run import annotate, movies_of_blocks

__all__ = ["annotate", "movies_of_blocks"]
