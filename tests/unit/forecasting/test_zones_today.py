"""The hours of the cutoff's own day correct the rest of the week."""

from __future__ import annotations

import numpy as np
import pytest

from amuna.domain.panel import Floats
from amuna.forecasting.zones.today import with_today
from amuna.forecasting.zones.week import WeekAhead

MEAN = np.full((2, 8, 24), 100.0)
WEEK = WeekAhead(MEAN, np.stack([MEAN + width for width in (-15, -10, 10, 15)]))


def known(until: int, value: float) -> Floats:
    """The first zone measured up to an hour, the second not at all."""
    today = np.full((2, 24), np.nan)
    today[0, :until] = value
    return today


def test_a_day_above_its_forecast_lifts_what_is_left_of_it_most_and_later_days_less() -> None:
    made = with_today(WEEK, known(12, 108.0))
    rise = made.mean[0] - MEAN[0]
    assert not rise[0, :12].any()
    assert 4 < rise[0, 12] < 8
    assert (np.diff(rise.ravel()[12:]) <= 0).all()
    assert rise[1:].min() == pytest.approx(8 * 0.5 * 12 / 18)
    assert np.allclose(made.bounds[:, 0] - made.mean[0], WEEK.bounds[:, 0] - MEAN[0])


def test_more_hours_are_believed_more() -> None:
    few, many = (with_today(WEEK, known(until, 108.0)).mean[0, 3, 0] for until in (4, 20))
    assert 100 < few < many < 108


def test_a_zone_without_hours_of_today_keeps_its_bits() -> None:
    made = with_today(WEEK, known(12, 108.0))
    assert np.array_equal(made.mean[1], MEAN[1])
    assert with_today(WEEK, np.full((2, 24), np.nan)) is WEEK


def test_an_absurd_hour_moves_little_and_nothing_flows_backwards() -> None:
    absurd = known(6, 100.0)
    absurd[0, 2] = 1e12
    assert with_today(WEEK, absurd).mean[0].max() < 102
    low = WeekAhead(MEAN - 99, np.maximum(WEEK.bounds - 99, 0))
    made = with_today(low, known(18, -50.0))
    assert made.mean.min() >= 0
    assert (made.bounds[1] <= made.mean).all()


def test_a_missing_hour_counts_neither_way() -> None:
    gappy = known(12, 108.0)
    gappy[0, [3, 7]] = np.nan
    fewer, all_of_them = (with_today(WEEK, each).mean[0, 3, 0] for each in (gappy, known(10, 108.0)))
    assert fewer == pytest.approx(all_of_them)
