"""The network: its size against the paper, its reach against an impulse, its folding against itself."""

import copy

import numpy as np
import pytest
import torch

from sidewinder.unet import Architecture, UNet, fold_batch_norm


def network_that_passes_everything_on(architecture: Architecture) -> UNet:
    """Positive weights and no negative inputs: every connection shows, none cancels another."""
    network = UNet(architecture).eval()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.fill_(0.05 if name.endswith("weight") else 0.0)
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.fill_(1.0)
    return network.double()


def test_the_paper_s_network_has_the_paper_s_size():
    network = UNet(Architecture(in_channels=1, n_classes=2, depth=4, base_width=64))
    convolutions = sum(p.numel() for name, p in network.named_parameters() if p.ndim == 4)
    # figure 1, counted by hand: 3x3 pairs down and up, 2x2 up-convolutions, the last 1x1
    widths = [64, 128, 256, 512, 1024]
    down = sum(9 * (before * width + width * width) for before, width in zip([1, *widths], widths, strict=False))
    up = sum(4 * 2 * width * width + 9 * (2 * width * width + width * width) for width in widths[:-1])
    assert convolutions == down + up + 64 * 2
    assert 31.0e6 < sum(p.numel() for p in network.parameters()) < 31.1e6


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_input_window_is_what_an_impulse_reaches(depth):
    architecture = Architecture(n_classes=1, depth=depth, base_width=1)
    network = network_that_passes_everything_on(architecture)
    stride, halo = architecture.stride_px, architecture.halo_px
    size = 2 * halo + 2 * stride
    image = torch.zeros(1, 1, stride, size, dtype=torch.float64, requires_grad=True)
    # average pooling hands the gradient to every pixel of a window, as a maximum may to any
    network.pool = torch.nn.AvgPool2d(2)
    logits = network(image + 1.0)
    for pixel in range(halo, halo + stride):
        (gradient,) = torch.autograd.grad(logits[0, 0, 0, pixel], image, retain_graph=True)
        reached = np.flatnonzero(gradient.abs().sum(dim=(0, 1, 2)).numpy())
        # the derivation follows the longest way, so an impulse's support lies inside of it and fills it on the grid
        start, stop = architecture.input_window(pixel, pixel + 1)
        assert start <= reached[0]
        assert reached[-1] < stop
        assert (reached[0], reached[-1] + 1) == (start, stop)


@pytest.mark.parametrize(("level", "expanding"), [(0, True), (1, True), (2, True), (2, False), (1, False), (0, False)])
def test_input_window_of_each_block_is_what_a_pixel_of_it_sees(level, expanding):
    architecture = Architecture(depth=2, base_width=1)
    network = network_that_passes_everything_on(architecture)
    network.pool = torch.nn.AvgPool2d(2)
    seen = {}
    block = network.expanding[level] if expanding and level < 2 else network.contracting[level]
    block.register_forward_hook(lambda _, __, result: seen.update(result=result))
    image = torch.zeros(1, 1, 4, 96, dtype=torch.float64, requires_grad=True)
    network(image + 1.0)
    # the pixels of one step of the pooling grid, in the middle
    for pixel in range(48 >> level, 52 >> level):
        (gradient,) = torch.autograd.grad(seen["result"][0, 0, 0, pixel], image, retain_graph=True)
        reached = np.flatnonzero(gradient.abs().sum(dim=(0, 1, 2)).numpy())
        assert (reached[0], reached[-1] + 1) == architecture.input_window(pixel, pixel + 1, level, expanding)


@pytest.mark.parametrize("keep", [None, (slice(3, 9), slice(8, 21))])
def test_both_paths_are_the_network(keep):
    torch.manual_seed(0)
    network = UNet(Architecture(depth=2, base_width=4)).eval()
    image = torch.rand(1, 1, 16, 24)
    with torch.inference_mode():
        levels = network.contract(image)
        assert [tuple(features.shape) for features in levels] == [(1, 4, 16, 24), (1, 8, 8, 12), (1, 16, 4, 6)]
        for skips in (None, (False, True), (False, False)):
            left = list(levels)
            np.testing.assert_array_equal(network.expand(left, skips, keep), network(image, skips, keep))
            # each level's memory is free once it has been used
            assert left == []


def test_receptive_field_and_halo_of_the_paper_s_depth():
    architecture = Architecture(depth=4)
    assert architecture.stride_px == 16
    assert -architecture.input_window(0, 16)[0] == 94
    assert architecture.halo_px == 96
    assert architecture.receptive_field_px == max(
        b - a for a, b in (architecture.input_window(i, i + 1) for i in range(16))
    )


@pytest.mark.parametrize("skips", [(True, True), (False, True), (True, False), (False, False)])
def test_each_skip_connection_can_be_left_out(skips):
    network = UNet(Architecture(depth=2, base_width=4, skips=skips)).eval()
    first_of_expanding = [network.expanding[level][0].in_channels for level in range(2)]
    assert first_of_expanding == [8 if skips[0] else 4, 16 if skips[1] else 8]
    assert network(torch.rand(1, 1, 16, 24)).shape == (1, 3, 16, 24)


def test_folding_changes_rounding_only():
    torch.manual_seed(0)
    network = UNet(Architecture(depth=3, base_width=8))
    for _ in range(3):
        network(torch.rand(2, 1, 64, 64) * 3)  # gives the normalisation layers statistics worth folding
    network.eval()
    image = torch.rand(1, 1, 64, 64)
    with torch.inference_mode():
        before = network(image)
        folded = fold_batch_norm(network)
        assert (before - folded(image)).abs().max() < 1e-5 * before.abs().max()
        # the network that was given is as it was
        torch.testing.assert_close(network(image), before, rtol=0, atol=0)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in folded.modules())


def test_folding_in_training_is_refused():
    with pytest.raises(ValueError, match="evaluation mode"):
        fold_batch_norm(UNet(Architecture(depth=1, base_width=2)))


@pytest.mark.parametrize("wrong", [{"depth": 0}, {"base_width": 0}, {"skips": (True,)}])
def test_impossible_architectures_are_refused(wrong):
    with pytest.raises(ValueError, match="U-Net"):
        Architecture(**wrong)


def test_a_skip_that_is_switched_off_hands_nothing_over():
    """As where the weights that read the detail are zero; and all of them switched on is the network as it is."""
    torch.manual_seed(0)
    architecture = Architecture(depth=2, base_width=4)
    network, image = UNet(architecture).eval(), torch.rand(1, 1, 16, 24)
    with torch.no_grad():
        torch.testing.assert_close(network(image, (True, True)), network(image), rtol=0, atol=0)
        for off in ((True, False), (False, True), (False, False)):
            deaf = copy.deepcopy(network)
            for level, skips in enumerate(off):
                if not skips:
                    deaf.expanding[level][0].weight[:, : architecture.widths[level]] = 0
            torch.testing.assert_close(network(image, off), deaf(image))
            assert (network(image, off) - network(image)).abs().max() > 1e-3


WHOLE = (slice(0, 200), slice(0, 232))


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("keep", [WHOLE, (slice(64, 160), slice(100, 131)), (slice(0, 9), slice(231, 232))])
def test_a_part_of_the_map_is_the_part_of_the_whole_map(depth, keep):
    torch.manual_seed(0)
    network = UNet(Architecture(depth=depth, base_width=4)).eval()
    image = torch.rand(2, 1, 200, 232)
    with torch.no_grad():
        torch.testing.assert_close(network(image, keep=keep), network(image)[..., keep[0], keep[1]], rtol=0, atol=1e-6)


def test_a_part_needs_no_more_than_its_blocks_reach():
    assert Architecture(depth=3).needed(64, 128, 512) == [(64, 128), (31, 65), (14, 34), (6, 18)]
    # at the window's ends there is nothing more
    assert Architecture(depth=2).needed(0, 512, 512) == [(0, 512), (0, 256), (0, 128)]


def test_switches_for_another_depth_are_refused():
    with pytest.raises(ValueError, match="2 skip connections are switched, not 3"):
        UNet(Architecture(depth=2, base_width=1))(torch.zeros(1, 1, 8, 8), (True, True, True))
