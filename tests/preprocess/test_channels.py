"""Channels by name and by number."""

import pytest

from sidewinder.errors import UserError
from sidewinder.preprocess import channel_indices


@pytest.mark.parametrize(("channel", "index"), [("DAPI", 0), ("GFP", 1), ("0", 2), ("1", 1), ("2", 2)])
def test_a_name_comes_before_a_number(channel, index):
    assert channel_indices(("DAPI", "GFP", "0"), channel) == [index]


@pytest.mark.case("raw data", "a channel that the movie does not have")
@pytest.mark.parametrize("channel", ["dapi", "3", "-1", "", "1.0"])
def test_a_wrong_channel_lists_the_right_ones(channel):
    with pytest.raises(UserError, match=rf"channel '{channel}' is not in the movie \(0: DAPI, 1: GFP\)"):
        channel_indices(("DAPI", "GFP"), channel)


def test_several_channels_come_in_the_order_of_the_sheet():
    assert channel_indices(("DAPI", "GFP", "red, far"), "GFP, 0") == [1, 0]
    assert channel_indices(("DAPI", "GFP", "red, far"), "red, far") == [2]


def test_a_channel_named_twice_is_refused():
    with pytest.raises(UserError, match="names one channel twice"):
        channel_indices(("DAPI", "GFP"), "DAPI,0")
