"""ARIMA over a panel: what it recovers, and what outliers, shifts, gaps and short series do to it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter

from amuna.domain.panel import Panel, panel_from_matrix
from amuna.domain.time import Horizon
from amuna.forecasting.arima.model import Arima, candidate_orders
from amuna.forecasting.arima.orders import parse_order

Floats = NDArray[np.float64]
START = np.datetime64("2023-01-02")
PROFILE = np.array([1.0, 1.1, 0.9, 1.0, 1.3, 2.0, 1.8])
SIGMA = 0.1
ORDER = parse_order("(1,0,1)(0,1,1)7")
FIXED = Arima(orders=(ORDER,), transforms=("none",))
WEEKS = Horizon(14)
nan = np.nan


def meters(n: int, days: int = 364, seed: int = 0) -> Floats:
    """Weekly profiles with noise of standard deviation SIGMA, shape (n, days) [m3]."""
    rng = np.random.default_rng(seed)
    return np.tile(PROFILE, days // 7 + 1)[:days] + SIGMA * rng.normal(size=(n, days))


def truth(first: int) -> Floats:
    return np.tile(PROFILE, 4)[first % 7 :][: WEEKS.steps]


def as_panel(matrix: Floats) -> Panel:
    return panel_from_matrix(np.array([f"{i:04d}" for i in range(len(matrix))]), START, matrix)


def day(n: int) -> np.datetime64:
    return START + np.timedelta64(n, "D")


def test_the_true_order_and_its_parameters_are_recovered() -> None:
    rng, n, days = np.random.default_rng(1), 60, 500
    ma = np.convolve([1.0, -0.4], np.r_[1.0, np.zeros(6), -0.7])
    ar = np.convolve([1.0, -0.8], np.r_[1.0, np.zeros(6), -1.0])
    z = lfilter(ma, ar, rng.normal(size=(n, days + 100)), axis=1)[:, 100:]
    fitted = Arima(
        orders=(
            ORDER,
            *(parse_order(f"{o}7") for o in ("(0,0,0)(0,1,1)", "(0,0,1)(0,1,1)", "(1,0,0)(0,1,1)")),
        ),
        transforms=("none",),
        kappa=1e9,
        window=days,
    ).fit(as_panel(z - z.min() + 5))
    right = (fitted.orders == ORDER.row).all(axis=1)
    assert right.mean() > 0.75
    estimates, errors = fitted.parameters[right, :3], fitted.standard_errors[right, :3]
    np.testing.assert_allclose(np.median(estimates, axis=0), [0.8, -0.4, -0.7], atol=0.05)
    score = (estimates - [0.8, -0.4, -0.7]) / errors
    assert 0.6 < score.std() < 1.7
    assert np.median(fitted.sigma2 * fitted.size**2) == pytest.approx(1, rel=0.1)


def test_white_noise_around_a_profile_is_forecast_by_the_profile() -> None:
    fitted = Arima().fit(as_panel(meters(30)))
    error = np.abs(fitted.forecast(WEEKS) - truth(364))
    assert (fitted.status == "ok").all()
    assert error.mean() < 0.4 * SIGMA


@pytest.mark.parametrize("back", [1, 3, 7])
def test_one_outlier_hardly_moves_the_forecast(back: int) -> None:
    clean = meters(20)
    dirty = clean.copy()
    dirty[:, -back] += 50 * SIGMA * clean.mean()
    moved = []
    for kappa in (5.0, 1e9):
        arima = Arima(orders=(ORDER,), transforms=("none",), kappa=kappa)
        apart = arima.fit(as_panel(dirty)).forecast(WEEKS) - arima.fit(as_panel(clean)).forecast(WEEKS)
        moved.append(np.abs(apart).mean())
    assert moved[0] < 0.1 * moved[1]


def test_an_outlier_that_arrives_in_an_update_hardly_moves_the_forecast() -> None:
    clean = meters(20)
    dirty = clean.copy()
    dirty[:, 360] += 50
    fitted = FIXED.fit(as_panel(clean).before(day(357)))
    forecasts = [fitted.update(as_panel(m).since(day(357))).forecast(WEEKS) for m in (clean, dirty)]
    assert np.abs(forecasts[1] - forecasts[0]).mean() < 0.5 * SIGMA


def moving(n: int, days: int) -> Floats:
    """Accounts whose level wanders about [m3]."""
    level, noise = SIGMA * np.random.default_rng(4).normal(size=(2, n, days))
    return 5.0 + np.tile(PROFILE, days // 7) + 0.5 * level.cumsum(axis=1) + noise


def adopted(arima_forecast: Floats, without: Floats) -> float:
    """Share of a shift by 5 that the forecasts have taken on."""
    return float((arima_forecast - without).mean() / 5.0)


def test_a_level_shift_is_adopted_within_a_week_where_levels_move() -> None:
    calm = moving(40, 371)
    shifted = calm.copy()
    shifted[:, 364:] += 5.0
    fitted = Arima().fit(as_panel(calm).before(day(364)))
    shares = [
        adopted(
            *(fitted.update(as_panel(m).since(day(364)).before(end)).forecast(WEEKS) for m in (shifted, calm))
        )
        for end in (day(365), day(371))
    ]
    assert shares[0] < 0.5  # one day may be an outlier
    assert 0.7 < shares[1] < 1.25


@pytest.mark.parametrize("matrix", [moving(40, 371), meters(40, 371)], ids=["moving", "steady"])
def test_a_refit_a_week_after_a_level_shift_has_adopted_it(matrix: Floats) -> None:
    shifted = matrix.copy()
    shifted[:, 364:] += 5.0
    fitted = Arima().fit(as_panel(matrix).before(day(364)))
    forecasts = [Arima().refit(as_panel(m), fitted).forecast(WEEKS) for m in (shifted, matrix)]
    assert 0.7 < adopted(*forecasts) < 1.3


def test_a_gap_of_thirty_days_keeps_the_profile() -> None:
    matrix = meters(20)
    gap = matrix.copy()
    gap[:, -30:] = nan
    fitted = Arima().fit(as_panel(gap))
    assert (fitted.status == "ok").all()
    assert np.abs(fitted.forecast(WEEKS) - truth(364)).mean() < 0.5 * SIGMA
    after = Arima().fit(as_panel(gap[:, :334])).update(as_panel(gap).since(day(334)))
    assert np.abs(after.forecast(WEEKS) - truth(364)).mean() < 0.5 * SIGMA


def test_a_third_of_the_days_missing_costs_little() -> None:
    matrix = meters(40)
    thinned = np.where(np.random.default_rng(2).random(matrix.shape) < 0.33, nan, matrix)
    whole, thin = (
        np.abs(FIXED.fit(as_panel(m)).forecast(WEEKS) - truth(364)).mean() for m in (matrix, thinned)
    )
    assert thin < 0.5 * SIGMA
    assert thin < 2 * whole
    assert (FIXED.fit(as_panel(thinned)).status == "ok").all()


def test_every_series_gets_a_status_and_a_forecast() -> None:
    matrix = meters(6, days=100)
    matrix[1, 27:] = nan
    matrix[2, 28:] = nan
    matrix[3] = 2.5
    matrix[4] = nan
    matrix[5] = 0.0
    fitted = Arima().fit(as_panel(matrix))
    np.testing.assert_array_equal(
        fitted.status, ["ok", "too_short", "ok", "constant", "too_short", "constant"]
    )
    forecast = fitted.forecast(WEEKS)
    np.testing.assert_allclose(forecast[3], 2.5)
    np.testing.assert_array_equal(forecast[4:], 0.0)
    assert forecast[1].mean() == pytest.approx(PROFILE.mean(), rel=0.1)
    assert np.isnan(fitted.standard_errors[4]).all()


def test_a_fit_that_is_stopped_early_says_so_and_still_forecasts() -> None:
    """A series whose sum of squares keeps falling as a root nears the circle."""
    rng = np.random.default_rng(0)
    values = np.maximum(rng.normal(size=(400, 60)).cumsum(axis=1) + 20, 0) ** 2
    fitted = Arima(orders=(parse_order("(3,1,3)(2,1,2)7"),), transforms=("none",)).fit(as_panel(values))
    assert set(fitted.status) <= {"ok", "not_converged"}
    assert (fitted.status == "not_converged").any()
    assert np.isfinite(fitted.forecast(WEEKS)).all()


def test_the_transformation_follows_the_noise() -> None:
    rng = np.random.default_rng(3)
    level = np.tile(PROFILE, 52)
    multiplied = level * np.exp(0.6 * rng.normal(size=(30, 364)))
    added = 10 * level + rng.normal(size=(30, 364))
    kinds = Arima().fit(as_panel(np.concatenate([multiplied, added]))).transform
    assert (kinds[:30] != 0).mean() > 0.9
    assert (kinds[30:] == 0).mean() > (kinds[:30] == 0).mean() + 0.3


def test_only_the_window_counts() -> None:
    matrix = meters(3, days=400)
    other = matrix.copy()
    other[:, :200] = 1e6
    arima = Arima(window=200)
    first, second = (arima.fit(as_panel(m)).forecast(WEEKS) for m in (matrix, other))
    assert first.tobytes() == second.tobytes()


def test_a_refit_keeps_the_order_and_searches_what_had_none() -> None:
    matrix = meters(4, days=200)
    matrix[3, :180] = nan
    arima = Arima()
    early = arima.fit(as_panel(matrix[:, :190]))
    late = arima.refit(as_panel(matrix), early)
    np.testing.assert_array_equal(late.orders[:3], early.orders[:3])
    np.testing.assert_array_equal(late.transform[:3], early.transform[:3])
    assert (late.parameters[:3] != early.parameters[:3]).any()
    assert early.status[3] == "too_short"
    matrix[3] = meters(1, days=200, seed=9)[0]
    assert arima.refit(as_panel(matrix), early).status[3] == "ok"


def test_a_refit_is_as_good_as_a_fit_of_that_order() -> None:
    matrix = meters(5)
    early = FIXED.fit(as_panel(matrix[:, :300]))
    refitted, fitted = FIXED.refit(as_panel(matrix), early), FIXED.fit(as_panel(matrix))
    np.testing.assert_allclose(refitted.sigma2, fitted.sigma2, rtol=1e-3)
    np.testing.assert_array_equal(early.ends, np.full(5, day(300)))


def test_a_forecast_never_exceeds_twice_the_largest_value() -> None:
    growing = np.exp(0.02 * np.arange(300)) * np.tile(PROFILE, 43)[:300]
    fitted = Arima(orders=(parse_order("(1,1,1)(0,1,1)7"),), transforms=("log1p",)).fit(
        as_panel(growing[None])
    )
    assert fitted.forecast(Horizon(400)).max() == 2 * growing.max()


def test_an_update_must_continue_the_same_series() -> None:
    panel = as_panel(meters(2, days=100))
    fitted = FIXED.fit(panel.before(day(90)))
    with pytest.raises(ValueError, match="same series"):
        fitted.update(panel.take(np.array([1, 0])).since(day(90)))
    with pytest.raises(ValueError, match="starts at 2023-04-02"):
        fitted.update(panel.since(day(91)))
    assert fitted.update(panel.since(day(90))).ends[0] == day(100)
    assert fitted.ends[0] == day(90)


def test_corrected_history_changes_the_state_not_the_model() -> None:
    matrix = meters(3)
    fitted = Arima().fit(as_panel(matrix))
    same = fitted.restate(as_panel(matrix))
    np.testing.assert_allclose(same.forecast(WEEKS), fitted.forecast(WEEKS), rtol=1e-9)
    corrected = matrix.copy()
    corrected[0, -14:] *= 1.3
    restated = fitted.restate(as_panel(corrected)).forecast(WEEKS)
    assert restated[0].mean() > 1.03 * fitted.forecast(WEEKS)[0].mean()
    np.testing.assert_array_equal(restated[1:], same.forecast(WEEKS)[1:])


def test_a_roll_leaves_out_cutoffs_without_two_seasons() -> None:
    panel = as_panel(meters(1, days=100))
    fitted = FIXED.fit(panel)
    rolled = fitted.roll(panel, np.array([day(-5), day(10), day(14), day(100), day(101)]), Horizon(3))
    np.testing.assert_array_equal(np.isnan(rolled[:, 0]).all(axis=1), [True, True, False, False, True])


@pytest.mark.parametrize("i", range(len(candidate_orders())))
def test_the_order_of_a_series_is_read_back(i: int) -> None:
    order = candidate_orders()[i]
    fitted = Arima(orders=(order,)).fit(as_panel(meters(1, days=60)))
    assert fitted.order(0) == order
