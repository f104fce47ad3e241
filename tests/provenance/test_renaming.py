"""A movie of another name is made anew from its cells on."""

from dataclasses import replace
from pathlib import Path

import pytest

from sidewinder.errors import UserError
from sidewinder.names import IMAGE
from sidewinder.provenance.comparison import Comparison
from sidewinder.provenance.renaming import rename_movie

RESULTS = Path("results")


@pytest.fixture
def made(experiment):
    """The experiment, all of it made, and the folders of intermediate files."""
    experiment.make()
    for movie in ("a", "b"):
        Path("results/work", movie, IMAGE).mkdir(parents=True)
    return experiment


def settled(experiment, movie):
    found = Comparison(experiment.plan, "results", with_settings=True).changes()
    (changes,) = (one for one in found if one.movie == movie)
    return changes.settled, changes.why


@pytest.mark.parametrize("new", ["c", "a-b", "b-1"])
def test_nothing_up_to_the_cells_is_made_again(made, new):
    (line,) = rename_movie(RESULTS, "b", new)
    assert f"results/work/b is results/work/{new} now: write {new} into the sheet in place of b" in line
    rows = dict(made.plan.rows)
    rows[new] = replace(rows.pop("b"), movie=new)
    made.plan = replace(made.plan, rows=rows)
    blocks = [f"{stage}/{new}-{block}" for stage in ("infer", "instances") for block in range(2)]
    assert settled(made, new) == ([f"preprocess/{new}", *blocks], [])
    # what has the movie's name in it has no record, and is made
    assert not Path("results/records/track", f"{new}.json").exists()
    # the other movie is as it was
    names, why = settled(made, "a")
    assert "instances/a-0" in names
    assert why == []
    assert Path("results/work", new, IMAGE).is_dir()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("x", "c", "there is no movie 'x' in results"),
        ("b", "a", "results/work/a is there already: rename or delete that movie first"),
        ("b", "../c", "'../c' is no name of a movie; allowed is a name of up to 100 letters"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_changes(made, old, new, said):
    with pytest.raises(UserError) as error:
        rename_movie(RESULTS, old, new)
    assert str(error.value).startswith(said)
    assert settled(made, "b")[1] == []
    assert Path("results/work/b", IMAGE).is_dir()
