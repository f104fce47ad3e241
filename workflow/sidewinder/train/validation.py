"""How a freshly trained network does on frames that it has not seen."""

from sidewinder.evaluate import match_frame
from sidewinder.infer.engine import Engine, as_uint8
from sidewinder.instances.segment import InstanceSettings, segment_frame
from sidewinder.model import Model, Normalization
from sidewinder.train.annotations import AnnotatedFrame
from sidewinder.train.targets import CLASSES
from sidewinder.unet import UNet

# validation frames are small enough to pass in tiles of this size
TILE_PX = 1024


def validate(network: UNet, frames: list[AnnotatedFrame]) -> dict[str, float]:
    """SEG of each data set among the frames, by the Cell Tracking Challenge's own code.

    Parameters
    ----------
    network : UNet
        In evaluation mode; left as it is.
    frames : list of AnnotatedFrame
        Frames that took no part in training.

    Returns
    -------
    scores : dict of float
        SEG, to three digits, by the folder that the frames come from.
    """
    copy = UNet(network.architecture)
    copy.load_state_dict(network.state_dict())
    engine = Engine(Model(copy.eval(), Normalization(), CLASSES, {}), TILE_PX, finish=as_uint8)
    folders: dict[str, list[AnnotatedFrame]] = {}
    for frame in frames:
        folders.setdefault(frame.source, []).append(frame)
    return {folder: round(_seg(engine, members), 3) for folder, members in folders.items()}


def _seg(engine: Engine, frames: list[AnnotatedFrame]) -> float:
    """SEG over some frames."""
    from ctc_metrics.metrics.technical.seg import seg

    references, overlaps = [], []
    for frame in frames:
        labels = segment_frame(engine.probabilities(frame.image[None]), InstanceSettings())
        matches = match_frame(frame.labels, labels)
        references.append(matches.labels_ref)
        overlaps.append(matches.ious)
    return seg(references, overlaps)
