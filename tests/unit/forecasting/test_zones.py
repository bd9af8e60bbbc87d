"""Zones: days, grids, profiles, weather and rescue, each by itself."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from amuna.domain.errors import UnknownSetting
from amuna.domain.panel import Floats
from amuna.forecasting.zones.calendar import SUNDAY, Place, calendar
from amuna.forecasting.zones.combine import learn_weights
from amuna.forecasting.zones.copies import with_copies
from amuna.forecasting.zones.events import event_move
from amuna.forecasting.zones.grids import day_grid, fill_short_gaps
from amuna.forecasting.zones.profile import ProfileSettings, run_profiles
from amuna.forecasting.zones.rescue import (
    GAP,
    NO_WEATHER,
    OK,
    SHORT_HISTORY,
    TOO_SHORT,
    from_others,
    statuses,
    widened,
)
from amuna.forecasting.zones.weather import TEMPERATURE, trusted_weather
from amuna.forecasting.zones.week import WeekAhead, ordered

ITALY = Place("IT", "", ZoneInfo("Europe/Rome"))
PERU = Place("PE", "", ZoneInfo("America/Lima"))
SHAPE = 10 + 5 * np.sin(np.arange(24) * np.pi / 12)


def test_without_lightgbm_the_extra_is_named_and_the_ridge_stands_alone() -> None:
    code = (
        "import sys; sys.modules['lightgbm'] = None\n"
        "from amuna.domain.errors import MissingExtra\n"
        "from amuna.forecasting.zones.members import installed, make\n"
        "print(installed(('ridge', 'trees')))\n"
        "try:\n    make(('trees',))\n"
        "except MissingExtra as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "amuna[zones]" in done.stdout
    assert "('ridge',)" in done.stdout


def at(first: date, day: date) -> int:
    return (day - first).days


def test_a_holiday_counts_as_sunday_and_the_day_between_it_and_the_weekend_as_a_bridge() -> None:
    first = date(2022, 10, 24)
    days = calendar(first, 14, ITALY)
    all_saints, monday = at(first, date(2022, 11, 1)), at(first, date(2022, 10, 31))
    assert days.day_type[all_saints] == SUNDAY
    assert days.weekday[all_saints] == 1
    assert days.bridge[monday] == 1
    assert not days.usual[[monday, all_saints]].any()
    assert days.usual[:13].sum() == 11
    assert days.distance[all_saints] == 0
    assert days.distance[0] == 4


def test_clocks_nobody_has_set_yet_are_off_for_eight_days_after_daylight_saving_ends() -> None:
    first = date(2022, 10, 28)
    assert calendar(first, 14, ITALY).clock.tolist() == [0, 0] + [-1] * 8 + [0] * 4
    assert not calendar(first, 14, PERU).clock.any()


def test_peru_has_its_own_holidays_and_school_year() -> None:
    days = calendar(date(2024, 7, 22), 14, PERU)
    assert days.holiday[at(date(2024, 7, 22), date(2024, 7, 29))] == 1
    assert days.breaks[0].tolist() == [0, 0] + [1] * 12
    assert calendar(date(2024, 4, 15), 3, PERU).breaks.sum() == 0


def test_an_unknown_country_is_told_with_its_setting() -> None:
    with pytest.raises(UnknownSetting, match="XX") as told:
        calendar(date(2024, 1, 1), 3, Place("XX", "", ZoneInfo("UTC")))
    assert told.value.facts["setting"] == "utility.country"


def test_an_hour_that_comes_twice_is_averaged_and_one_that_never_comes_is_nan() -> None:
    grid = day_grid(np.array([0, 0, 0]), np.array([2, 2, 4]), np.array([[4.0], [6.0], [9.0]]), n_days=1)
    assert grid.shape == (1, 1, 24)
    assert grid[0, 0, 2] == 5
    assert grid[0, 0, 4] == 9
    assert np.isnan(grid[0, 0, 3])


def test_only_short_gaps_between_known_hours_are_bridged() -> None:
    flow = np.arange(48.0).reshape(1, 2, 24)
    flow[0, 0, 5:8] = np.nan
    flow[0, 0, 12:16] = np.nan
    flow[0, 1, 22:] = np.nan
    filled = fill_short_gaps(flow)
    assert filled[0, 0, 5:8].tolist() == [5, 6, 7]
    assert np.isnan(filled[0, 0, 12:16]).all()
    assert np.isnan(filled[0, 1, 22:]).all()


def flows(days: int, *, sunday: float = 1.2) -> tuple[Floats, Floats]:
    """Two zones whose Sundays are higher, and the day types."""
    kind = np.arange(days) % 7
    level = np.where(kind == SUNDAY, sunday, 1.0)
    noise = np.random.default_rng(2).normal(1, 0.05, (2, days, 24))
    return noise * np.stack([level[:, None] * SHAPE, 3 * level[:, None] * SHAPE]), kind


def test_profiles_learn_each_type_of_day_and_look_at_earlier_days_alone() -> None:
    flow, kind = flows(60)
    usual = np.ones(60, dtype=bool)
    made = run_profiles(flow, kind, usual, ProfileSettings())
    assert np.allclose(made.level[60, 0, 2], SHAPE, rtol=0.06)
    assert np.allclose(made.level[60, 1, SUNDAY], 3.6 * SHAPE, rtol=0.1)
    later = flow.copy()
    later[:, 40:] = 1e6
    again = run_profiles(later, kind, usual, ProfileSettings())
    assert np.array_equal(made.level[:41], again.level[:41], equal_nan=True)
    assert not np.allclose(made.level[41], again.level[41])


def test_a_holiday_stays_out_of_the_profile_and_an_outlier_is_capped() -> None:
    flow, kind = flows(60)
    noisy = flow + np.random.default_rng(1).normal(0, 0.2, flow.shape)
    noisy[0, 50] = 200
    kept_out = run_profiles(noisy, kind, np.arange(60) != 50, ProfileSettings())
    taken_in = run_profiles(noisy, kind, np.ones(60, dtype=bool), ProfileSettings())
    assert np.allclose(kept_out.level[60, 0, 1], SHAPE, atol=1)
    assert taken_in.capped[0, 50].max() < 20


def test_an_event_of_a_device_comes_an_hour_earlier_by_the_wall_clock_until_its_clock_is_set() -> None:
    first = date(2022, 9, 5)
    days = calendar(first, 70, ITALY)
    flow = np.tile(SHAPE, (1, 70, 1)) + np.random.default_rng(0).normal(0, 0.1, (1, 70, 24))
    flow[0, days.weekday == 2, 3] += 30
    monday = at(first, date(2022, 10, 31))
    made = run_profiles(flow[:, :monday], days.day_type[:monday], days.usual[:monday], ProfileSettings())
    moved = event_move(made, days, monday, monday + 2)[0]
    assert moved[2] > 10
    assert moved[3] < -10
    assert np.abs(np.delete(moved, [2, 3])).max() < 1
    assert (
        np.abs(event_move(made, days, at(first, date(2022, 10, 17)), at(first, date(2022, 10, 19)))).max() < 1
    )


def weather(days: int) -> Floats:
    out = np.full((4, days, 24), 10.0)
    out[TEMPERATURE] = 15.0
    return out


def test_absurd_weather_is_left_out_and_missing_hours_look_like_the_days_before() -> None:
    values = weather(12)
    values[TEMPERATURE, 5, 3] = 999
    values[TEMPERATURE, 6, 4] = 40
    values[:, 10:] = np.nan
    trusted = trusted_weather(values)
    assert (trusted.values[TEMPERATURE] == 15).all()
    assert trusted.unknown[5] == trusted.unknown[6] == 1 / 24
    assert trusted.unknown.tolist()[10:] == [1, 1]


def test_weather_of_later_days_changes_nothing_of_earlier_ones() -> None:
    values = weather(12) + np.random.default_rng(0).normal(0, 1, (4, 12, 24))
    later = values.copy()
    later[:, 8:] = np.nan
    assert np.array_equal(trusted_weather(values).values[:, :8], trusted_weather(later).values[:, :8])


def known(zones: int = 4, days: int = 200) -> Floats:
    size = np.arange(1.0, zones + 1)[:, None, None]
    return size * np.tile(SHAPE, (zones, days, 1))


def status_of(flow: Floats, *, dry: float = 0.0) -> list[str]:
    trained = np.ones(len(flow), dtype=bool)
    return statuses(flow, trained=trained, weather_unknown=np.full(8, dry))


def test_each_trouble_has_its_status_and_the_worst_is_told() -> None:
    flow = known()
    flow[0, :-40] = np.nan
    flow[1, :-3] = np.nan
    flow[2, 120:150] = np.nan
    assert status_of(flow) == [SHORT_HISTORY, TOO_SHORT, GAP, OK]
    assert status_of(flow, dry=1.0) == [SHORT_HISTORY, TOO_SHORT, GAP, NO_WEATHER]
    flow[3, -1] = np.nan
    assert status_of(flow)[3] == GAP


def a_week(flow: Floats) -> WeekAhead:
    mean = flow[:, -7:] * 1.1
    return WeekAhead(mean, np.stack([mean * share for share in (0.8, 0.9, 1.1, 1.2)]))


def test_a_new_zone_borrows_the_shape_of_others_at_its_level_with_a_wider_range() -> None:
    flow = known()
    flow[2, :-8] = np.nan
    week = a_week(flow)
    week.mean[2] = np.nan
    made = from_others(week, flow, status_of(flow))
    assert np.allclose(made.mean[2], 3.3 * SHAPE)
    own, other = ((made.bounds[2, zone] - made.bounds[1, zone]) / made.mean[zone] for zone in (2, 0))
    assert own.min() > other.max()
    assert np.array_equal(made.mean[[0, 1, 3]], a_week(flow).mean[[0, 1, 3]])


def test_a_short_history_that_the_model_forecasts_keeps_its_forecast_with_a_wider_range() -> None:
    flow = known()
    flow[2, :-8] = np.nan
    week = a_week(flow)
    made = from_others(week, flow, status_of(flow))
    assert np.array_equal(made.mean, week.mean)
    widths = (made.bounds[2] - made.bounds[1]) / (week.bounds[2] - week.bounds[1])
    assert np.allclose(widths[[0, 1, 3]], 1)
    assert np.allclose(widths[2], 1.5)


def test_before_a_short_history_stand_the_zones_that_look_most_alike_at_its_level() -> None:
    flow = known() + np.random.default_rng(3).normal(0, 0.1, known().shape)
    flow[3] = 50 - flow[3]
    flow[2, :-20] = np.nan
    flow[1, 30:33] = np.nan
    made = with_copies(flow)
    assert np.array_equal(made[2, -20:], flow[2, -20:])
    assert np.allclose(made[2, :-20], 3 * SHAPE, atol=1.5)
    assert np.array_equal(np.delete(made, 2, axis=0), np.delete(flow, 2, axis=0), equal_nan=True)
    flow[2, :-5] = np.nan
    assert with_copies(flow) is flow
    flow[:, :-20] = np.nan
    assert with_copies(flow) is flow


def test_a_lone_new_zone_gets_its_own_hours() -> None:
    flow = known(zones=1)
    flow[0, :-8] = np.nan
    week = a_week(flow)
    week.mean[0] = np.nan
    made = from_others(week, flow, status_of(flow))
    assert np.allclose(made.mean[0], SHAPE)
    assert (made.bounds[2] > made.mean).all()
    assert (made.bounds[1] < made.mean).all()


def test_ranges_are_wider_with_a_gap_wider_still_where_it_lasts_and_for_all_without_weather() -> None:
    flow = known()
    flow[1, 120:150] = np.nan
    flow[2, -1] = np.nan
    week = a_week(known())
    usual = week.bounds[2] - week.bounds[1]

    def width(*, stopped: bool) -> Floats:
        made = widened(week, flow, status_of(flow), weather_stopped=stopped)
        return ((made.bounds[2] - made.bounds[1]) / usual).mean(axis=(1, 2))

    fine, gap, ends, _ = width(stopped=False)
    assert fine == pytest.approx(1)
    assert 1 < gap < ends
    assert (width(stopped=True) > width(stopped=False)).all()


def test_bounds_never_cross_and_nothing_flows_backwards() -> None:
    bounds = np.array([1.0, 3.0, -2.0, 1.5]).reshape(4, 1, 1, 1) * np.ones((4, 1, 1, 24))
    made = ordered(np.full((1, 1, 24), 2.0), bounds)
    low95, low80, high80, high95 = made.bounds[:, 0, 0, 0]
    assert 0 <= low95 <= low80 <= 2 <= high80 <= high95
    assert ordered(np.full((1, 1, 24), -5.0), bounds - 9).bounds.min() == 0


def test_the_better_member_weighs_more_and_weights_sum_to_one() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(0, 1, 2_000)
    members = np.stack([truth + rng.normal(0, 0.3, 2_000), truth + rng.normal(0, 0.9, 2_000)])
    weights = learn_weights(members, truth, np.array([0.5, 0.5]))
    assert weights.sum() == pytest.approx(1)
    assert weights[0] > 0.65
    assert learn_weights(members[:, :100], truth[:100], np.array([0.5, 0.5])).tolist() == [0.5, 0.5]
