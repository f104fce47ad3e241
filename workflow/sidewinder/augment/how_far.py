"""How far crops are changed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Augmentation:
    """How far crops are changed; 0 switches a change off.

    Parameters
    ----------
    elastic_px : float
        Standard deviation of the displacements on the coarse grid; the paper's is 10 px.
    rotation : bool
        Whether crops are turned by any angle, and mirrored.
    stretch : float
        Standard deviation of the logarithm of each axis's length.
    zoom : tuple of float
        Between which factors crops are zoomed at all.
    contrast : float
        How much contrast, brightness, gamma and the evenness of the light change.
    blur, noise : float
        Share of the crops that are made less sharp, and noisier.
    faint, patchy : float
        Share of the crops whose cells are made fainter while the noise stays, and uneven within; only of images that
        are normalised by their background.
    """

    elastic_px: float = 6.0
    rotation: bool = True
    stretch: float = 0.08
    zoom: tuple[float, float] = (0.3, 2.5)
    contrast: float = 1.0
    blur: float = 0.3
    noise: float = 0.5
    faint: float = 0.4
    patchy: float = 0.5
