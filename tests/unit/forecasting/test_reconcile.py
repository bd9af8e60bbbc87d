"""Reconciliation: the textbook's matrices in small, and what must hold for any forecasts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amuna.forecasting.reconcile.departures import DRAWS, HISTORY_DAYS, departures_of
from amuna.forecasting.reconcile.draws import coherent_quantiles, drawn, ranks_of
from amuna.forecasting.reconcile.hierarchy import Hierarchy, hierarchy_of
from amuna.forecasting.reconcile.projection import reconcile, structural_variance

LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


def small() -> Hierarchy:
    """Five accounts, two zones, one utility."""
    zones = np.array(["a", "a", "b", "b", "b"])
    return hierarchy_of({"zone": zones, "utility": np.full(5, "all")})


def test_it_is_the_minimum_trace_of_the_textbook() -> None:
    hierarchy = small()
    bottom = np.array([10.0, 12.0, 8.0, 9.0, 14.0])[:, None]
    upper = np.array([24.0, 30.0, 55.0])[:, None]
    variances = (np.array([1.0, 2.0, 0.5, 1.5, 3.0]), np.array([2.0, 4.0, 3.0]))
    found = reconcile(hierarchy, bottom, upper, bottom_variance=variances[0], upper_variance=variances[1])

    sums = np.vstack([hierarchy.membership.toarray(), np.eye(5)])
    inverse = np.diag(1 / np.concatenate([variances[1], variances[0]]))
    mapping = np.linalg.solve(sums.T @ inverse @ sums, sums.T @ inverse)
    expected = sums @ mapping @ np.vstack([upper, bottom])
    np.testing.assert_allclose(np.vstack([found.upper, found.bottom]), expected, rtol=1e-12)


def test_forecasts_that_add_up_already_stay() -> None:
    hierarchy = small()
    bottom = np.arange(10.0).reshape(5, 2)
    weights = structural_variance(hierarchy)
    found = reconcile(
        hierarchy, bottom, hierarchy.sums(bottom), bottom_variance=weights[0], upper_variance=weights[1]
    )
    np.testing.assert_allclose(found.bottom, bottom, atol=1e-12)


@given(st.integers(0, 2**32 - 1), st.floats(-3, 3))
def test_sums_are_exact_and_nothing_is_negative(seed: int, shift: float) -> None:
    rng = np.random.default_rng(seed)
    n = 40
    hierarchy = hierarchy_of(
        {"zone": np.array([f"z{i // 8}" for i in range(n)]), "utility": np.full(n, "all")}
    )
    bottom = rng.gamma(0.5, 1.0, (n, 6))
    upper = np.maximum(hierarchy.sums(bottom) * (1 + shift * rng.random((len(hierarchy.names), 6))), 0.0)
    found = reconcile(
        hierarchy,
        bottom,
        upper,
        bottom_variance=rng.random(n),
        upper_variance=rng.random(len(hierarchy.names)),
    )
    assert found.bottom.min() >= 0
    for level in hierarchy.groups:
        for group in np.unique(level):
            np.testing.assert_allclose(
                found.bottom[level == group].sum(axis=0), found.upper[group], atol=1e-9
            )


def test_levels_that_are_not_nested_are_refused() -> None:
    with pytest.raises(ValueError, match="nested"):
        hierarchy_of({"zone": np.array(["a", "a"]), "city": np.array(["x", "y"])})


def test_sums_of_what_rises_together_spread_wider() -> None:
    rng = np.random.default_rng(4)
    n, days = 200, DRAWS
    hierarchy = hierarchy_of({"utility": np.full(n, "all")})
    quantiles = np.tile(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]), (n, 1))
    shared = rng.normal(size=(1, days))
    spreads = []
    for together in (0.0, 1.0):
        departures = together * shared + rng.normal(size=(n, days))
        draws = drawn(quantiles, LEVELS, ranks_of(departures, rng=rng))
        spreads.append(hierarchy.sums(draws).std())
        assert np.isclose(draws.mean(), 4.0, atol=0.05)
    assert spreads[1] > 5 * spreads[0]


def test_quantiles_of_coherent_draws_are_ordered_and_their_means_add_up() -> None:
    rng = np.random.default_rng(5)
    n = 60
    zones = np.array([f"z{i % 4}" for i in range(n)])
    hierarchy = hierarchy_of({"zone": zones, "utility": np.full(n, "all")})
    bottom = np.sort(rng.gamma(0.3, 1.0, (n, len(LEVELS))), axis=1)
    upper = hierarchy.sums(bottom.mean(axis=1, keepdims=True)) * np.linspace(0.9, 1.2, len(LEVELS))
    history = rng.gamma(1.0, 1.0, (n, HISTORY_DAYS))
    history[0] = np.nan
    quantiles, means = coherent_quantiles(
        hierarchy,
        bottom,
        upper,
        levels=LEVELS,
        bottom_ranks=ranks_of(departures_of(history), rng=rng),
        upper_ranks=ranks_of(departures_of(hierarchy.sums(np.nan_to_num(history))), rng=rng),
        wanted=(0.1, 0.5, 0.9),
    )
    for found in (quantiles.bottom, quantiles.upper):
        assert (np.diff(found, axis=1) >= 0).all()
        assert found.min() >= 0
    np.testing.assert_allclose(hierarchy.sums(means.bottom), means.upper, atol=1e-9)
    assert np.isclose(means.upper[-1], means.upper[:-1].sum())


def test_a_departure_is_from_the_same_weekday_of_four_weeks() -> None:
    values = np.tile(np.arange(7.0), HISTORY_DAYS // 7)[None, :].copy()
    values[0, -1] += 3.0
    found = departures_of(values)
    assert found.shape == (1, DRAWS)
    assert found[0, -1] == 3.0
    assert (found[0, :-1] == 0).all()
