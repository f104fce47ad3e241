"""The U-Net of Ronneberger, Fischer and Brox (2015), with its depth, width and skip connections as parameters.

Against the paper, convolutions are padded, so that the map is as large as the image, and each is followed by batch
normalisation, which needs no statistics of the image at inference and folds into the convolution before it
(`fold_batch_norm`). What an output pixel sees, and the grid that pooling lays over the image, follow from the
parameters (`input_window`, `stride_px`); tiling rests on them.

References
----------
O. Ronneberger, P. Fischer, T. Brox, "U-Net: Convolutional Networks for Biomedical Image Segmentation", MICCAI 2015,
doi:10.1007/978-3-319-24574-4_28, figure 1.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.functional import dropout
from torch.nn.utils.fusion import fuse_conv_bn_eval

# two 3 x 3 convolutions reach two pixels to each side
REACH_OF_BLOCK_PX = 2


@dataclass(frozen=True)
class Architecture:
    """What makes one U-Net different from another.

    Parameters
    ----------
    in_channels : int
        Channels of the image.
    n_classes : int
        Classes of the last 1 x 1 convolution.
    depth : int
        How often the image is pooled; the paper's is 4.
    base_width : int
        Channels of the first level, doubled on each level below; the paper's is 64.
    skips : tuple of bool, optional
        Which levels hand their detail over to the expanding path, finest first. All of them by default.

    Raises
    ------
    ValueError
        For counts below one, or if `skips` does not name each level once.
    """

    in_channels: int = 1
    n_classes: int = 3
    depth: int = 4
    base_width: int = 64
    skips: tuple[bool, ...] = ()

    def __post_init__(self) -> None:
        if min(self.in_channels, self.n_classes, self.depth, self.base_width) < 1:
            raise ValueError(f"channels, classes, depth and width of a U-Net are at least 1: {self}")
        skips = tuple(bool(skip) for skip in self.skips or (True,) * self.depth)
        if len(skips) != self.depth:
            raise ValueError(f"a U-Net of depth {self.depth} has {self.depth} skip connections, not {len(skips)}")
        object.__setattr__(self, "skips", skips)

    @property
    def stride_px(self) -> int:
        """The grid that pooling lays over the image: moving the image by this much moves the map by as much."""
        return 2**self.depth

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of each level, the finest first and the bottleneck last."""
        return tuple(self.base_width * 2**level for level in range(self.depth + 1))

    def input_window(self, start: int, stop: int, level: int = 0, expanding: bool = True) -> tuple[int, int]:
        """The pixels of the image that can change a block's result between `start` and `stop`, along one axis.

        Follows the longest way back through the network: up-convolutions read whole pixels of the level below, the
        bottleneck and each block widen the interval, pooling doubles it.

        Parameters
        ----------
        start, stop : int
            Half-open interval of the block's result, counted from a point of the pooling grid.
        level : int
            The block's level, the finest is 0; by default that of the map. The last, `depth`, is the bottleneck.
        expanding : bool
            Whether the block is that of the expanding path, or that of the contracting one; the bottleneck is both.

        Returns
        -------
        start, stop : int
            Half-open interval of the image; may begin below 0.
        """
        for _ in range(level, self.depth) if expanding else ():
            start, stop = start - REACH_OF_BLOCK_PX, stop + REACH_OF_BLOCK_PX
            start, stop = start // 2, -(-stop // 2)
        start, stop = start - REACH_OF_BLOCK_PX, stop + REACH_OF_BLOCK_PX
        for _ in range(self.depth if expanding else level):
            start, stop = 2 * start - REACH_OF_BLOCK_PX, 2 * stop + REACH_OF_BLOCK_PX
        return start, stop

    def needed(self, start: int, stop: int, size: int) -> list[tuple[int, int]]:
        """What of each level's result the map needs from `start` to `stop`, along one axis.

        The expanding path has to compute no more than this: each block reaches two pixels further, the level below
        sees half as many pixels.

        Parameters
        ----------
        start, stop : int
            Half-open interval of the map.
        size : int
            Length of the axis, a multiple of the stride.

        Returns
        -------
        intervals : list of (int, int)
            Intervals in pixels of each level, the finest first and the bottleneck last; the first is (start, stop).
        """
        intervals = [(start, stop)]
        for _ in range(self.depth):
            start, stop = max(start - REACH_OF_BLOCK_PX, 0), min(stop + REACH_OF_BLOCK_PX, size)
            start, stop, size = start // 2, -(-stop // 2), size // 2
            intervals.append((start, stop))
        return intervals

    @property
    def receptive_field_px(self) -> int:
        """The width of image that the best-informed output pixel sees; it depends on the pixel's place in the grid."""
        windows = (self.input_window(pixel, pixel + 1) for pixel in range(self.stride_px))
        return max(stop - start for start, stop in windows)

    @property
    def halo_px(self) -> int:
        """What a core that lies on the grid needs around it, rounded up to the grid so that windows lie on it, too."""
        reach = -self.input_window(0, self.stride_px)[0]
        return -(-reach // self.stride_px) * self.stride_px


def _block(in_channels: int, out_channels: int) -> nn.Sequential:
    """Two 3 x 3 convolutions, each with batch normalisation and ReLU."""
    layers: list[nn.Module] = []
    for channels in (in_channels, out_channels):
        # the bias would be swallowed by the normalisation that follows
        layers += [nn.Conv2d(channels, out_channels, 3, padding=1, bias=False)]
        layers += [nn.BatchNorm2d(out_channels), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """The network.

    Parameters
    ----------
    architecture : Architecture
        Its depth, width, channels, classes and skip connections.
    dropout : float
        In training, the share of values that is dropped at the end of the contracting path: behind its last level and
        the bottleneck (section 3.1 of the paper).

    Notes
    -----
    `forward` takes float tensors (N, in_channels, Y, X) with sides that are multiples of `stride_px` and returns
    logits (N, n_classes, Y, X). Its `skips`, one truth value a level, finest first, switches skip connections off: the
    expanding path then finds zeros in place of that level's detail. By default all that the network has are on. Its
    `keep`, two slices, asks for a part of the map (rows, columns): only what that part needs is computed and returned.
    """

    def __init__(self, architecture: Architecture, dropout: float = 0.0) -> None:
        super().__init__()
        self.architecture = architecture
        self.dropout = dropout
        widths = architecture.widths
        self.contracting = nn.ModuleList(
            _block(before, width) for before, width in zip((architecture.in_channels, *widths), widths, strict=False)
        )
        self.pool = nn.MaxPool2d(2)
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(below, width, 2, stride=2) for width, below in zip(widths, widths[1:], strict=False)
        )
        self.expanding = nn.ModuleList(
            _block(2 * width if skip else width, width) for width, skip in zip(widths, architecture.skips, strict=False)
        )
        self.last = nn.Conv2d(architecture.base_width, architecture.n_classes, 1)
        # without memory there are no weights yet; PyTorch would import its compiler to leave them alone
        if not self.last.weight.is_meta:
            self._initialise()

    def _initialise(self) -> None:
        """He initialisation, the paper's choice: normal with variance 2 / N for N incoming connections."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(
        self,
        image: torch.Tensor,
        skips: tuple[bool, ...] | None = None,
        keep: tuple[slice, slice] | None = None,
    ) -> torch.Tensor:
        return self.expand(self.contract(image), skips, keep)

    def contract(self, image: torch.Tensor) -> list[torch.Tensor]:
        """The contracting path.

        Parameters
        ----------
        image : Tensor
            The same as for `forward`.

        Returns
        -------
        levels : list of Tensor
            The features of each level, the finest first and the bottleneck last.
        """
        features, levels = image, []
        for level, block in enumerate(self.contracting):
            features = block(features if level == 0 else self.pool(features))
            if level >= self.architecture.depth - 1:
                features = dropout(features, self.dropout, self.training)
            levels.append(features)
        return levels

    def expand(
        self,
        levels: list[torch.Tensor],
        skips: tuple[bool, ...] | None = None,
        keep: tuple[slice, slice] | None = None,
    ) -> torch.Tensor:
        """The expanding path.

        Parameters
        ----------
        levels : list of Tensor
            What `contract` returned. Emptied, so that the memory of a level is free as soon as it has been used.
        skips, keep : optional
            The same as for `forward`.

        Returns
        -------
        logits : Tensor
            The same as from `forward`.

        Raises
        ------
        ValueError
            If `skips` does not name each level once.
        """
        if skips is not None and len(skips) != self.architecture.depth:
            raise ValueError(f"{self.architecture.depth} skip connections are switched, not {len(skips)}")
        parts = needed_parts(self.architecture, levels[0].shape[-2:], keep)
        features = crop(levels.pop(), parts[-1])
        for level in reversed(range(self.architecture.depth)):
            features = self.expand_level(level, features, levels.pop(), skips is None or skips[level], parts)
        return self.last(features)

    def expand_level(
        self, level: int, below: torch.Tensor, detail: torch.Tensor, on: bool, parts: "list[Part]"
    ) -> torch.Tensor:
        """One level of the expanding path.

        Parameters
        ----------
        level : int
            The number of the level; the finest is 0.
        below : Tensor
            The part that is needed of the level below.
        detail : Tensor
            The whole of what the contracting path made of this level.
        on : bool
            Whether the level's skip connection, where it has one, hands the detail over, or zeros.
        parts : list of Part
            What is needed of each level, from `needed_parts`.

        Returns
        -------
        features : Tensor
            The part that is needed of this level.
        """
        features = self.up[level](below)
        above = [(2 * start, 2 * stop) for start, stop in parts[level + 1]]
        if self.architecture.skips[level]:
            handed_over = crop(detail, above)
            features = torch.cat([handed_over if on else torch.zeros_like(handed_over), features], dim=1)
            del handed_over
        # the largest maps of all, copied by now
        del detail
        features = self.expanding[level](features)
        # the outermost pixels of a part saw zeros in place of what lies around it
        return crop(features, [(n[0] - a[0], n[1] - a[0]) for n, a in zip(parts[level], above, strict=True)])


# of both axes, the part of a level's result that is needed
Part = list[tuple[int, int]]


def needed_parts(architecture: Architecture, sizes: Sequence[int], keep: tuple[slice, slice] | None) -> list[Part]:
    """The parts that are needed of each level, the finest first, of maps of some sizes."""
    wanted = [(0, size) for size in sizes] if keep is None else [(side.start, side.stop) for side in keep]
    axes = (architecture.needed(start, stop, size) for (start, stop), size in zip(wanted, sizes, strict=True))
    return [list(part) for part in zip(*axes, strict=True)]


def crop(features: torch.Tensor, part: Part) -> torch.Tensor:
    """A part of features (N, C, Y, X); what is needed as a whole stays as it is, for training remembers each step."""
    if part == [(0, size) for size in features.shape[-2:]]:
        return features
    return features[..., slice(*part[0]), slice(*part[1])]


def fold_batch_norm(network: UNet) -> UNet:
    """A network with each batch normalisation folded into the convolution before it.

    Parameters
    ----------
    network : UNet
        A network in evaluation mode; it is left as it is.

    Returns
    -------
    folded : UNet
        A copy without normalisation layers; its outputs differ by rounding only.

    Raises
    ------
    ValueError
        If the network is in training mode, in which the normalisation depends on the batch.
    """
    if network.training:
        raise ValueError("batch normalisation folds away in evaluation mode only: call network.eval() first")
    folded = copy.deepcopy(network)
    for block in [*folded.contracting, *folded.expanding]:
        for index in (0, 3):
            block[index] = fuse_conv_bn_eval(block[index], block[index + 1])
            block[index + 1] = nn.Identity()
    return folded
