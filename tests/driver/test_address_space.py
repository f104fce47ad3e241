"""A limit of address space."""

import resource

import pytest

from sidewinder.driver import address_space
from sidewinder.driver.address_space import check_address_space
from sidewinder.errors import UserError


@pytest.mark.parametrize("limit", [resource.RLIM_INFINITY, 580_000_000])
def test_what_holds_the_libraries_will_do(monkeypatch, limit):
    monkeypatch.setattr(address_space.resource, "getrlimit", lambda kind: (limit, limit))
    loaded = []
    monkeypatch.setattr(address_space, "import_module", loaded.append)
    check_address_space(2)
    # before PyTorch takes what they would wait for
    assert loaded == ([] if limit == resource.RLIM_INFINITY else ["numpy.linalg", "scipy.linalg"])


def test_what_does_not_hold_the_libraries_is_refused_with_both_numbers(monkeypatch):
    monkeypatch.setattr(address_space.resource, "getrlimit", lambda kind: (424_239_104, -1))
    with pytest.raises(UserError) as caught:
        check_address_space(2)
    assert str(caught.value) == (
        "the limit of 424 MB of address space (ulimit -v, h_vmem) does not even hold the libraries, which take 580 MB; "
        "raise it, or give this rule more mem_mb in the profile"
    )
