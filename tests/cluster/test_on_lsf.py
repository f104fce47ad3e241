"""The profile for LSF, against stand-ins of its commands: it was never run on the real thing."""

import pytest

from batch import OnStandin
from contract import Contract, Survival


@pytest.fixture
def batch_system(standin, impatient) -> OnStandin:
    """The stand-ins."""
    return OnStandin("lsf", standin)


class TestContract(Contract):
    pass


# what keeps the books is one module for all of these systems, and Grid Engine's tests have the real thing
@pytest.mark.long
class TestSurvival(Survival):
    pass
