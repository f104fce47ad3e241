"""Jobs that share a submission."""

from types import SimpleNamespace

import pytest

from sidewinder.cluster.groups import keep_going


@pytest.mark.parametrize(("said", "expected"), [("--jobs 1", "--jobs 1 --keep-going"), ([], "--keep-going")])
def test_they_go_on_when_one_of_them_fails(said, expected):
    executor = SimpleNamespace(additional_general_args=lambda: said)
    keep_going(executor)
    assert executor.additional_general_args() == expected
