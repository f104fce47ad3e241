"""How a freshly trained network does on frames that it has not seen."""

from collections.abc import Iterable, Iterator

import numpy as np

from sidewinder.evaluate import Matches, match_frame
from sidewinder.infer.engine import Engine, as_uint8
from sidewinder.infer.frame import frame_maps
from sidewinder.infer.rescale import scaled_shape
from sidewinder.instances.segment import segment_frame
from sidewinder.model import CLASSES, Model
from sidewinder.normalization import ByQuantiles
from sidewinder.settings import InstanceSettings
from sidewinder.train.annotations import AnnotatedFrame
from sidewinder.unet import UNet

# the frames are in memory anyway
TILE_PX = 1024


def validate(network: UNet, frames: list[AnnotatedFrame], pixel_size_um: float | None) -> dict[str, float]:
    """Segment frames and score them; see `segment` and `seg_by_source`."""
    return seg_by_source(frames, segment(network, frames, pixel_size_um))


def seg_by_source(frames: Iterable[AnnotatedFrame], found: Iterable[np.ndarray]) -> dict[str, float]:
    """SEG of each set among the frames, by the Cell Tracking Challenge's own code.

    Parameters
    ----------
    frames : iterable of AnnotatedFrame
        Frames that took no part in training.
    found : iterable of ndarray, shape (Y, X), int
        What was found in each.

    Returns
    -------
    scores : dict of float
        SEG, to three digits, by the folder that the frames come from.
    """
    matches: dict[str, list[Matches]] = {}
    for frame, labels in zip(frames, found, strict=True):
        matches.setdefault(frame.source, []).append(match_frame(frame.labels, labels))
    return {source: round(_seg(of_source), 3) for source, of_source in matches.items()}


def segment(network: UNet, frames: Iterable[AnnotatedFrame], pixel_size_um: float | None) -> Iterator[np.ndarray]:
    """What a network and the default settings of the stage `instances` find in frames.

    Parameters
    ----------
    network : UNet
        Left as it is.
    frames : iterable of AnnotatedFrame
        The frames to segment.
    pixel_size_um : float or None
        The pixel size to which frames of a known one are rescaled.

    Yields
    ------
    labels : ndarray, shape (Y, X), int32
        Labels of each frame.
    """
    trained = UNet(network.architecture)
    trained.load_state_dict(network.state_dict())
    engine = Engine(Model(trained.eval(), ByQuantiles(), CLASSES, {}), TILE_PX, finish=as_uint8)
    # the engine computes with a copy of it
    del trained
    return segment_by(engine, frames, pixel_size_um)


def segment_by(engine: Engine, frames: Iterable[AnnotatedFrame], pixel_size_um: float | None) -> Iterator[np.ndarray]:
    """Do what `segment` does, by an engine whose `finish` makes uint8 maps."""
    for maps in maps_by(engine, frames, pixel_size_um):
        yield segment_frame(maps, InstanceSettings())


def maps_by(engine: Engine, frames: Iterable[AnnotatedFrame], pixel_size_um: float | None) -> Iterator[np.ndarray]:
    """The maps of frames, at their own size, by such an engine."""
    for frame in frames:
        shape = frame.image.shape
        if pixel_size_um is not None and frame.pixel_size_um is not None:
            shape = scaled_shape(shape, frame.pixel_size_um, pixel_size_um)
        yield frame_maps(engine, frame.image[None], shape)


def _seg(matches: list[Matches]) -> float:
    """SEG over some frames."""
    from ctc_metrics.metrics.technical.seg import seg

    return seg([of_frame.labels_ref for of_frame in matches], [of_frame.ious for of_frame in matches])
