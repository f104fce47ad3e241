"""One frame in memory to maps, outside of the workflow: for validation, and for what asks a model a question."""

import numpy as np

from sidewinder.infer.engine import Engine
from sidewinder.infer.rescale import Rescaling, RowsBack


def frame_maps(engine: Engine, frame: np.ndarray, shape_yx: tuple[int, int]) -> np.ndarray:
    """Pass a frame through the network at another size.

    Parameters
    ----------
    engine : Engine
        The model; its `finish` makes uint8 maps.
    frame : ndarray, shape (C, Y, X)
        What the engine's `prepare` takes.
    shape_yx : tuple of int
        The size at which the network sees it.

    Returns
    -------
    maps : ndarray, shape (K, Y, X), uint8
        The maps at the frame's own size.
    """
    own = frame.shape[1:]
    if tuple(shape_yx) == own:
        return engine.probabilities(frame)
    scaled = Rescaling(own, shape_yx).apply(frame, 0, 0, shape_yx[0])
    return RowsBack(shape_yx, own).take(engine.probabilities(scaled))
