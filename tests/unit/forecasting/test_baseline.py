"""Baselines: what each weekday used lately."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from amuna.domain.panel import Panel
from amuna.domain.time import Horizon
from amuna.forecasting.baseline import BASELINES, SeasonalProfile, last_week, weekday_mean, weekday_median

nan = np.nan


def test_last_week_repeats_itself(panel: Callable[..., Panel]) -> None:
    fitted = last_week().fit(panel([9.0] * 7 + [1, 2, 3, 4, 5, 6, 7]))
    np.testing.assert_array_equal(fitted.forecast(Horizon(9))[0], [1, 2, 3, 4, 5, 6, 7, 1, 2])


def test_the_forecast_starts_on_the_weekday_after_the_last_value(panel: Callable[..., Panel]) -> None:
    fitted = last_week().fit(panel([1, 2, 3, 4, 5, 6, 7, 8, 9]))
    np.testing.assert_array_equal(fitted.forecast(Horizon(8))[0], [3, 4, 5, 6, 7, 8, 9, 3])


def test_mean_and_median_of_the_same_weekday(panel: Callable[..., Panel]) -> None:
    weeks = np.zeros((6, 7))
    weeks[:, 0] = [50, 60, 1, 2, 3, 10]
    history = panel(weeks.ravel())
    assert weekday_mean().fit(history).forecast(Horizon(1))[0, 0] == (1 + 2 + 3 + 10) / 4
    assert weekday_median().fit(history).forecast(Horizon(1))[0, 0] == (3 + 10) / 2
    assert last_week().fit(history).forecast(Horizon(1))[0, 0] == 10


def test_missing_days_are_left_out_of_the_mean(panel: Callable[..., Panel]) -> None:
    weeks = np.ones((4, 7))
    weeks[:, 2] = [nan, 4, nan, 8]
    assert weekday_mean().fit(panel(weeks.ravel())).forecast(Horizon(3))[0, 2] == 6


def test_a_silent_week_is_not_a_dry_week(panel: Callable[..., Panel]) -> None:
    fitted = last_week().fit(panel([1, 2, 3, 4, 5, 6, 7, nan, nan, 30] + [nan] * 11))
    np.testing.assert_array_equal(fitted.forecast(Horizon(7))[0], [1, 2, 30, 4, 5, 6, 7])


def test_a_weekday_never_seen_gets_the_usual_day(panel: Callable[..., Panel]) -> None:
    fitted = last_week().fit(panel([1, 2, nan, 4, 5, 9, 9]))
    assert fitted.forecast(Horizon(7))[0, 2] == np.median([1, 2, 4, 5, 9, 9])


def test_nothing_known_forecasts_zero(panel: Callable[..., Panel]) -> None:
    fitted = weekday_median().fit(panel([], [nan] * 30, [3.0] * 30))
    np.testing.assert_array_equal(fitted.forecast(Horizon(2)), [[0, 0], [0, 0], [3, 3]])
    np.testing.assert_array_equal(fitted.status, ["too_short", "too_short", "ok"])


@pytest.mark.parametrize("build", BASELINES)
def test_a_week_makes_it_ok_and_less_does_not(
    build: Callable[[], SeasonalProfile], panel: Callable[..., Panel]
) -> None:
    np.testing.assert_array_equal(build().fit(panel([1.0] * 6, [1.0] * 7)).status, ["too_short", "ok"])


def test_negative_volumes_do_not_become_forecasts(panel: Callable[..., Panel]) -> None:
    assert (last_week().fit(panel([-5.0] * 14)).forecast(Horizon(7)) == 0).all()


def test_an_update_shifts_the_weeks(panel: Callable[..., Panel]) -> None:
    history = panel(np.arange(1.0, 43.0))
    cutoff = np.datetime64("2024-01-01") + np.timedelta64(33, "D")
    before = weekday_mean().fit(history.before(cutoff))
    after = before.update(history.since(cutoff))
    np.testing.assert_array_equal(after.recent, weekday_mean().fit(history).recent)
    assert before.recent[0, -1] == 33
    assert after.ends[0] == history.ends[0]


def test_an_update_with_a_hole_is_refused(panel: Callable[..., Panel]) -> None:
    history = panel(np.ones(40))
    fitted = last_week().fit(history.before(np.datetime64("2024-01-20")))
    with pytest.raises(ValueError, match="Fill a gap with NaN"):
        fitted.update(history.since(np.datetime64("2024-01-22")))
