"""Holes against SciPy's."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage as ndi

from sidewinder.instances.holes import filled


@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=14), elements=st.booleans()))
def test_holes_are_those_of_scipy(piece):
    assert (filled(piece) == ndi.binary_fill_holes(piece)).all()
