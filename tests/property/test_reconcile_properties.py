"""Whatever is forecast of whatever accounts: what comes out adds up, is never negative, and is ordered."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from amuna.forecasting.intervals import QUANTILES
from amuna.forecasting.reconcile.draws import coherent_day, drawn, moved_to, ranks_of, read_quantiles
from amuna.forecasting.reconcile.hierarchy import Hierarchy, hierarchy_of
from amuna.forecasting.reconcile.weights import learn_weight, settled

WANTED = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
MIDDLE = QUANTILES.index(0.5)
SEEDS = st.integers(0, 2**32 - 1)


def any_hierarchy(rng: np.random.Generator) -> Hierarchy:
    """Up to 80 accounts in up to three nested levels, some groups of one account."""
    n = int(rng.integers(1, 80))
    zones = rng.integers(0, rng.integers(1, 12), n)
    cities = zones % int(rng.integers(1, 4))
    return hierarchy_of(
        {"zone": zones.astype(str), "supply": cities.astype(str), "utility": np.full(n, "all")}
    )


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.sampled_from((0.0, 0.5, 1.0)), st.floats(0, 4))
def test_draws_add_up_and_quantiles_are_ordered_and_never_negative(
    seed: int, zeros: float, level: float
) -> None:
    rng = np.random.default_rng(seed)
    hierarchy = any_hierarchy(rng)
    bottom = np.sort(rng.gamma(0.4, 1.0, (hierarchy.n_series, len(QUANTILES))), axis=1)
    bottom[rng.random(hierarchy.n_series) < zeros] = 0.0
    added = hierarchy.sums(bottom)[: hierarchy.n_lowest]
    own = np.sort(level * added * rng.random(added.shape) + rng.random(added.shape), axis=1)
    centre = settled(own[:, MIDDLE, None], added[:, MIDDLE, None], float(rng.random()))
    quantiles = moved_to(own, own[:, MIDDLE], centre[:, 0])
    n_draws = 112
    zone_draws = drawn(quantiles, QUANTILES, ranks_of(rng.random((hierarchy.n_lowest, n_draws)), rng=rng))
    draws, means = coherent_day(
        hierarchy,
        bottom,
        zone_draws,
        levels=QUANTILES,
        ranks=ranks_of(rng.random((hierarchy.n_series, n_draws)), rng=rng),
    )
    for number in range(len(hierarchy.names)):
        members = (hierarchy.groups == number).any(axis=0)
        np.testing.assert_allclose(draws.bottom[members].sum(axis=0), draws.upper[number], atol=1e-9)
        np.testing.assert_allclose(means.bottom[members].sum(), means.upper[number], atol=1e-9)
    for values in (draws.bottom, draws.upper):
        read = read_quantiles(values, WANTED)
        assert values.min() >= 0
        assert (np.diff(read, axis=1) >= 0).all()


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.floats(0, 0.6))
def test_settled_zones_keep_the_total_and_learned_weights_are_weights(seed: int, unknown: float) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 9))
    past = rng.gamma(2.0, 10.0, (n, int(rng.integers(1, 7)), 5))
    three = [past * np.exp(0.3 * rng.normal(size=past.shape)) for _ in range(3)]
    for values in three:
        values[rng.random(values.shape) < unknown] = np.nan
    weight = learn_weight(*three)
    assert 0 <= weight <= 1
    own, added = rng.gamma(1.0, 10.0, (n, 4)), rng.gamma(1.0, 10.0, (n, 4))
    added[rng.random(n) < unknown] = np.nan
    found = settled(own, added, weight)
    assert found.min() >= 0
    np.testing.assert_allclose(found.sum(axis=0), own.sum(axis=0))
