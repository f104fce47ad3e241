from itertools import product

import numpy as np
import pytest

from sidewinder.link import assignment
from sidewinder.link.assignment import assign


def total(assigned, costs, no_link_cost):
    """What an assignment costs; infinite where it is none."""
    linked = [(row, column) for row, column in enumerate(assigned) if column >= 0]
    if len({column for _, column in linked}) < len(linked):
        return np.inf
    return sum(costs.get(pair, np.inf) for pair in linked) + no_link_cost * (len(assigned) - len(linked))


def cheapest(costs, n_sources, n_targets, no_link_cost):
    """The least total of all assignments there are."""
    every = product(range(-1, n_targets), repeat=n_sources)
    return min(total(assigned, costs, no_link_cost) for assigned in every)


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("batch", [1, 1000])
def test_is_as_cheap_as_the_best_of_all(seed, batch, monkeypatch):
    monkeypatch.setattr(assignment, "PAIRS_A_BATCH", batch)
    rng = np.random.default_rng(seed)
    n_sources, n_targets = rng.integers(1, 6, 2)
    pairs = [pair for pair in product(range(n_sources), range(n_targets)) if rng.random() < 0.5]
    # many equal costs, and some of 0
    costs = {pair: float(rng.integers(0, 6)) for pair in pairs}
    source, target = np.array(pairs, dtype=int).reshape(-1, 2).T
    assigned = assign(source, target, np.array(list(costs.values())), n_sources, n_targets, 4.0)
    assert total(assigned, costs, 4.0) == cheapest(costs, n_sources, n_targets, 4.0)


def test_order_of_pairs_does_not_matter():
    # all costs equal: every perfect assignment is optimal, the same one is given
    pairs = np.array(list(product(range(6), range(6))))
    shuffled = np.random.default_rng(0).permutation(pairs)
    one, other = (assign(*each.T, np.ones(36), 6, 6, 2.0) for each in (pairs, shuffled))
    np.testing.assert_array_equal(one, other)
    assert sorted(one) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(("n_sources", "n_targets"), [(0, 0), (3, 0), (0, 3), (2, 2)])
def test_without_candidates_all_stay_alone(n_sources, n_targets):
    none = np.empty(0, dtype=int)
    np.testing.assert_array_equal(assign(none, none, np.empty(0), n_sources, n_targets, 1.0), [-1] * n_sources)


def test_a_pair_that_shares_nothing_is_chosen_unless_it_costs_too_much():
    pairs = np.array([[0, 2], [1, 0], [3, 1]])
    assigned = assign(*pairs.T, np.array([0.0, 4.0, 4.1]), 4, 3, 4.0)
    np.testing.assert_array_equal(assigned, [2, 0, -1, -1])
