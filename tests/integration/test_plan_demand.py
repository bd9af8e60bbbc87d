"""`amuna plan-demand` on stores whose truth is known: usual weather, losses by zone, three years tried, doors and errors."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from tests.integration.conftest import Amuna

from amuna.domain.errors import NotEnoughData, NotFound, UnknownSetting, WrongPeriod
from amuna.domain.table import INSTANT
from amuna.domain.tables import ACCOUNTS, CONSUMPTION, WEATHER
from amuna.domain.zone_tables import FLOWS, ZONES
from amuna.forecasting.longterm.drivers import EFFECTS as EFFECT_NAMES
from amuna.forecasting.longterm.drivers import certain
from amuna.forecasting.longterm.population import inei
from amuna.forecasting.longterm.scenarios import BASE, STANDARD
from amuna.serve.report.plan_words import EFFECTS, SCENARIOS, largest_sentence, proof_sentence
from amuna.store.duckdb_store import open_store
from amuna.workflows.plan_demand import plan_demand
from amuna.workflows.views.planning_record import PlanningRecord, planning_record

LIMA = ZoneInfo("America/Lima")
DAYS, END = 3 * 365 + 40, date(2026, 1, 1)
START = END - timedelta(days=DAYS)
RECORDED = datetime(2026, 1, 2, tzinfo=UTC)
RESPONSE, WARMER = 0.02, 2.0  # what a degree does, and how much warmer the last year is [degC]
USE = {"A": {"household": 900.0, "commercial": 100.0}, "B": {"household": 400.0}, None: {"household": 50.0}}


def temperature() -> np.ndarray:
    """By day: a season, weather, and a last year that is warmer."""
    day = np.arange(DAYS)
    weather = np.convolve(np.random.default_rng(2).standard_normal(DAYS + 4), np.ones(5) / 3, "valid")
    return 19 + 4 * np.sin(2 * np.pi * day / 365) + weather + WARMER * (day >= DAYS - 365)


def use_of_day(*, weather: bool) -> np.ndarray:
    """Share of the usual by day."""
    if not weather:
        return np.ones(DAYS)
    return (1 + RESPONSE) ** (temperature() - 19) * np.exp(
        0.005 * np.random.default_rng(3).standard_normal(DAYS)
    )


def filled(path: Path, *, days: int = DAYS, weather: bool = False, flows: bool = False) -> PlanningRecord:
    """A store of three zones, and the record that is read from it."""
    stamp = {"recorded_at": pl.lit(RECORDED, INSTANT), "batch_id": pl.lit("b")}
    accounts = [
        (f"{zone}-{segment}-{n}", segment, zone)
        for zone, kinds in USE.items()
        for segment in kinds
        for n in range(4)
    ]
    people = pl.DataFrame(
        accounts, schema={"account_id": pl.String, "segment": pl.String, "zone_id": pl.String}, orient="row"
    ).with_columns(longitude=pl.lit(None, pl.Float64), latitude=pl.lit(None, pl.Float64))
    share = pl.DataFrame(
        {"day": pl.date_range(START, END, closed="left", eager=True), "share": use_of_day(weather=weather)}
    ).tail(days)
    usual = pl.DataFrame(
        [(name, USE[zone][segment] / 4 / 365) for name, segment, zone in accounts],
        schema={"account_id": pl.String, "usual": pl.Float64},
        orient="row",
    )
    rows = usual.join(share, how="cross").select(
        "account_id", "day", consumption_m3=pl.col("usual") * pl.col("share"), flag=pl.lit("ok"), **stamp
    )
    store = open_store(path)
    try:
        store.upsert(ACCOUNTS, people)
        store.upsert(CONSUMPTION, rows)
        if weather:
            store.upsert(WEATHER, weather_rows())
        if flows:
            store.upsert(ZONES, zone_rows())
            store.upsert(FLOWS, flow_rows())
        return planning_record(store, zone=LIMA)
    finally:
        store.close()


def hours(first: date, count: int) -> pl.Series:
    start = datetime.combine(first, time(), LIMA).astimezone(UTC)
    return pl.datetime_range(
        start, start + timedelta(hours=24 * count), "1h", closed="left", eager=True, time_zone="UTC"
    ).cast(INSTANT)


def weather_rows() -> pl.DataFrame:
    empty = {
        name: pl.lit(None, pl.Float64)
        for name in ("apparent_temperature_c", "humidity_percent", "rain_mm", "wind_kmh")
    }
    told = pl.DataFrame({"observed_at": hours(START, DAYS), "temperature_c": np.repeat(temperature(), 24)})
    return told.select(
        pl.lit("lima").alias("place_id"), "observed_at", "temperature_c", **empty,
        kind=pl.lit("observed"), recorded_at=pl.lit(RECORDED, INSTANT), batch_id=pl.lit("b"),
    )  # fmt: skip


def zone_rows() -> pl.DataFrame:
    """A source S that feeds A and B."""
    parents = {"S": None, "A": "S", "B": "S"}
    return ZONES.frame(
        [
            {column.name: None for column in ZONES.columns}
            | {"zone_id": name, "name": name, "kind": "dma", "parent_id": parent}
            for name, parent in parents.items()
        ]
    )


def flow_rows() -> pl.DataFrame:
    """Inflow of the source and of A; B's own meter is not there."""
    when = hours(END - timedelta(days=365), 365)
    inflow = {"S": 2000.0, "A": 1250.0}
    return pl.concat(
        pl.DataFrame({"observed_at": when}).select(
            pl.lit(name).alias("zone_id"), "observed_at", flow_m3h=pl.lit(volume / 8760),
            recorded_at=pl.lit(RECORDED, INSTANT), batch_id=pl.lit("b"),
        )
        for name, volume in inflow.items()
    )  # fmt: skip


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> PlanningRecord:
    return filled(tmp_path_factory.mktemp("plan") / "amuna.duckdb")


def test_the_base_year_is_the_last_full_year_by_zone_and_kind(plain: PlanningRecord) -> None:
    assert [year.year for year in plain.years] == [2023, 2024, 2025]
    base = plain.base
    assert (base.first_day, base.last_day) == (date(2025, 1, 1), date(2025, 12, 31))
    assert base.zones == ("A", "B", "unknown")
    assert base.household_m3 == pytest.approx([900, 400, 50])
    assert base.other_m3 == pytest.approx([100, 0, 0])
    assert not base.losses_known
    assert (plain.temperature_percent_per_c, plain.anomalies_c[-1], plain.hot_days) == (None, None, None)


def test_days_that_are_missing_do_not_tilt_the_year(tmp_path: Path) -> None:
    store = open_store(tmp_path / "amuna.duckdb")
    days = pl.date_range(END - timedelta(days=365), END, closed="left", eager=True)
    season = 1 + 0.5 * (days.dt.month() <= 3).cast(pl.Float64)
    rows = pl.DataFrame({"day": days, "consumption_m3": season}).filter(
        ~pl.col("day").is_between(date(2025, 1, 5), date(2025, 2, 20))
    )
    told = rows.select(
        pl.lit("a").alias("account_id"), "day", "consumption_m3", flag=pl.lit("ok"),
        recorded_at=pl.lit(RECORDED, INSTANT), batch_id=pl.lit("b"),
    )  # fmt: skip
    store.upsert(CONSUMPTION, told)
    first = pl.DataFrame(told.head(1)).with_columns(day=pl.lit(END - timedelta(days=365)))
    store.upsert(CONSUMPTION, first)
    record = planning_record(store, zone=LIMA)
    assert record.base.total_m3 == pytest.approx(float(season.sum()))
    store.close()


def test_weather_is_measured_and_taken_out_of_the_base_year(tmp_path: Path) -> None:
    record = filled(tmp_path / "amuna.duckdb", weather=True)
    found = record.temperature_percent_per_c
    assert found is not None
    assert found.central == pytest.approx(100 * RESPONSE, abs=0.1)
    assert found.high - found.low < 1
    assert record.anomalies_c[-1] == pytest.approx(WARMER * 2 / 3, abs=0.2)
    volumes = [year.total_m3 for year in record.years]
    assert volumes == pytest.approx([volumes[0]] * 3, rel=0.01)  # else the last one is 4 % larger
    report = plan_demand(record, [BASE], population=inei())
    assert report.temperature_source == "record"
    assert report.temperature_percent_per_c == found


def test_losses_come_from_inflows_and_add_up_to_what_was_measured(tmp_path: Path) -> None:
    base = filled(tmp_path / "amuna.duckdb", days=400, flows=True).base
    assert base.losses_known
    assert base.network_loss_share == pytest.approx(0.3)
    assert base.loss_share == pytest.approx([0.2, 1 - 400 / 750, 0.3])
    assert base.zones_m3[:2].sum() == pytest.approx(2000)


def test_rows_have_ordered_quantiles_and_zones_of_their_own(plain: PlanningRecord) -> None:
    report = plan_demand(plain, STANDARD, population=inei(), years=4, each_zone=True)
    assert len(report.rows) == len(STANDARD) * 4 * (1 + 3)
    assert report.rows.filter(
        ~(
            (pl.col("low95_m3") < pl.col("low80_m3"))
            & (pl.col("low80_m3") < pl.col("forecast_m3"))
            & (pl.col("forecast_m3") < pl.col("high80_m3"))
            & (pl.col("high80_m3") < pl.col("high95_m3"))
        )
    ).is_empty()
    assert report.rows["forecast_m3_day"].to_numpy() * 365 == pytest.approx(
        report.rows["forecast_m3"].to_numpy()
    )
    last = report.rows.filter(pl.col("year") == 2029, pl.col("zone_id").is_null())
    middle = dict(last.select("scenario", "forecast_m3").iter_rows())
    assert middle["high_growth"] > middle["dry_hot"] > middle["base"] > middle["efficiency"]
    alone = plan_demand(plain, STANDARD, population=inei(), years=4, zone="B").rows
    assert alone.equals(report.rows.filter(pl.col("zone_id") == "B"))


def test_words_name_the_largest_driver_and_tell_what_was_tried(plain: PlanningRecord) -> None:
    report = plan_demand(plain, STANDARD, population=inei())
    assert largest_sentence(report, "base").en.startswith("Base: population growth is the largest")
    assert "crecimiento de la población" in largest_sentence(report, "base").es
    assert len(report.tried) == 3
    assert "3 of 3" in proof_sentence(report).en
    short = plan_demand(replace(plain, years=plain.years[1:]), [BASE], population=inei())
    assert "published values and not on this utility's record" in proof_sentence(short).en
    assert set(EFFECTS) == set(EFFECT_NAMES)
    assert set(SCENARIOS) == {scenario.name for scenario in STANDARD} | {"chosen"}


def test_what_cannot_be_planned_says_why(plain: PlanningRecord, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        plan_demand(plain, [BASE], population=inei(), zone="C")
    with pytest.raises(WrongPeriod, match="1 to 10"):
        plan_demand(plain, [BASE], population=inei(), years=11)
    target = replace(BASE, name="mine", losses_percent=certain(20.0))
    with pytest.raises(UnknownSetting, match="mine has losses_percent"):
        plan_demand(plain, [target], population=inei())
    told = plan_demand(plain, [target], population=inei(), losses_now_percent=30.0)
    assert told.loss_share == pytest.approx(0.3)
    assert told.measure == "system_input"
    assert told.base_m3 == pytest.approx(1450 / 0.7)
    with pytest.raises(NotEnoughData, match="300 days"):
        filled(tmp_path / "amuna.duckdb", days=300)


def test_the_command_tells_writes_and_refuses(amuna: Amuna, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    amuna("init", folder)
    (folder / "amuna.duckdb").unlink()
    filled(folder / "amuna.duckdb", days=400)
    told = amuna("-w", folder, "plan-demand", "--years", 3, COLUMNS="80")
    assert "80 % range [m³/year]" in told.out
    assert "published values and not on this utility's record" in told.out
    mine, people, out = (tmp_path / name for name in ("mine.toml", "people.csv", "rows.csv"))
    mine.write_text("[scenarios.mine]\nprice_percent = 5\n", encoding="utf-8")
    people.write_text(
        "zone_id,year,population\n"
        + "".join(f"{zone},{year},{100 + year - 2025}\n" for zone in "AB" for year in range(2025, 2028)),
        encoding="utf-8",
    )
    asked = ("-w", folder, "plan-demand", "--years", 2, "--scenarios", mine, "--scenario", "mine")
    found = amuna(*asked, "--population", people, "--out", out, "--json").json()
    assert found["growth_source"] == str(people)
    price = next(effect for effect in found["effects"] if effect["effect"] == "price")
    assert price["change_percent"] < -1
    assert pl.read_csv(out)["year"].to_list() == [2026, 2027]
    mine.write_text("[scenarios.mine]\nprice = 5\n", encoding="utf-8")
    refused = json.loads(amuna(*asked, "--json", code=78).out)["error"]
    assert "price_years" in refused["problem"] or "price_percent" in refused["problem"]
    people.write_text("zone_id,year,population\nA,2025,100\n", encoding="utf-8")
    amuna("-w", folder, "plan-demand", "--population", people, code=65)
    amuna("-w", folder, "plan-demand", "--population", tmp_path / "none.csv", code=66)
    assert "no zone 'C'" in amuna("-w", folder, "plan-demand", "--zone", "C", code=69).err
