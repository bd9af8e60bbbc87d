"""A fleet: cutoffs, backtest, champions that serve, joins, and totals of a billing period."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from amuna.domain.panel import Panel, panel_from_matrix
from amuna.domain.time import Horizon
from amuna.forecasting.arima.model import Arima
from amuna.forecasting.arima.orders import parse_order
from amuna.forecasting.champion import NAMES
from amuna.forecasting.fleet import (
    FittedFleet,
    FleetSettings,
    calibration_sample,
    fit_fleet,
    replace_rows,
    train,
)
from amuna.forecasting.intervals import QUANTILES
from amuna.forecasting.members import NAMES as MEMBERS
from amuna.forecasting.members import fit_members, observed_after, refit_members, roll
from amuna.forecasting.metrics import coverage
from amuna.forecasting.periods import BEYOND

START = np.datetime64("2024-01-01")
ARIMA = Arima(orders=(parse_order("(1,0,1)(0,1,1)7"), parse_order("(0,0,0)(0,1,1)7")))
SETTINGS = FleetSettings(horizon=7, billing_days=10, folds=3, origins=8, arima=ARIMA)
PROFILE = np.array([1.0, 1.1, 0.9, 1.0, 1.3, 2.0, 1.8])
nan = np.nan


def day(n: int) -> np.datetime64:
    return START + np.timedelta64(n, "D")


def utility(n: int, days: int, seed: int = 0) -> Panel:
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(n, days)) * rng.uniform(0.05, 0.5, size=(n, 1))
    matrix = np.maximum(np.tile(PROFILE, days // 7 + 1)[:days] + noise, 0)
    return panel_from_matrix(np.array([f"{i:04d}" for i in range(n)]), START, matrix)


def test_cutoffs_are_one_horizon_apart_and_the_last_one_before_the_end() -> None:
    np.testing.assert_array_equal(SETTINGS.cutoffs(day(100), 3), [day(79), day(86), day(93)])
    assert SETTINGS.steps == 10
    assert FleetSettings(horizon=14, billing_days=10).steps == 14


def test_what_happened_after_a_cutoff(panel: Callable[..., Panel]) -> None:
    history = panel([0, 1, 2, 3], [5], [])
    after = observed_after(history, np.array([day(-1), day(2)]), 3)
    np.testing.assert_array_equal(after[0], [[nan, 0, 1], [nan, 5, nan], [nan, nan, nan]])
    np.testing.assert_array_equal(after[1], [[2, 3, nan], [nan, nan, nan], [nan, nan, nan]])


def test_a_roll_forecasts_each_cutoff_as_a_fresh_fit_would() -> None:
    panel = utility(4, 240)
    members = fit_members(panel, ARIMA)
    cutoffs = np.array([day(190), day(211), day(220)])
    rolled = roll(members, panel, cutoffs, Horizon(9))
    for c, cutoff in enumerate(cutoffs):
        known = panel.before(cutoff)
        expected = members.restate(known).forecast(Horizon(9))
        np.testing.assert_allclose(rolled[c], expected, rtol=1e-9)
        plain = fit_members(known, ARIMA).forecast(Horizon(9))
        np.testing.assert_allclose(rolled[c, 1:], plain[1:], rtol=1e-12)


def test_a_refit_of_the_members_uses_all_the_history_and_keeps_the_orders() -> None:
    panel = utility(4, 150)
    early = fit_members(panel.before(day(100)), ARIMA)
    late = refit_members(early, panel, ARIMA)
    np.testing.assert_array_equal(late.arima.orders, early.arima.orders)
    np.testing.assert_array_equal(late.last_week.forecast(Horizon(7)), panel.values.reshape(4, 150)[:, -7:])
    assert (late.arima.ends == day(150)).all()


def test_the_champion_serves_with_its_own_weights() -> None:
    """An account that repeats last week exactly, after a change every week, is best served by last week."""
    rng = np.random.default_rng(3)
    matrix = np.repeat(rng.uniform(1, 9, size=(1, 20)), 7, axis=1)
    matrix[0, -28:] = np.tile(rng.uniform(1, 9, size=7), 4)
    fleet = fit_fleet(panel_from_matrix(np.array(["a"]), START, matrix), day(140), SETTINGS)
    assert fleet.champion[0] == "last_week"
    np.testing.assert_array_equal(fleet.weights[0], [0, 0, 0, 1, 0])
    np.testing.assert_allclose(fleet.forecast(Horizon(7)), matrix[:, -7:])


def test_the_default_champion_is_the_combination_of_its_members() -> None:
    fleet = fit_fleet(utility(30, 250), day(250), SETTINGS)
    assert (fleet.champion == "combination").mean() > 0.8
    row = int(np.flatnonzero(fleet.champion == "combination")[0])
    members = fleet.members.forecast(Horizon(5))[:, row]
    expected = 0.8 * members[MEMBERS.index("arima")] + 0.2 * members[MEMBERS.index("weekday_median")]
    np.testing.assert_allclose(fleet.forecast(Horizon(5))[row], expected)


def test_intervals_cover_the_days_and_the_total_that_follow() -> None:
    panel = utility(400, 280)
    fleet = fit_fleet(panel, day(270), SETTINGS)
    forecasts = fleet.forecasts(Horizon(10))
    observed = panel.values.reshape(400, 280)[:, 270:]
    low, high = QUANTILES.index(0.1), QUANTILES.index(0.9)
    daily = coverage(observed, forecasts.quantiles[..., low], forecasts.quantiles[..., high])
    total = coverage(observed.sum(axis=1), forecasts.totals[:, low], forecasts.totals[:, high])
    assert daily == pytest.approx(0.8, abs=0.03)
    assert total == pytest.approx(0.8, abs=0.08)
    point = forecasts.quantiles[..., QUANTILES.index(0.5)]
    assert np.abs(forecasts.totals[:, QUANTILES.index(0.5)] / point.sum(axis=1) - 1).max() < 0.1


def test_a_longer_billing_period_has_a_wider_total() -> None:
    fleet = fit_fleet(utility(40, 200), day(200), SETTINGS)
    usual, longer = fleet.forecasts(Horizon(7)), fleet.forecasts(Horizon(7), billing_days=40)
    middle = QUANTILES.index(0.5)
    widths = [f.totals[:, -1] - f.totals[:, middle] for f in (usual, longer)]
    np.testing.assert_allclose(widths[1], 4**BEYOND * widths[0])
    assert longer.quantiles.shape == (40, 7, len(QUANTILES))


def test_a_gap_in_the_billing_period_is_scaled_up_or_left_out() -> None:
    panel = utility(20, 200)
    values = panel.values.copy().reshape(20, 200)
    values[:, 150:] = np.where(np.arange(50) % 3 == 0, nan, values[:, 150:])
    gappy = panel_from_matrix(panel.series_ids, START, values)
    counts = fit_fleet(gappy, day(200), SETTINGS).calibration.counts[:, 0].sum()
    whole = fit_fleet(panel, day(200), SETTINGS).calibration.counts[:, 0].sum()
    assert 0 < counts < whole


def test_taking_accounts_takes_their_forecasts() -> None:
    fleet = fit_fleet(utility(6, 150), day(150), SETTINGS)
    rows = np.array([4, 1, 5])
    taken, whole = fleet.take(rows), fleet.forecasts(Horizon(7))
    assert list(taken.series_ids) == ["0004", "0001", "0005"]
    assert taken.forecasts(Horizon(7)).quantiles.tobytes() == whole.quantiles[rows].tobytes()
    assert taken.forecasts(Horizon(7)).totals.tobytes() == whole.totals[rows].tobytes()


def test_replacing_some_accounts_leaves_the_others() -> None:
    panel = utility(5, 160)
    fleet = fit_fleet(panel, day(150), SETTINGS)
    rows = np.array([3, 1])
    taken = fleet.take(rows).members
    corrected = panel.take(rows).before(day(150))
    restated = taken.restate(
        Panel(corrected.series_ids, corrected.offsets, corrected.starts, 2 * corrected.values)
    )
    replaced = replace_rows(fleet, rows, restated)
    before, after = fleet.forecast(Horizon(5)), replaced.forecast(Horizon(5))
    np.testing.assert_array_equal(replaced.series_ids, fleet.series_ids)
    np.testing.assert_array_equal(after[[0, 2, 4]], before[[0, 2, 4]])
    assert (after[rows].mean(axis=1) > 1.3 * before[rows].mean(axis=1)).all()


def test_the_cutoff_is_the_first_day_not_seen() -> None:
    panel = utility(3, 160)
    fleet: FittedFleet = fit_fleet(panel, day(150), SETTINGS)
    assert fleet.cutoff == day(150)
    assert fleet.update(panel.since(day(150))).cutoff == day(160)


def test_the_backtest_scores_what_the_members_would_have_forecast() -> None:
    panel = utility(3, 150)
    trained = train(panel, day(150), SETTINGS)
    matrix = panel.values.reshape(3, 150)
    for f, cutoff in enumerate((129, 136, 143)):
        error = np.abs(matrix[:, cutoff : cutoff + 7] - matrix[:, cutoff - 7 : cutoff]).mean(axis=1)
        np.testing.assert_allclose(trained.choice.mae[NAMES.index("last_week"), f], error)
    assert (trained.fold_days == 7).all()
    leads = trained.leads
    assert (leads.days == 9).all()
    errors = trained.choice.mae[trained.choice.champion, :, np.arange(3)].T / trained.fold_scale
    assert leads.champion.sum() == pytest.approx(7 * errors.sum())
    baseline = trained.choice.mae[NAMES.index("last_week")] / trained.fold_scale
    assert leads.baseline.sum() == pytest.approx(7 * baseline.sum())


@pytest.mark.parametrize(
    ("n", "of", "wanted"), [(10, 10, 10), (1000, 12_000, 500), (1, 27_000, 1), (0, 5, 0)]
)
def test_the_calibration_sample_is_spread_over_the_slab(n: int, of: int, wanted: int) -> None:
    sample = calibration_sample(n, of=of)
    assert len(sample) == wanted
    assert len(np.unique(sample)) == wanted
    if n > 1:
        assert (sample[0], sample[-1]) == (0, n - 1)
