"""Features of zones against published and hand-computed values."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tests.zone_town import DAYS, town_data, town_flow, town_hours

from amuna.domain.panel import Floats
from amuna.forecasting.zones.calendar import Place, calendar
from amuna.forecasting.zones.heat import (
    apparent_temperature,
    cooling_degree_days,
    heating_degree_days,
)
from amuna.forecasting.zones.more_features import KNOWN_AHEAD, all_features, feature_names
from amuna.forecasting.zones.port import ZoneData, ZoneFacts
from amuna.forecasting.zones.prepare.rows import DECOMPOSED, row_names
from amuna.forecasting.zones.rolling import lag_names, lags
from amuna.forecasting.zones.seasons import AUTUMN, SPRING, SUMMER, WINTER, season_of_year
from amuna.forecasting.zones.weather import HUMIDITY, RAIN, TEMPERATURE, WIND

HOURS = town_hours(DAYS + 8)
FLOW = town_flow(HOURS)
ORIGINS = np.array([40, 100])


def town(facts: ZoneFacts | None = None) -> ZoneData:
    return replace(town_data(HOURS, FLOW[:, :DAYS].copy()), facts=facts)


def feature(name: str, data: ZoneData, *, lead: int = 0) -> Floats:
    return all_features(data, ORIGINS, lead=lead)[..., feature_names().index(name)]


@pytest.mark.parametrize(
    ("temperature", "humidity", "wind_ms", "felt"),
    [
        (25.0, 30.0, 0.1, 24.1),  # the worked example of pythermalcomfort's function `at`
        (0.0, 0.0, 10.0, -11.0),  # dry and windy: 0 - 7 - 4
        (30.0, 100.0, 0.0, 39.97),  # e = 6.105 exp(518.1 / 267.7) = 42.29 hPa
    ],
)
def test_apparent_temperature_is_that_of_the_bureau_of_meteorology(
    temperature: float, humidity: float, wind_ms: float, felt: float
) -> None:
    made = apparent_temperature(np.array(temperature), np.array(humidity), np.array(wind_ms * 3.6))
    assert made == pytest.approx(felt, abs=0.05)


def test_heating_degree_days_are_those_of_statistics_netherlands() -> None:
    assert heating_degree_days(np.array([10.0, -4.0, 20.0])).tolist() == [8, 22, 0]


def test_degree_days_follow_their_base() -> None:
    assert cooling_degree_days(np.array([26.0, 22.0, 3.0])).tolist() == [4, 0, 0]
    assert cooling_degree_days(np.array([26.0]), base=18.0).tolist() == [8]
    assert heating_degree_days(np.array([10.0]), base=15.5).tolist() == [5.5]
    assert np.isnan(heating_degree_days(np.array([np.nan]))).all()


def test_july_is_summer_in_italy_and_winter_in_peru() -> None:
    months = np.array([1, 3, 4, 7, 10, 12])
    north = [WINTER, SPRING, SPRING, SUMMER, AUTUMN, WINTER]
    south = [SUMMER, AUTUMN, AUTUMN, WINTER, SPRING, SUMMER]
    assert season_of_year(months, "IT").tolist() == north
    assert season_of_year(months, "PE").tolist() == south


def test_the_calendar_tells_month_season_and_holidays_of_a_region() -> None:
    first, saint_george = date(2022, 4, 1), (date(2022, 4, 23) - date(2022, 4, 1)).days
    rome = ZoneInfo("Europe/Rome")
    country, ferrara = (calendar(first, 62, Place("IT", region, rome)) for region in ("", "FE"))
    assert (country.holiday[saint_george], ferrara.holiday[saint_george]) == (0, 1)
    assert ferrara.month.tolist() == [4] * 30 + [5] * 31 + [6]
    assert ferrara.season_of_year.tolist() == [SPRING] * 61 + [SUMMER]


def test_lags_and_rolling_statistics_are_shares_of_the_mean_of_28_days() -> None:
    # Every hour of day d carries d + 1; the mean of days 12 to 39 is 26.5.
    flow = np.broadcast_to(np.arange(1.0, 61.0)[None, :, None], (1, 60, 24)).copy()
    made = {
        name: block[0, 0, 0] * 26.5
        for name, block in zip(lag_names(), lags(flow, np.array([40])), strict=True)
    }
    assert made["lag_1_flow"] == pytest.approx(40)
    assert made["lag_2_flow"] == pytest.approx(39)
    assert made["lag_7_flow"] == pytest.approx(34)
    assert made["lag_14_flow"] == pytest.approx(27)
    for window in (3, 7, 28):
        seen = np.arange(41 - window, 41)
        assert made[f"lag_1_mean_{window}d"] == pytest.approx(seen.mean())
        assert made[f"lag_1_std_{window}d"] == pytest.approx(seen.std())
        assert made[f"lag_1_min_{window}d"] == pytest.approx(seen.min())
        assert made[f"lag_1_max_{window}d"] == pytest.approx(seen.max())
    assert np.isnan(made["growth"])


def test_growth_is_the_last_month_over_the_same_weeks_a_year_before() -> None:
    flow = np.full((1, 400, 24), 10.0)
    flow[0, 372:] = 11.5
    growth = dict(zip(lag_names(), lags(flow, np.array([400])), strict=True))["growth"]
    assert growth.ravel().tolist() == pytest.approx([0.15])


def test_a_missing_day_leaves_statistics_of_the_others() -> None:
    flow = np.full((1, 60, 24), 10.0)
    flow[0, 38:40] = np.nan
    made = dict(zip(lag_names(), lags(flow, np.array([40])), strict=True))
    assert np.isnan(made["lag_1_flow"]).all()
    assert (made["lag_1_mean_3d"] == 1).all()
    assert np.isfinite(made["lag_1_std_3d"]).all()


def test_zones_differ_by_people_connections_and_density() -> None:
    people, doors, area = (
        np.array([9000.0, np.nan, 40.0]),
        np.array([2000.0, 10.0, 9.0]),
        np.array([3.0, 1.0, 0.0]),
    )
    data = town(ZoneFacts(people, doors, area))
    assert feature("population", data)[:, 0, 0].tolist() == pytest.approx(people.tolist(), nan_ok=True)
    assert feature("connections", data)[:, 1, 5].tolist() == doors.tolist()
    assert feature("density", data)[:, 0, 0].tolist() == pytest.approx([3000, np.nan, np.nan], nan_ok=True)
    assert np.isnan(feature("density", town())).all()


def test_weather_of_the_target_is_read_with_its_units() -> None:
    data = town()
    day = ORIGINS + 2
    temperature, rain = data.weather[TEMPERATURE], data.weather[RAIN]
    felt = apparent_temperature(temperature, data.weather[HUMIDITY], data.weather[WIND])
    assert np.allclose(feature("apparent", data, lead=2)[0], felt[day])
    assert np.allclose(feature("apparent_max", data, lead=2)[0, :, 0], felt[day].max(axis=1))
    assert np.allclose(feature("heating_days", data, lead=2)[0, :, 0], 18 - temperature[day].mean(axis=1))
    assert np.allclose(feature("wind_hour", data), data.weather[WIND, ORIGINS])
    week = [rain[d - 6 : d + 1].sum() for d in day]
    assert np.allclose(feature("rain_7d", data, lead=2)[1, :, 7], week)


def test_every_feature_has_a_name_of_its_own_and_some_are_known_ahead() -> None:
    names = feature_names()
    assert len(set(names)) == len(names) == all_features(town(), ORIGINS, lead=6).shape[-1]
    assert set(KNOWN_AHEAD) < set(names)


def test_the_table_of_the_manual_has_every_feature_and_says_rightly_which_are_known_ahead() -> None:
    manual = (Path(__file__).parents[3] / "docs" / "zones.md").read_text(encoding="utf-8")
    told = {
        name: line.rstrip("| ").rsplit("|", 1)[1].strip()
        for line in manual.split("## Features")[1].splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert set(told) == set(row_names(DECOMPOSED))
    assert {name for name, known in told.items() if known == "ahead"} == set(KNOWN_AHEAD)
