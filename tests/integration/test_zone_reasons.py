"""Reasons of zones: effects that were planted are found with their sign and size, parts sum, and nothing is invented."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.integration.conftest import Amuna
from tests.zone_town import CUTOFF, DAYS, FIRST, PLACE, QUICK, ROME, ZONES, town_hours, town_store

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.tables import WEATHER
from amuna.domain.zone_tables import ZONE_FORECASTS, ZONE_REASONS
from amuna.forecasting.zones.explain.port import grouping
from amuna.forecasting.zones.features import features
from amuna.forecasting.zones.members.ridge import Ridge
from amuna.forecasting.zones.members.trees import FittedTrees
from amuna.serve.report.zone_reasons import REASON_NAMES, reason_sentence, reason_words
from amuna.workflows.views.zone_days import zone_days
from amuna.workflows.views.zone_reasons import ABOVE, BELOW, NORMAL, DayReasons, zone_reasons
from amuna.workflows.views.zone_week import zone_week
from amuna.workflows.zone_explain import explain_zones
from amuna.workflows.zone_forecast import forecast_zones, serving_zones
from amuna.workflows.zone_grid import zone_grid
from amuna.workflows.zone_train import train_zones

NOW = datetime(2022, 6, 1, 4, tzinfo=UTC)
ORIGIN = date(2022, 5, 31)
HOLIDAY, BRIDGE, HOT = date(2022, 6, 2), date(2022, 6, 3), date(2022, 6, 4)
SLOPE, WARMER, SUNDAY_LESS, JUMP = 0.015, 9.0, 0.2, 0.15
JUMP_DAYS = 4


def planted() -> pl.DataFrame:
    """The town, where warm days use more, free days less, and the west has been higher in the last days."""
    hours = town_hours(DAYS + 8)
    rng = np.random.default_rng(11)
    local = [FIRST + timedelta(hours=hour) for hour in range(len(hours))]
    days = [one.astimezone(ROME).date() for one in local]
    first = days[0]
    number = np.array([(day - first).days for day in days])
    warmer = rng.normal(0, 4, DAYS + 9)
    warmer[(ORIGIN - first).days :] = 0.0
    warmer[(HOT - first).days] = WARMER
    free = np.array([day.weekday() == 6 or (day.month, day.day) in ((4, 25), (6, 2)) for day in days])
    drift = np.zeros((3, DAYS + 9))
    for day in range(1, DAYS):
        drift[:, day] = 0.9 * drift[:, day - 1] + rng.normal(0, 0.015, 3)
    factor = (1 + SLOPE * warmer[number]) * (1 - SUNDAY_LESS * free) * (1 + drift[:, number])
    factor[2] *= np.where((number >= DAYS - JUMP_DAYS) & (number < DAYS), 1 + JUMP, 1.0)
    flows = {zone: hours[zone].to_numpy() * factor[i] for i, zone in enumerate(ZONES)}
    temperature = hours["temperature_c"].to_numpy() + warmer[number]
    return hours.with_columns(temperature_c=pl.Series(temperature), **flows)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = town_store(tmp_path_factory.mktemp("reasons"), planted())
    train_zones(store=opened, place=PLACE, now=NOW, forecasters=QUICK)
    forecast_zones(store=opened, place=PLACE)
    yield opened
    opened.close()


def day_of(store: Store, zone: str, day: date) -> DayReasons:
    return next(one for one in zone_reasons(store=store, zone=zone).days if one.day == day)


def share_of(found: DayReasons, code: str) -> float:
    return next(one.share for one in found.parts if one.code == code)


@pytest.mark.parametrize("zone", ZONES)
def test_parts_sum_to_what_the_stored_forecast_has_above_the_same_weekday_of_four_weeks(
    store: Store, zone: str
) -> None:
    found = zone_reasons(store=store, zone=zone)
    assert [one.day for one in found.days] == [ORIGIN + timedelta(days=lead) for lead in range(7)]
    local = pl.col("observed_at").dt.convert_time_zone("Europe/Rome").dt.date()
    stored = (
        store.read(ZONE_FORECASTS, where={"zone_id": zone}).group_by(day=local).agg(pl.mean("forecast_m3h"))
    )
    made = dict(stored.iter_rows())
    flows = planted().group_by(day=local).agg(pl.mean(zone))
    seen = dict(flows.iter_rows())
    for one in found.days:
        assert one.forecast_m3h == pytest.approx(made[one.day])
        back = [one.day - timedelta(weeks=k) for k in range(1, 5)]
        assert one.usual_m3h == pytest.approx(np.mean([seen[day] for day in back]), rel=2e-3)
        assert sum(part.part_m3h for part in one.parts) == pytest.approx(one.forecast_m3h - one.usual_m3h)


@pytest.mark.parametrize("zone", ZONES)
def test_the_sentence_and_the_table_of_days_hold_a_day_against_the_same(store: Store, zone: str) -> None:
    days = zone_days(store, zone_week(store, zone, PLACE), ROME)
    table = dict(days.select("day", "change_percent").iter_rows())
    told = {one.day: 100 * one.departure for one in zone_reasons(store=store, zone=zone).days}
    assert set(table) == set(told)
    assert table == pytest.approx(told, abs=0.05)


def test_models_that_tell_their_parts_leave_hardly_anything_to_others(store: Store) -> None:
    shares = [
        abs(share_of(day, "other")) for zone in ZONES for day in zone_reasons(store=store, zone=zone).days
    ]
    assert max(shares) < 0.01


@pytest.mark.parametrize("zone", ZONES)
def test_the_reason_of_a_hot_day_is_its_warmth(store: Store, zone: str) -> None:
    hot = day_of(store, zone, HOT)
    assert hot.standing == ABOVE
    assert "temperature" in [one.code for one in hot.told]
    warmth = next(one for one in hot.parts if one.code == "temperature")
    assert warmth.value is not None
    assert warmth.usual_value is not None
    assert warmth.value > warmth.usual_value + 8
    assert warmth.share == pytest.approx(SLOPE * WARMER, rel=0.35)
    text = reason_sentence(hot)
    assert f"{warmth.value:.0f}\u202f°C" in text.en
    assert "above the usual: " in text.en
    assert "más de lo usual: " in text.es


@pytest.mark.parametrize("zone", ZONES)
def test_a_holiday_and_the_bridge_after_it_are_named(store: Store, zone: str) -> None:
    day = day_of(store, zone, HOLIDAY)
    assert (day.standing == BELOW) or zone == "west"
    assert share_of(day, "holiday") == pytest.approx(-SUNDAY_LESS, abs=0.06)
    assert "holiday" in [one.code for one in (day.told if day.standing == BELOW else day.against)]
    assert "bridge" in [one.code for one in day_of(store, zone, BRIDGE).parts]
    assert "holiday" not in [one.code for one in day_of(store, zone, HOT).parts]


def test_a_level_that_jumped_is_told_where_it_did(store: Store) -> None:
    first = {zone: day_of(store, zone, ORIGIN) for zone in ZONES}
    assert first["west"].standing == ABOVE
    assert first["west"].told[0].code == "recent"
    others = max(share_of(first[zone], "recent") for zone in ("north", "south"))
    assert share_of(first["west"], "recent") > max(0.05, others + 0.02)
    assert "high use in the last days" in reason_sentence(first["west"]).en
    assert "consumo alto en los últimos días" in reason_sentence(first["west"]).es


def test_nothing_is_told_of_a_day_like_the_others(tmp_path_factory: pytest.TempPathFactory) -> None:
    hours = town_hours(DAYS + 8).with_columns(temperature_c=pl.lit(18.0))
    shape = {zone: pl.col(zone).mean().over(pl.col("observed_at").dt.hour()) for zone in ZONES}
    opened = town_store(tmp_path_factory.mktemp("calm"), hours.with_columns(**shape))
    train_zones(store=opened, place=PLACE, now=NOW, forecasters=[Ridge()])
    forecast_zones(store=opened, place=PLACE)
    for day in zone_reasons(store=opened, zone="north").days:
        assert (day.standing, day.told, day.against) == (NORMAL, (), ())
        assert reason_sentence(day) == ("Cerca de lo usual", "About the usual")
    opened.close()


def test_a_zone_whose_forecast_leans_on_others_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    young = pl.col("observed_at") >= CUTOFF - timedelta(days=24)
    hours = town_hours(DAYS + 8).with_columns(north=pl.when(young).then("north"))
    opened = town_store(tmp_path_factory.mktemp("young"), hours)
    train_zones(store=opened, place=PLACE, now=NOW, forecasters=[Ridge()])
    forecast_zones(store=opened, place=PLACE)
    for day in zone_reasons(store=opened, zone="north").days:
        assert [one.code for one in day.parts] == ["borrowed"]
        assert day.parts[0].part_m3h == pytest.approx(day.forecast_m3h - day.usual_m3h)
    opened.close()


def test_a_history_too_short_for_models_has_calendar_and_level_as_reasons(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    hours = planted().filter(pl.col("observed_at") >= CUTOFF - timedelta(days=80))
    opened = town_store(tmp_path_factory.mktemp("short"), hours)
    train_zones(store=opened, place=PLACE, now=NOW, forecasters=QUICK)
    forecast_zones(store=opened, place=PLACE)
    day = day_of(opened, "north", HOLIDAY)
    assert share_of(day, "holiday") == pytest.approx(-SUNDAY_LESS, abs=0.06)
    assert {one.code for one in day.parts if abs(one.share) > 1e-6} <= {"holiday", "trend", "chance", "event"}
    opened.close()


def test_a_forecast_made_again_replaces_its_reasons_and_every_reason_has_words(store: Store) -> None:
    rows = store.read(ZONE_REASONS)
    assert set(rows["reason"]) <= set(REASON_NAMES)
    forecast_zones(store=store, place=PLACE)
    assert store.read(ZONE_REASONS).sort(ZONE_REASONS.key).equals(rows.sort(ZONE_REASONS.key))


def test_without_reasons_the_remedy_is_told(store: Store) -> None:
    with pytest.raises(NotEnoughData, match="amuna forecast --zone all"):
        zone_reasons(store=store, zone="nowhere")


def test_importance_and_dependence_find_what_was_planted(store: Store) -> None:
    found = explain_zones(store=store, place=PLACE, forecasters=QUICK, rng=np.random.default_rng(1))
    reasons = (
        found.importance.filter(kind="reason", days="later").group_by("name").agg(pl.mean("mae_more_m3h"))
    )
    more = dict(reasons.iter_rows())
    assert max(more, key=lambda name: more[name]) == "temperature"
    assert more["temperature"] > 0.3
    assert abs(more["rain"]) < 0.02
    assert set(found.importance["model"]) == {"ridge", "trees"}
    warm = found.dependence.filter(what="temperature", zone_id="south").sort("value")
    steps = warm["share"].diff().drop_nulls() / warm["value"].diff().drop_nulls()
    assert steps.mean() == pytest.approx(SLOPE, rel=0.35)
    seen = store.read(WEATHER).filter(pl.col("observed_at") < CUTOFF)["temperature_c"]
    assert seen.min() <= warm["value"].min() < warm["value"].max() <= seen.max()  # type: ignore[operator]
    kinds = found.dependence.filter(what="day_type", zone_id="south").sort("value")["share"]
    assert kinds[6] - kinds[1] == pytest.approx(-SUNDAY_LESS, abs=0.06)
    assert kinds[7] == pytest.approx(kinds[6], abs=0.03)
    assert found.dependence.filter(what="rain").is_empty()
    together = found.dependence.filter(pl.col("zone_id").is_null(), what="temperature")
    assert len(together) == len(warm)


def test_the_command_line_says_why(amuna: Amuna, tmp_path: Path) -> None:
    (tmp_path / "amuna.toml").write_text(
        '[utility]\ntime_zone = "Europe/Rome"\ncountry = "IT"\n[store]\npath = "town.duckdb"\n'
    )
    with closing(town_store(tmp_path, planted())) as opened:
        train_zones(store=opened, place=PLACE, now=NOW, forecasters=QUICK)
        forecast_zones(store=opened, place=PLACE)
    out = amuna("explain", "--zone", "south", cwd=tmp_path, AMUNA_ZONES_MODELS="ridge").out
    for told in ("below the usual: a holiday", "Single inputs", "highest temperature", "kind of day"):
        assert told in out
    body = amuna("explain", "--zone", "south", "--reasons-only", "--json", cwd=tmp_path).json()
    assert [day["day"] for day in body["days"]][2] == "2022-06-02"
    assert "importance" not in body


def test_of_many_zones_every_third_hour_stands_for_its_neighbours(store: Store) -> None:
    grid = zone_grid(store=store, place=PLACE)
    trees = serving_zones(store)[1].fitted["trees"]
    assert isinstance(trees, FittedTrees)
    past = grid.data.history(trees.memories)
    rows = features(past, grid.days, grid.weather.values, np.arange(100, 130), lead=2)
    exact, many = trees.contributions(rows, lead=2), trees.contributions(np.tile(rows, (8, 1, 1, 1)), lead=2)
    assert many.shape == (24, *exact.shape[1:])
    assert np.array_equal(many[:3, :, 1::3], exact[:, :, 1::3])
    assert np.array_equal(many[:3, :, 0::3], exact[:, :, 1::3])
    daily = (each.mean(axis=2) @ grouping() for each in (exact, many[:3]))
    warmth = [each[..., 0] for each in daily]
    assert np.corrcoef(warmth[0].ravel(), warmth[1].ravel())[0, 1] > 0.98


def test_during_the_day_the_hours_since_midnight_are_a_reason(tmp_path: Path) -> None:
    noon = CUTOFF + timedelta(hours=12)
    high = pl.when(pl.col("observed_at") >= CUTOFF).then(1.2).otherwise(1.0)
    hours = town_hours(DAYS + 8).with_columns(north=pl.col("north") * high)
    with closing(town_store(tmp_path, hours, cutoff=noon)) as opened:
        train_zones(store=opened, place=PLACE, now=NOW, forecasters=[Ridge()])
        forecast_zones(store=opened, place=PLACE)
        today = {zone: day_of(opened, zone, ORIGIN) for zone in ("north", "south")}
    assert share_of(today["north"], "today") > 0.015
    assert abs(share_of(today["south"], "today")) < 0.01
    assert sum(one.part_m3h for one in today["north"].parts) == pytest.approx(
        today["north"].forecast_m3h - today["north"].usual_m3h
    )
    told = next(one for one in today["north"].parts if one.code == "today")
    assert reason_words(told) == ("un consumo alto desde medianoche", "high use since midnight")
