"""Intervals: they cover what they promise, per group and lead, and scales are filled from the fleet."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from amuna.forecasting.intervals import (
    DAYS_NEEDED,
    ENOUGH,
    GROUPS,
    QUANTILES,
    Traits,
    calibrate,
    fill_scale,
    group_of,
    spread,
    typical_residual,
    uncalibrated,
)
from amuna.forecasting.metrics import coverage
from amuna.forecasting.periods import spread_total

Floats = NDArray[np.float64]
nan = np.nan
MIDDLE = QUANTILES.index(0.5)


def skewed(rng: np.random.Generator, *shape: int) -> Floats:
    """Exchangeable residuals with a long right tail and median 0."""
    return np.asarray(rng.exponential(size=shape) - np.log(2))


@pytest.mark.parametrize(("low", "high"), [(0, 6), (1, 5), (2, 4)])
def test_new_observations_are_covered_as_promised(low: int, high: int) -> None:
    rng = np.random.default_rng(7)
    n, steps = 800, 14
    group, scale = rng.integers(3, size=n), rng.uniform(0.1, 5, size=n)
    spreads = np.array([0.5, 1.0, 3.0])[group]  # each group misses by more than the one before
    past = skewed(rng, n, 20, steps) * spreads[:, None, None]
    table = calibrate(past, past.sum(axis=-1), group)
    point = np.full((n, steps), 1000.0)
    future = point + skewed(rng, n, steps) * (spreads * scale)[:, None]
    quantiles = spread(point, scale, group, table)
    promised = QUANTILES[high] - QUANTILES[low]
    assert coverage(future, quantiles[..., low], quantiles[..., high]) == pytest.approx(promised, abs=0.01)
    for g in range(3):
        inside = coverage(future[group == g], quantiles[group == g, :, low], quantiles[group == g, :, high])
        assert inside == pytest.approx(promised, abs=0.03)


def test_totals_are_covered_as_promised() -> None:
    rng = np.random.default_rng(8)
    n = 20_000
    group, scale = np.zeros(n, dtype=np.int64), np.full(n, 2.0)
    past = skewed(rng, 2000, 20, 10).sum(axis=-1)
    table = calibrate(skewed(rng, 2000, 20, 3), past, np.zeros(2000, dtype=np.int64))
    future = 500 + 2 * skewed(rng, n, 10).sum(axis=-1)
    quantiles = spread_total(np.full(n, 500.0), scale, group, table, days=10, billing_days=10)
    assert coverage(future, quantiles[:, 1], quantiles[:, 5]) == pytest.approx(0.8, abs=0.01)


def test_a_group_with_few_residuals_borrows_from_the_fleet() -> None:
    rng = np.random.default_rng(9)
    residual = np.concatenate([rng.normal(size=(600, 1, 2)), 50 + rng.normal(size=(ENOUGH - 1, 1, 2))])
    group = np.repeat([0, 1], [600, ENOUGH - 1])
    table = calibrate(residual, residual.sum(axis=-1), group)
    everyone = np.quantile(residual, QUANTILES)
    np.testing.assert_allclose(table.values[1, 1], everyone)
    assert table.values[0, 1, MIDDLE] == pytest.approx(0, abs=0.1)
    assert (table.counts[:2, 1] == [600, ENOUGH - 1]).all()
    assert table.values[1, 1, -1] > 40


def test_a_lead_learns_from_its_neighbours_only() -> None:
    residual = np.zeros((ENOUGH, 1, 9))
    residual[..., 8] = 100.0
    table = calibrate(residual, residual[..., 0], np.zeros(ENOUGH, dtype=np.int64))
    seen = table.values[0, 1:, -1] > 0
    np.testing.assert_array_equal(seen, [False] * 6 + [True] * 3)


def test_leads_beyond_the_calibrated_widen_with_the_root_of_the_lead() -> None:
    table = uncalibrated(4)
    quantiles = spread(np.full((1, 16), 100.0), np.ones(1), np.zeros(1, dtype=np.int64), table)
    width = quantiles[0, :, -1] - quantiles[0, :, 0]
    np.testing.assert_allclose(width[:4], width[0])
    np.testing.assert_allclose(width[4:] / width[3], np.sqrt(np.arange(5, 17) / 4))


def test_the_median_is_the_point_forecast_and_nothing_is_negative() -> None:
    rng = np.random.default_rng(10)
    residual = rng.normal(5, 1, size=(ENOUGH, 1, 3))  # a biased past moves the ends, not the middle
    group = np.zeros(ENOUGH, dtype=np.int64)
    table = calibrate(residual, residual.sum(axis=-1), group)
    quantiles = spread(np.array([[1.0, 2.0, 3.0]]), np.array([1.0]), group[:1], table)
    np.testing.assert_array_equal(quantiles[0, :, MIDDLE], [1, 2, 3])
    assert (np.diff(quantiles) >= 0).all()
    assert (spread(np.zeros((1, 3)), np.array([9.0]), group[:1], uncalibrated(3)) >= 0).all()
    assert (
        spread_total(np.zeros(1), np.array([9.0]), group[:1], uncalibrated(3), days=3, billing_days=3) >= 0
    ).all()


def test_without_residuals_the_quantiles_are_normal_with_mean_absolute_size_one() -> None:
    table = calibrate(np.empty((2, 3, 4)) * nan, np.empty((2, 3)) * nan, np.zeros(2, dtype=np.int64))
    assert (table.counts == 0).all()
    np.testing.assert_allclose(table.values[5, 4], uncalibrated(4).values[5, 4])
    assert table.values[0, 1, 0] == pytest.approx(-1.96 * np.sqrt(np.pi / 2), abs=1e-3)


def traits(*rows: tuple[float, float, float, float]) -> Traits:
    return Traits(*np.array(rows).T)


def test_a_new_account_gets_the_fleets_usual_share_of_its_level() -> None:
    fleet = traits((0.3, 1.0, 0, 300), (0.8, 2.0, 0, 300), (0.5, 1.0, 0, 300), (nan, 4.0, 0, 10))
    np.testing.assert_allclose(fill_scale(fleet), [0.3, 0.8, 0.5, 0.4 * 4.0])


def test_an_account_without_a_level_gets_the_fleets_usual_scale() -> None:
    fleet = traits((0.3, 1.0, 0, 300), (0.9, 2.0, 0, 300), (0.5, 1.0, 0, 300), (nan, nan, 0, 0))
    assert fill_scale(fleet)[3] == 0.5


def test_a_long_known_account_that_never_missed_keeps_its_zero() -> None:
    fleet = traits((0.3, 1.0, 0, 300), (0.0, 0.0, 1, DAYS_NEEDED), (0.0, 2.0, 0, DAYS_NEEDED - 1))
    np.testing.assert_allclose(fill_scale(fleet), [0.3, 0.0, 0.6])


def test_accounts_that_use_nothing_now_say_nothing_of_the_usual_share() -> None:
    empty = (0.2, 0.0, 1, 300)
    fleet = traits(empty, empty, empty, (0.5, 1.0, 0, 300), (nan, 2.0, 0, 5))
    assert fill_scale(fleet)[-1] == pytest.approx(0.5 * 2.0)
    assert fill_scale(traits(empty, (nan, 2.0, 0, 5)))[-1] == pytest.approx(0.5 * 2.0)


def test_a_fleet_without_any_residual_guesses_half_the_level() -> None:
    np.testing.assert_allclose(fill_scale(traits((nan, 4.0, 0, 10), (nan, nan, 0, 0))), [2.0, 0.0])


def test_groups_follow_the_share_of_residual_in_level() -> None:
    rows = [(r, 2.0, 0.0, 300) for r in (0.2, 0.6, 1.2, 4.0)]
    known = traits(*rows, (0.2, 2.0, 0.5, 300), (0.2, 2.0, 0.9, DAYS_NEEDED - 1), (0.2, nan, 0.0, 300))
    names = [GROUPS[g] for g in group_of(known.scale, known)]
    assert names == ["steady", "usual", "variable", "erratic", "intermittent", "new", "erratic"]


def test_the_typical_residual_is_half_recent() -> None:
    residual = np.full((1, 12, 2), -1.0)
    residual[0, -6:] = 3.0
    residual[0, 0, 0] = nan
    longer = (11 * 1 + 12 * 3) / 23
    assert typical_residual(residual, np.array([5.0]))[0] == pytest.approx(0.5 * 3 + 0.5 * longer + 0.1)


def test_the_weekly_difference_stands_in_where_no_residual_is_known() -> None:
    unknown = np.full((2, 12, 2), nan)
    np.testing.assert_allclose(typical_residual(unknown, np.array([2.0, nan])), [2.04, nan])
    older = unknown.copy()
    older[:, 0] = 1.0
    np.testing.assert_allclose(typical_residual(older, np.array([2.0, nan])), [1.04, 1.0])
