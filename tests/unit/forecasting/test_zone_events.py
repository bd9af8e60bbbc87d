"""Events on a device's clock, where zones are supplied some hours a day."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from amuna.forecasting.zones.calendar import Place, calendar
from amuna.forecasting.zones.events import event_excess
from amuna.forecasting.zones.profile import ProfileSettings, run_profiles

N_DAYS = 70


def test_hours_without_supply_make_no_event_of_the_others() -> None:
    days = calendar(date(2025, 3, 3), N_DAYS, Place("PE", "", ZoneInfo("America/Lima")))
    rng = np.random.default_rng(0)
    supplied = np.isin(np.arange(24), np.arange(5, 11))
    flow = 20 * supplied * (1 + rng.normal(0, 0.05, (1, N_DAYS, 24)))
    flow[0, days.weekday == 5] *= 1.1
    profiles = run_profiles(flow, days.day_type, days.usual, ProfileSettings())
    assert np.abs(event_excess(profiles, N_DAYS)).max() == 0
    assert np.abs(event_excess(profiles, N_DAYS, sharp=np.inf)).max() == 0


def test_an_hour_far_above_the_others_of_such_a_zone_is_one() -> None:
    days = calendar(date(2025, 3, 3), N_DAYS, Place("PE", "", ZoneInfo("America/Lima")))
    rng = np.random.default_rng(0)
    supplied = np.isin(np.arange(24), np.arange(5, 11))
    flow = 20 * supplied * (1 + rng.normal(0, 0.05, (1, N_DAYS, 24)))
    flow[0, days.weekday == 2, 7] += 60
    profiles = run_profiles(flow, days.day_type, days.usual, ProfileSettings())
    found = np.argwhere(event_excess(profiles, N_DAYS)[0] > 10).tolist()
    assert found == [[2, 7]]
