"""The long form of fuzzing, `make fuzz`, in small: some inputs of each kind, and what counts as a fault."""

from contextlib import suppress
from random import Random

import pytest

from fuzzing import limited
from fuzzing.damage import of_bytes, of_text, of_tree
from fuzzing.kinds import KINDS, prepared
from fuzzing.limited import Tally, verdict_on
from sidewinder.errors import UserError

N_INPUTS = 2
# takes seconds to make
SLOW = {"package"}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in SLOW])
def test_some_inputs_of_each_kind(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    try_one = prepared(kind, tmp_path)
    for number in range(N_INPUTS):
        with suppress(UserError):
            try_one(Random(f"{kind} 0 {number}"))


def raises(error: Exception):
    def try_one(_: Random) -> None:
        raise error

    return try_one


def test_everything_but_a_short_message_is_a_fault(monkeypatch):
    tally = Tally()
    for number, error in enumerate(
        [UserError("m.tif: is empty"), ValueError("a"), UserError("x" * 20_000), MemoryError()]
    ):
        tally.count(verdict_on(raises(error), Random()), f"kind 0 {number}")
    tally.count(verdict_on(lambda rng: None, Random()), "kind 0 4")
    assert (tally.refused, tally.accepted) == (1, 1)
    assert [what.split(" (")[0] for what in tally.faults] == ["ValueError", "bad message", "MemoryError"]
    assert list(tally.faults.values())[0] == '--again "kind 0 1": a'


def test_an_input_that_takes_too_long_is_a_fault(monkeypatch):
    monkeypatch.setattr(limited, "LONGEST_S", 0.02)
    limited.signal.signal(limited.signal.SIGPROF, limited.too_long)

    def for_ever(_: Random) -> None:
        while True:
            pass

    assert verdict_on(for_ever, Random())[0].startswith("TooLongError")


def test_damage_is_the_same_for_the_same_number_and_seldom_none():
    text, tree = "movie\tpath\na\tb\n", {"a": [1, {"b": 2}], "c": "d"}
    makers = [
        lambda rng: of_bytes(rng, text.encode()),
        lambda rng: of_text(rng, text),
        lambda rng: repr(of_tree(rng, tree)),
    ]
    for make, sound in zip(makers, (text.encode(), text.encode(), repr(tree)), strict=True):
        made = [make(Random(number)) for number in range(50)]
        assert made == [make(Random(number)) for number in range(50)]
        assert len(set(made)) > 30
        assert made.count(sound) < 5
