"""Half precision is taken where it is exact enough, and not where it is not."""

import copy

import numpy as np
import pytest
import torch

from sidewinder.infer.precision import TOLERANCE, half_if_exact
from sidewinder.model import load_model
from sidewinder.unet import UNet, fold_batch_norm


@pytest.fixture
def network(checkout) -> UNet:
    return fold_batch_norm(load_model(checkout / "workflow" / "models" / "nuclei").network)


def test_the_shipped_model_passes_and_says_by_how_much_it_differs(network, caplog):
    caplog.set_level("INFO", "sidewinder")
    before = copy.deepcopy(network.state_dict())
    half = half_if_exact(network)
    assert next(half.parameters()).dtype == torch.float16
    said = float(caplog.messages[-1].split()[-1])
    assert 1e-4 < said < TOLERANCE
    # the network that was given is as it was
    for name, tensor in network.state_dict().items():
        torch.testing.assert_close(tensor, before[name], rtol=0, atol=0)


@pytest.mark.parametrize("factor", [1e6, np.nan])
def test_a_network_with_larger_values_stays_in_single_precision(network, caplog, factor):
    caplog.set_level("INFO", "sidewinder")
    with torch.no_grad():
        network.contracting[0][0].weight.mul_(factor)
    assert half_if_exact(network) is network
    assert "single precision" in caplog.messages[-1]
