"""Waiting times that tests shorten."""

import pytest

from sidewinder.errors import UserError
from sidewinder.waiting import seconds

VARIABLE = "SIDEWINDER_GONE_AFTER_S"


def test_the_usual_time_holds_unless_the_environment_says_otherwise(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert seconds(VARIABLE, 60.0) == 60.0
    monkeypatch.setenv(VARIABLE, "0.5")
    assert seconds(VARIABLE, 60.0) == 0.5


@pytest.mark.case("config", "a waiting time that is no number")
@pytest.mark.parametrize("text", ["", "soon", "-1", "nan", "inf"])
def test_what_is_no_number_of_seconds_is_refused_by_name(text, monkeypatch):
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(UserError, match=rf"^{VARIABLE}={text} in the environment is no number of seconds, such as 60"):
        seconds(VARIABLE, 60.0)
