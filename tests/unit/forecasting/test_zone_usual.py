"""The usual of a zone: which earlier days it is made of."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from amuna.forecasting.zones.calendar import Place, calendar, ordinary_days
from amuna.forecasting.zones.usual import usual_days, usual_inflow

N_DAYS, TARGET = 49, 51


def flow() -> np.ndarray:
    """A zone whose every hour of day d flows d m³/h."""
    return np.repeat(np.arange(N_DAYS, dtype=float), 24).reshape(1, N_DAYS, 24)


def test_the_last_four_same_weekdays_make_it() -> None:
    found = usual_inflow(flow(), np.ones(N_DAYS, dtype=bool), TARGET)
    assert found.tolist() == [[np.mean([44, 37, 30, 23])] * 24]


def test_days_that_are_not_ordinary_or_hardly_known_give_way_to_earlier_ones() -> None:
    ordinary, known = np.ones(N_DAYS, dtype=bool), flow()
    ordinary[44] = False
    known[0, 30, :5] = np.nan
    assert usual_inflow(known, ordinary, TARGET).tolist() == [[np.mean([37, 23, 16, 9])] * 24]


def test_one_day_is_not_yet_usual() -> None:
    known = flow()
    known[0, :44] = np.nan
    assert np.isnan(usual_inflow(known, np.ones(N_DAYS, dtype=bool), TARGET)).all()
    assert usual_days(known, np.ones(N_DAYS, dtype=bool), TARGET, fewest=1).weeks.tolist() == [1]


def test_days_from_the_target_on_and_before_the_first_are_not_taken() -> None:
    ordinary = np.ones(N_DAYS, dtype=bool)
    assert usual_days(flow(), ordinary, 30, first=10).weeks.tolist() == [1, 2]
    assert usual_days(flow(), ordinary, N_DAYS + 7).weeks.tolist() == [2, 3, 4, 5]


def test_ordinary_days_are_those_of_the_calendar() -> None:
    place = Place("PE", "", ZoneInfo("America/Lima"))
    first = date(2025, 11, 20)
    ordinary = ordinary_days(first, 120, place)
    assert ordinary.tolist() == calendar(first, 120, place).usual.tolist()
    assert 0 < (~ordinary).sum() < 12
