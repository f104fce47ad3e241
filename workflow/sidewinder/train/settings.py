"""What a user may set of a training, and the recipe that measuring has settled."""

from dataclasses import dataclass, field
from typing import Any, Literal

from sidewinder.augment import Augmentation


@dataclass(frozen=True)
class TrainSettings:
    """What a user may set of a training.

    Parameters
    ----------
    annotations : str
        The sheet of annotated frames; empty for simulated frames only.
    simulated_frames : int
        How many simulated frames of fluorescent nuclei to add.
    simulated_share : float
        The share of crops that comes from them.
    pixel_size_um : "auto", float or None
        The model's pixel size, to which movies are rescaled. `auto`: that of the annotated movies, if all of them say
        one. None: movies are taken as they are.
    diameter_px : "auto" or sequence of float
        Between which diameters, in pixels of the model, cells are zoomed in training: the range that the model is for.
        `auto`: a third more or less than they have.
    gamma : float
        Of the normalisation, see `sidewinder.model.Normalization`.
    iterations, batch, crop_px : int
        Length of the training, crops an iteration, side of a crop.
    base_width, depth : int
        Of the network.
    start_from : str
        A model folder to go on from, whose width, depth and normalisation then hold; empty for a new network.
    learning_rate : float
        Largest step of AdamW; rises over the first iterations and falls to 0 on a cosine.
    seed : int
        Same seed, same model.
    about : dict
        Written to the card: data, licences, what the model is not for.
    """

    annotations: str = ""
    simulated_frames: int = 0
    simulated_share: float = 0.35
    pixel_size_um: Literal["auto"] | float | None = "auto"
    diameter_px: Literal["auto"] | tuple[float, float] = "auto"
    gamma: float = 0.5
    iterations: int = 1500
    batch: int = 4
    crop_px: int = 256
    base_width: int = 16
    depth: int = 4
    start_from: str = ""
    learning_rate: float = 2e-3
    seed: int = 0
    about: dict[str, Any] | None = None


@dataclass(frozen=True)
class Recipe:
    """How a network learns; each value has its line in the table of docs/training.md, with it and without it.

    Parameters
    ----------
    augmentation : Augmentation
        How crops are deformed and lit.
    gap_weight : float
        w_0 of equation 2 of the U-Net paper: how much more a pixel between two close cells weighs.
    border_weight : float
        How much more a pixel of the class border weighs.
    dropout : float
        Share of the channels' values that are dropped at the end of the contracting path.
    average : float
        Share of the running average of the weights that each iteration keeps; 0 takes the last weights.
    skips : tuple of bool, optional
        Which skip connections the network has, finest first; all by default.
    """

    augmentation: Augmentation = field(default_factory=Augmentation)
    gap_weight: float = 6.0
    border_weight: float = 2.0
    dropout: float = 0.2
    average: float = 0.998
    skips: tuple[bool, ...] = ()
