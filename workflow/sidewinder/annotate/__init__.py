"""What to annotate next: regions of which a model is least certain, as images and labels to correct."""

from sidewinder.annotate.run import annotate

__all__ = ["annotate"]
