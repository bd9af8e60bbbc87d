"""Reconciliation: what moves, what stays, and what past misses teach."""

from __future__ import annotations

import numpy as np
import pytest

from amuna.domain.panel import Floats
from amuna.forecasting.reconcile.departures import DRAWS, HISTORY_DAYS, departures_of
from amuna.forecasting.reconcile.draws import drawn, moved_to, ranks_of, read_quantiles
from amuna.forecasting.reconcile.hierarchy import Hierarchy, hierarchy_of
from amuna.forecasting.reconcile.own import OwnForecasts
from amuna.forecasting.reconcile.past import DaySums, PastSums
from amuna.forecasting.reconcile.projection import add_up
from amuna.forecasting.reconcile.weights import PRIOR, learn_weight, settled
from amuna.forecasting.reconcile.zones import settle_zones

LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


def small() -> Hierarchy:
    """Five accounts, two zones, one utility."""
    zones = np.array(["a", "a", "b", "b", "b"])
    return hierarchy_of({"zone": zones, "utility": np.full(5, "all")})


def test_the_zones_of_a_hierarchy_are_series_of_their_own() -> None:
    hierarchy = small()
    zones = hierarchy.above()
    assert (hierarchy.n_lowest, zones.n_series) == (2, 2)
    bottom = np.arange(5.0)
    np.testing.assert_array_equal(zones.sums(hierarchy.sums(bottom)[:2]), hierarchy.sums(bottom))


def test_levels_that_are_not_nested_are_refused() -> None:
    with pytest.raises(ValueError, match="nested"):
        hierarchy_of({"zone": np.array(["a", "a"]), "city": np.array(["x", "y"])})


def test_adding_up_is_generalised_least_squares_under_the_given_sums() -> None:
    hierarchy = small()
    bottom = np.array([10.0, 12.0, 8.0, 9.0, 14.0])
    lowest = np.array([24.0, 30.0])
    found = add_up(hierarchy, bottom[:, None], lowest[:, None])

    constraint = hierarchy.membership.toarray()[:2]
    variance = np.diag(bottom)
    gain = variance @ constraint.T @ np.linalg.inv(constraint @ variance @ constraint.T)
    expected = bottom + gain @ (lowest - constraint @ bottom)
    np.testing.assert_allclose(found.bottom[:, 0], expected, rtol=1e-12)
    np.testing.assert_allclose(found.upper[:, 0], [24.0, 30.0, 54.0])


def test_what_adds_up_already_stays_and_accounts_that_use_nothing_share_alike_what_their_zone_uses() -> None:
    hierarchy = small()
    bottom = np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 1.0], [4.0, 1.0], [0.0, 0.0]])
    lowest = np.array([[3.0, 4.0], [7.0, 2.0]])
    found = add_up(hierarchy, bottom, lowest)
    np.testing.assert_allclose(found.bottom[:, 0], bottom[:, 0])
    np.testing.assert_allclose(found.bottom[:2, 1], [2.0, 2.0])
    assert found.bottom[4, 1] == 0.0


def history(*, own_noise: float, added_noise: float, origins: int = 20) -> tuple[Floats, Floats, Floats]:
    """What came in 30 zones and two forecasts of it, which miss each zone by so much; the accounts' lie 10 % low."""
    rng = np.random.default_rng(3)
    shape = (30, origins, 14)
    observed = 100 * np.exp(0.2 * rng.normal(size=shape)) * rng.uniform(0.5, 2, (30, 1, 1))
    own = observed * np.exp(own_noise * rng.normal(size=shape))
    return observed, own, 0.9 * observed * np.exp(added_noise * rng.normal(size=shape))


def test_the_better_forecast_gets_the_say_and_a_common_bias_does_not_count() -> None:
    to_own = learn_weight(*history(own_noise=0.02, added_noise=0.2))
    to_accounts = learn_weight(*history(own_noise=0.2, added_noise=0.02))
    alike = learn_weight(*history(own_noise=0.1, added_noise=0.1))
    assert to_own > 0.95
    assert to_accounts < 0.1
    assert 0.45 < alike < 0.6


def test_what_chance_explains_teaches_nothing() -> None:
    assert learn_weight(*history(own_noise=0.1, added_noise=0.1, origins=3)) == PRIOR
    observed, own, _ = history(own_noise=0.1, added_noise=0.1)
    assert learn_weight(observed, own, own) == PRIOR


def test_unknown_days_and_zones_without_anything_are_left_out() -> None:
    three = history(own_noise=0.1, added_noise=0.05)
    expected = learn_weight(*(values[1:] for values in three))
    holed = [values.copy() for values in three]
    holed[1][0] = np.nan
    assert learn_weight(*holed) == pytest.approx(expected)


def test_zones_mix_in_their_shares_and_keep_the_total_of_their_own() -> None:
    own, added = np.array([[60.0], [40.0]]), np.array([[10.0], [10.0]])
    np.testing.assert_allclose(settled(own, added, 0.5), [[55.0], [45.0]])
    np.testing.assert_allclose(settled(own, added, 1.0), own)
    assert (settled(np.zeros((2, 1)), np.zeros((2, 1)), 0.5) == 0).all()


def test_where_one_forecast_is_missing_the_other_stands_in_at_the_level_of_the_other_zones() -> None:
    own, added = np.array([[60.0], [np.nan]]), np.array([[10.0], [10.0]])
    np.testing.assert_allclose(settled(own, added, 1.0), [[60.0], [60.0]])
    own, added = np.array([[60.0], [30.0]]), np.array([[20.0], [np.nan]])
    np.testing.assert_allclose(settled(own, added, 0.2), own)


def test_quantiles_move_with_their_centre_and_stay_ordered() -> None:
    quantiles = np.array([[[8.0, 10.0, 14.0]], [[0.0, 0.0, 3.0]]])
    found = moved_to(quantiles, np.array([[10.0], [0.0]]), np.array([[5.0], [1.0]]))
    np.testing.assert_allclose(found, [[[4.0, 5.0, 7.0]], [[1.0, 1.0, 4.0]]])


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


def test_draws_of_zones_have_the_settled_forecast_as_their_mean() -> None:
    rng = np.random.default_rng(6)
    skewed = np.tile(np.array([2.0, 5.0, 8.0, 10.0, 10.5, 11.0, 11.5]), (60, 3, 1))
    own = OwnForecasts(skewed, np.empty((60, 0, 3)), np.empty((60, 0, 3)), np.full(60, "ok"))
    days = rng.gamma(5.0, 2.0, (60, 100))
    zones = settle_zones(own, days, np.full((60, 3), 9.0), weight=0.5)
    draws = np.stack(list(zones.draws()), axis=1)
    assert draws.shape == (60, 3, DRAWS)
    np.testing.assert_allclose(draws.mean(axis=2), 10.0)
    assert (np.median(draws, axis=2) > 10.1).all()


def test_quantiles_are_read_off_draws_as_the_textbook_does() -> None:
    draws = np.random.default_rng(1).normal(size=(3, 50))
    found = read_quantiles(draws, (0.1, 0.5, 0.9))
    np.testing.assert_allclose(found, np.quantile(draws, (0.1, 0.5, 0.9), axis=1, method="hazen").T)


def test_a_departure_is_from_the_same_weekday_of_four_weeks() -> None:
    values = np.tile(np.arange(7.0), HISTORY_DAYS // 7)[None, :].copy()
    values[0, -1] += 3.0
    found = departures_of(values)
    assert found.shape == (1, DRAWS)
    assert found[0, -1] == 3.0
    assert (found[0, :-1] == 0).all()


def test_days_with_some_accounts_missing_are_raised_and_days_with_many_missing_are_unknown() -> None:
    used, known = np.full((1, 60), 50.0), np.full((1, 60), 100.0)
    used[0, 40], known[0, 40] = 47.5, 95.0
    used[0, 50], known[0, 50] = 20.0, 40.0
    complete = DaySums(used, known).complete
    assert complete[0, 40] == pytest.approx(50.0)
    assert np.flatnonzero(np.isnan(complete[0])).tolist() == [50]


def test_sums_of_forecasts_are_raised_by_the_use_that_they_left_out() -> None:
    past = PastSums(np.full((2, 2, 3), 8.0), np.array([9.0, 0.0]).repeat(6).reshape(2, 2, 3))
    found = (past + past).added(np.full((2, 2, 3), 18.0))
    np.testing.assert_allclose(found[0], 16.0)
    assert np.isnan(found[1]).all()
