"""Zones supplied some hours a day: nothing is expected in the other hours."""

from __future__ import annotations

import numpy as np

from amuna.forecasting.zones.dry import dry_hours, without_dry_hours
from amuna.forecasting.zones.week import WeekAhead

SUPPLIED = np.arange(24) < 6


def flow() -> np.ndarray:
    wet = np.random.default_rng(0).uniform(5, 9, (3, 60, 24))
    wet[0] *= SUPPLIED
    wet[2] = 0.0
    return wet


def test_hours_without_inflow_for_eight_weeks_are_dry_but_a_closed_zone_has_none() -> None:
    found = dry_hours(flow())
    assert found[0].tolist() == (~SUPPLIED).tolist()
    assert not found[1:].any()


def test_one_wet_hour_or_too_few_known_days_make_an_hour_uncertain_again() -> None:
    values = flow()
    values[0, -1, 20] = 0.5
    values[0, :-20, 21] = np.nan
    found = dry_hours(values)[0]
    assert not found[20]
    assert not found[21]
    assert found[22]


def test_forecast_and_range_of_dry_hours_are_nothing_and_of_others_as_they_were() -> None:
    week = WeekAhead(np.full((3, 7, 24), 2.0), np.ones((4, 3, 7, 24)))
    made = without_dry_hours(week, flow())
    assert made.mean[0, :, 6:].max() == 0
    assert made.bounds[:, 0, :, 6:].max() == 0
    assert (made.mean[0, :, :6] == 2).all()
    assert np.array_equal(made.mean[1:], week.mean[1:])
