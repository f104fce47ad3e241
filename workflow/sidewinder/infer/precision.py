"""Half precision, where it is exact enough: it is said by how much it differs, and not used where that is too much."""

import copy
import logging

import torch
from torch.nn.functional import interpolate

from sidewinder.unet import UNet

log = logging.getLogger("sidewinder")

# largest difference of a probability; the maps' step is 0.004
TOLERANCE = 0.02
TEST_WINDOW_PX = 256


@torch.inference_mode()
def half_if_exact(network: UNet) -> UNet:
    """Convert a network to half precision, unless its probabilities differ by more than `TOLERANCE`.

    What is compared is a fixed picture of blobs and noise, so that a model always passes or always fails.

    Parameters
    ----------
    network : UNet
        The network in float32, folded, on its device; left as it is.

    Returns
    -------
    network : UNet
        The network in float16, or `network` itself.
    """
    half = copy.deepcopy(network).half()
    parameter = next(network.parameters())
    picture = _picture(network).to(parameter.device)
    exact, rounded = (
        torch.softmax(each(picture.to(dtype, memory_format=torch.channels_last)).float(), dim=1)
        for each, dtype in ((network, torch.float32), (half, torch.float16))
    )
    difference = (exact - rounded).abs().max().item()
    # not "difference > TOLERANCE", which would let NaN pass
    if difference <= TOLERANCE:
        log.info("infer: half precision, in which probabilities differ by up to %.4f", difference)
        return half
    log.info("infer: single precision, for in half precision probabilities would differ by up to %.4f", difference)
    return network


def _picture(network: UNet) -> torch.Tensor:
    """Blobs of several sizes under noise, from 0 to about 1."""
    stride = network.architecture.stride_px
    side = -(-TEST_WINDOW_PX // stride) * stride
    generator = torch.Generator().manual_seed(0)
    shape = (1, network.architecture.in_channels)
    layers = [
        interpolate(torch.rand(*shape, side // size + 1, side // size + 1, generator=generator), (side, side))
        for size in (1, 8, 32)
    ]
    return sum(layers, start=torch.zeros(())) / len(layers)
