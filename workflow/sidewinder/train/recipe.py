"""The recipe of a training that measuring has settled; what a user may set is in `sidewinder.settings`."""

from dataclasses import dataclass, field

from sidewinder.augment import Augmentation


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
