"""Zones from a file of inflows to forecasts that were judged, and what a forecast says where data is bad."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.integration.conftest import SETTINGS, Amuna, take_in
from tests.zone_town import (
    CUTOFF,
    DAYS,
    PLACE,
    QUICK,
    ROME,
    ZONES,
    flow_rows,
    town_hours,
    town_store,
    weather_rows,
)

from amuna.domain.errors import NotEnoughData, NotFound
from amuna.domain.ports import Store
from amuna.domain.tables import RUNS, WEATHER
from amuna.domain.zone_tables import (
    FLOWS,
    ZONE_FORECASTS,
    ZONE_MODELS,
    ZONE_QUANTILE_COLUMNS,
    ZONE_SCORES,
)
from amuna.engines.threads import ThreadEngine
from amuna.feeds.rules import Rules
from amuna.forecasting.zones.members import DEFAULT, make
from amuna.forecasting.zones.port import ZoneForecaster
from amuna.lifecycle.policy import RefitPolicy
from amuna.store.duckdb_store import open_store
from amuna.store.postgres_store import open_postgres
from amuna.workflows.cycle import Ports, cycle_steps, training_steps, zone_steps
from amuna.workflows.jobs import Run, Step, run_steps
from amuna.workflows.status import status
from amuna.workflows.views.fleet import lineage
from amuna.workflows.zone_day import zone_day
from amuna.workflows.zone_forecast import ZoneForecastReport, forecast_zones
from amuna.workflows.zone_grid import zone_grid
from amuna.workflows.zone_score import score_zones, zone_accuracy
from amuna.workflows.zone_train import train_zones

NOW = datetime(2022, 6, 1, 4, tzinfo=UTC)
HOURS = town_hours(DAYS + 8)
Say = Callable[[pl.DataFrame], pl.DataFrame]
Widths = dict[str, float]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = town_store(tmp_path, HOURS)
    yield opened
    opened.close()


def trained(store: Store, forecasters: Sequence[ZoneForecaster] = QUICK) -> ZoneForecastReport:
    train_zones(store=store, place=PLACE, now=NOW, forecasters=forecasters)
    return forecast_zones(store=store, place=PLACE)


def widths(report: ZoneForecastReport) -> Widths:
    """Mean width of the 80 % interval over the mean forecast, by zone."""
    rows = report.rows.group_by("zone_id").agg(
        width=(pl.col("high80_m3h") - pl.col("low80_m3h")).mean() / pl.col("forecast_m3h").mean()
    )
    return dict(rows.iter_rows())


def status_of(report: ZoneForecastReport) -> dict[str, str]:
    return dict(report.rows.select("zone_id", "status").unique().iter_rows())


def error_of(report: ZoneForecastReport, zone: str, *, truth: str = "") -> float:
    """Mean absolute error over the mean inflow, of the zone or of one whose inflow is the truth."""
    seen = flow_rows(HOURS).filter(pl.col("zone_id") == (truth or zone)).select("observed_at", "flow_m3h")
    joined = report.rows.filter(pl.col("zone_id") == zone).join(seen, on="observed_at")
    assert len(joined) == 168
    miss = (joined["forecast_m3h"] - joined["flow_m3h"]).abs().mean()
    return float(miss) / float(joined["flow_m3h"].mean())  # type: ignore[arg-type]


def test_a_week_is_forecast_kept_and_judged(store: Store) -> None:
    made = trained(store)
    assert made.status == {"ok": 3}
    assert made.cutoff == CUTOFF
    assert store.read(ZONE_FORECASTS).sort(ZONE_FORECASTS.key).equals(made.rows.sort(ZONE_FORECASTS.key))
    assert made.rows.group_by("zone_id").len()["len"].to_list() == [168] * 3
    assert all(error_of(made, zone) < 0.06 for zone in ZONES)
    assert score_zones(store=store, time_zone=ROME).days == 0
    store.upsert(FLOWS, flow_rows(HOURS.filter(pl.col("observed_at") >= CUTOFF)))
    judged = score_zones(store=store, time_zone=ROME)
    assert judged.days == 21
    assert judged.zones["later_mae_m3h"].sum() < 0.8 * judged.zones["baseline_mae_m3h"].sum()
    assert judged.zones["coverage80"].is_between(0.6, 0.97).all()
    scores = store.read(ZONE_SCORES)
    assert sorted(scores["lead"].unique()) == list(range(1, 8))
    assert score_zones(store=store, time_zone=ROME).days == 21
    assert store.read(ZONE_SCORES).sort(ZONE_SCORES.key).equals(scores.sort(ZONE_SCORES.key))


@pytest.mark.parametrize("changes", [date(2022, 3, 27), date(2021, 10, 31)])
def test_last_week_is_repeated_by_the_local_clock_when_the_clocks_change(
    tmp_path: Path, changes: date
) -> None:
    cutoff = datetime.combine(changes - timedelta(days=1), time(), ROME).astimezone(UTC)
    at = pl.datetime_range(
        cutoff - timedelta(days=8),
        cutoff + timedelta(days=7),
        "1h",
        time_unit="us",
        time_zone="UTC",
        eager=True,
    )
    hour = at.dt.convert_time_zone(ROME.key).dt.hour().cast(pl.Float64)
    flows = pl.DataFrame({"zone_id": "south", "observed_at": at, "flow_m3h": hour})
    store = open_store(tmp_path / "clocks.duckdb")
    store.upsert(
        FLOWS, flows.with_columns(recorded_at=pl.lit(NOW).dt.cast_time_unit("us"), batch_id=pl.lit("b"))
    )
    ahead = flows.filter(observed >= cutoff).select(
        "zone_id",
        "observed_at",
        run_id=pl.lit("zones-a"),
        cutoff=pl.lit(cutoff).dt.cast_time_unit("us"),
        status=pl.lit("ok"),
        **{name: pl.lit(1.0) for name in ZONE_QUANTILE_COLUMNS.values()},
    )
    store.upsert(ZONE_FORECASTS, ahead.select(ZONE_FORECASTS.names))
    score_zones(store=store, time_zone=ROME)
    scores = store.read(ZONE_SCORES).filter(pl.col("day") != changes).sort("day")
    assert len(scores) >= 6
    assert set(scores["baseline_mae_m3h"]) == {0.0}
    store.close()


def test_forecasts_are_judged_however_late_their_hours_come(store: Store) -> None:
    trained(store, QUICK[:1])
    first, second = (HOURS.filter(observed >= CUTOFF).slice(start, 72) for start in (0, 72))
    store.upsert(FLOWS, flow_rows(first))
    assert score_zones(store=store, time_zone=ROME).days == 9
    much_later = HOURS.filter(observed >= CUTOFF - timedelta(days=1)).head(24)
    store.upsert(FLOWS, flow_rows(second))
    store.upsert(FLOWS, flow_rows(much_later.with_columns(observed + timedelta(days=40))))
    assert score_zones(store=store, time_zone=ROME).days == 18


def test_the_same_training_is_not_done_twice_and_a_newer_one_serves(store: Store) -> None:
    first = train_zones(store=store, place=PLACE, now=NOW, forecasters=QUICK)
    again = train_zones(store=store, place=PLACE, now=NOW, forecasters=QUICK)
    assert (again.run_id, again.already_trained) == (first.run_id, True)
    store.upsert(FLOWS, flow_rows(HOURS.filter(pl.col("observed_at") >= CUTOFF)))
    newer = train_zones(store=store, place=PLACE, now=NOW, forecasters=QUICK)
    assert newer.cutoff == first.cutoff + timedelta(days=8)
    serving = store.read(RUNS, where={"alias": "zones"})
    assert serving["run_id"].to_list() == [newer.run_id]
    parts = [store.count(ZONE_MODELS, where={"run_id": each.run_id}) for each in (first, newer)]
    assert 0 < parts[0] == parts[1]
    last = train_zones(store=store, place=PLACE, now=NOW, forecasters=QUICK[:1])
    assert set(store.read(ZONE_MODELS)["run_id"]) == {newer.run_id, last.run_id}


def test_a_training_tells_how_it_did_beside_the_baselines_on_days_it_had_not_seen(store: Store) -> None:
    made = train_zones(store=store, place=PLACE, now=NOW, forecasters=QUICK)
    assert made.models == ("ridge", "trees")
    for days in ("first", "later"):
        assert 0 < made.mae_m3h[days] < made.baseline_mae_m3h[days]
        assert sum(made.weights[days]) == pytest.approx(1)


def test_ten_days_are_forecast_by_profiles_alone(tmp_path: Path) -> None:
    store = town_store(tmp_path, HOURS.filter(pl.col("observed_at") >= CUTOFF - timedelta(days=10)))
    run = train_zones(store=store, place=PLACE, now=NOW, forecasters=QUICK)
    made = forecast_zones(store=store, place=PLACE)
    assert (run.models, run.days, made.status) == ((), 10, {"short_history": 3})
    assert made.rows["forecast_m3h"].is_finite().all()
    assert all(error_of(made, zone) < 0.15 for zone in ZONES)
    store.close()


def test_a_run_of_zones_is_none_of_the_accounts(store: Store) -> None:
    trained(store)
    assert lineage(store=store).is_empty()
    assert status(store=store).run_id is None


def test_a_cutoff_in_the_middle_of_a_day_is_followed_by_168_hours(store: Store) -> None:
    train_zones(store=store, place=PLACE, now=NOW, forecasters=QUICK)
    cutoff = CUTOFF - timedelta(hours=14)
    made = forecast_zones(store=store, place=PLACE, cutoff=cutoff)
    hours = made.rows.filter(pl.col("zone_id") == "north")["observed_at"].sort()
    assert (hours[0], hours[-1], len(hours)) == (cutoff, cutoff + timedelta(hours=167), 168)


def test_the_hours_since_midnight_lift_the_rest_of_the_week_and_later_ones_change_nothing(
    store: Store,
) -> None:
    train_zones(store=store, place=PLACE, now=NOW, forecasters=QUICK)
    noon = CUTOFF + timedelta(hours=12)
    today = HOURS.filter(pl.col("observed_at").is_between(CUTOFF, noon, closed="left"))
    weeks = {}
    for share in (1.0, 1.1):
        store.upsert(FLOWS, flow_rows(today.with_columns(pl.col("south") * share)))
        weeks[share] = forecast_zones(store=store, place=PLACE, zone="south").rows.sort("observed_at")
    rise = (weeks[1.1]["forecast_m3h"] - weeks[1.0]["forecast_m3h"]) / weeks[1.0]["forecast_m3h"].mean()
    assert weeks[1.1]["observed_at"][0] == noon
    assert rise[0] > rise[-1] > 0.01
    store.upsert(FLOWS, flow_rows(HOURS.filter(pl.col("observed_at") >= noon)))
    again = forecast_zones(store=store, place=PLACE, zone="south", cutoff=noon).rows.sort("observed_at")
    assert again["forecast_m3h"].equals(weeks[1.1]["forecast_m3h"])


@pytest.mark.parametrize(
    ("cutoff", "day", "hours"),
    [
        (datetime(2022, 3, 25, 23, tzinfo=UTC), date(2022, 3, 27), 23),
        (datetime(2021, 10, 28, 22, tzinfo=UTC), date(2021, 10, 31), 25),
    ],
)
def test_a_day_of_23_or_25_hours_has_as_many_forecasts(
    tmp_path: Path, cutoff: datetime, day: date, hours: int
) -> None:
    shifted = HOURS.with_columns(pl.col("observed_at") + (cutoff - CUTOFF))
    store = town_store(tmp_path, shifted, cutoff=cutoff)
    made = trained(store)
    local = pl.col("observed_at").dt.convert_time_zone("Europe/Rome").dt.date()
    rows = made.rows.filter(local == day, pl.col("zone_id") == "south").sort("observed_at")
    assert len(rows) == hours
    assert rows["forecast_m3h"].is_finite().all()
    assert made.status == {"ok": 3}
    twice = rows.filter(pl.col("observed_at").dt.convert_time_zone("Europe/Rome").dt.hour().is_duplicated())
    assert len(twice) == max(0, 2 * (hours - 24))
    assert twice["forecast_m3h"].n_unique() <= 1
    store.close()


def test_an_hour_that_came_twice_enters_as_its_mean(tmp_path: Path) -> None:
    cutoff = datetime(2021, 11, 3, 23, tzinfo=UTC)
    hours = HOURS.with_columns(pl.col("observed_at") + (cutoff - CUTOFF))
    twice = pl.col("observed_at").is_in(
        [datetime(2021, 10, 31, 0, tzinfo=UTC), datetime(2021, 10, 31, 1, tzinfo=UTC)]
    )
    rising = pl.when(twice).then(pl.col("observed_at").dt.hour() * 10.0).otherwise(pl.col("north"))
    store = town_store(tmp_path, hours.with_columns(north=rising), cutoff=cutoff)
    grid = zone_grid(store=store, place=PLACE)
    assert grid.flow[0, (date(2021, 10, 31) - grid.first).days, 2] == 5
    store.close()


observed = pl.col("observed_at")
# Zones that are the south but for what is missing, what is told of them, and how far off they may be.
TROUBLES = {
    "new": (observed >= CUTOFF - timedelta(days=7), "short_history", 0.15),
    "newest": (observed >= CUTOFF - timedelta(days=3), "too_short", 0.2),
    "gone": (~observed.is_between(CUTOFF - timedelta(days=45), CUTOFF - timedelta(days=15)), "gap", 0.08),
    "stopped": (observed < CUTOFF - timedelta(days=4), "gap", 0.08),
}


@pytest.fixture(params=DEFAULT)
def member(request: pytest.FixtureRequest) -> ZoneForecaster:
    """Each of the models that are combined by themselves, alone."""
    quick = {each.name: each for each in QUICK}
    return quick.get(request.param) or make((request.param,))[0]


def test_zones_with_bad_inflows_and_bad_weather_are_forecast_with_their_status_and_wider_ranges(
    store: Store, member: ZoneForecaster
) -> None:
    south = flow_rows(HOURS).filter(pl.col("zone_id") == "south", observed < CUTOFF)
    for zone, (known, _, _) in TROUBLES.items():
        store.upsert(FLOWS, south.filter(known).with_columns(zone_id=pl.lit(zone)))
    usual = trained(store, (member,))
    told = {zone: status for zone, (_, status, _) in TROUBLES.items()}
    assert status_of(usual) == dict.fromkeys(ZONES, "ok") | told
    for zone, (_, _, limit) in TROUBLES.items():
        assert error_of(usual, zone, truth="south") < limit
        assert widths(usual)[zone] > 1.15 * widths(usual)["south"]
    for say in (_ends, _late, _absurd):
        store.delete(WEATHER, where={"place_id": "town"})
        store.upsert(WEATHER, say(weather_rows(HOURS)))
        dry = forecast_zones(store=store, place=PLACE, known_at=CUTOFF)
        assert status_of(dry) == dict.fromkeys(ZONES, "no_weather") | told
        for zone in ZONES:
            assert error_of(dry, zone) < 0.1
            assert widths(dry)[zone] > 1.2 * widths(usual)[zone]


def _ends(weather: pl.DataFrame) -> pl.DataFrame:
    return weather.filter(pl.col("observed_at") < CUTOFF - timedelta(days=2))


def _late(weather: pl.DataFrame) -> pl.DataFrame:
    late = pl.when(pl.col("observed_at") >= CUTOFF - timedelta(days=1)).then(datetime(2022, 7, 1, tzinfo=UTC))
    return weather.with_columns(recorded_at=late.otherwise("recorded_at").cast(pl.Datetime("us", "UTC")))


def _absurd(weather: pl.DataFrame) -> pl.DataFrame:
    ahead = pl.col("observed_at") >= CUTOFF
    return weather.with_columns(
        temperature_c=pl.when(ahead).then(-999.0).otherwise("temperature_c"),
        humidity_percent=pl.when(ahead).then(1e9).otherwise("humidity_percent"),
    )


def test_a_zone_that_the_model_never_saw_is_forecast_beside_the_others(store: Store) -> None:
    train_zones(store=store, place=PLACE, now=NOW, forecasters=QUICK)
    known, status, _ = TROUBLES["new"]
    east = flow_rows(HOURS).filter(pl.col("zone_id") == "north", known, observed < CUTOFF)
    store.upsert(FLOWS, east.with_columns(zone_id=pl.lit("east")))
    made = forecast_zones(store=store, place=PLACE)
    assert status_of(made)["east"] == status
    assert made.status == {"ok": 3, "short_history": 1}
    assert widths(made)["east"] > 1.15 * widths(made)["north"]


def test_a_zone_that_nothing_is_heard_of_for_four_months_is_left_out_from_the_next_training_on(
    store: Store,
) -> None:
    train_zones(store=store, place=PLACE, now=NOW, forecasters=QUICK[:1])
    south = flow_rows(HOURS).filter(pl.col("zone_id") == "south")
    for zone, days in (("closed", 121), ("quiet", 119)):
        known = observed < CUTOFF - timedelta(days=days)
        store.upsert(FLOWS, south.filter(known).with_columns(zone_id=pl.lit(zone)))
    before = status_of(forecast_zones(store=store, place=PLACE))
    assert (before["quiet"], set(before)) == ("short_history", {*ZONES, "quiet"})
    train_zones(store=store, place=PLACE, now=NOW, forecasters=QUICK[:1])
    later = CUTOFF + timedelta(days=5)
    store.upsert(FLOWS, flow_rows(HOURS.filter(observed.is_between(CUTOFF, later, closed="left"))))
    assert set(status_of(forecast_zones(store=store, place=PLACE))) == {*ZONES, "quiet"}
    train_zones(store=store, place=PLACE, now=NOW, forecasters=QUICK[:1])
    assert set(status_of(forecast_zones(store=store, place=PLACE))) == set(ZONES)


def test_without_training_inflows_or_such_a_zone_the_remedy_is_told(tmp_path: Path, store: Store) -> None:
    with pytest.raises(NotEnoughData, match="amuna train zones"):
        forecast_zones(store=store, place=PLACE)
    train_zones(store=store, place=PLACE, now=NOW, forecasters=QUICK)
    with pytest.raises(NotFound):
        forecast_zones(store=store, place=PLACE, zone="nowhere")
    empty = open_store(tmp_path / "empty.duckdb")
    with pytest.raises(NotEnoughData, match=r"docs/feeds\.md"):
        train_zones(store=empty, place=PLACE, forecasters=QUICK, now=NOW)
    empty.close()


def ports(store: Store) -> Ports:
    return Ports(
        store,
        ThreadEngine(workers=1),
        SETTINGS,
        Rules(),
        RefitPolicy(),
        now=lambda: NOW,
        place=PLACE,
        zone_models=lambda: QUICK[:1],
    )


def test_without_inflows_the_step_of_the_zones_does_nothing(tmp_path: Path) -> None:
    empty = open_store(tmp_path / "empty.duckdb")
    [step] = zone_steps(ports(empty))
    assert step.run() is None
    assert (empty.count(ZONE_MODELS), empty.count(ZONE_FORECASTS)) == (0, 0)
    empty.close()


@pytest.mark.parametrize("steps", [lambda made: cycle_steps({}, made), training_steps])
def test_a_utility_without_accounts_has_its_zones_forecast(
    store: Store, steps: Callable[[Ports], list[Step]]
) -> None:
    run = Run("daily", NOW, "here:1")
    report = run_steps(steps(ports(store)), run, store=store, now=lambda: NOW)
    assert {step["status"] for step in report.steps} == {"ok"}
    assert store.count(ZONE_FORECASTS) == 504


def test_zones_are_forecast_though_accounts_wait_for_their_first_training(
    store: Store, rows: pl.DataFrame, tmp_path: Path
) -> None:
    take_in(store, rows.head(50), tmp_path)
    run = Run("daily", NOW, "here:1")
    report = run_steps(cycle_steps({}, ports(store)), run, store=store, now=lambda: NOW)
    states = [(step["step"], step["status"]) for step in report.steps]
    assert states == [("update", "waiting"), ("zones", "ok"), ("register", "ok")]
    assert store.count(ZONE_FORECASTS) == 504


def test_inflows_that_come_in_with_the_day_are_forecast_on_it(tmp_path: Path) -> None:
    empty = open_store(tmp_path / "empty.duckdb")
    steps = cycle_steps({}, ports(empty))
    empty.upsert(FLOWS, flow_rows(HOURS.filter(pl.col("observed_at") < CUTOFF)))
    run_steps(steps, Run("daily", NOW, "here:1"), store=empty, now=lambda: NOW)
    assert empty.count(ZONE_FORECASTS) == 504
    empty.close()


def test_a_day_trains_where_the_model_is_missing_or_a_week_old_and_forecasts(store: Store) -> None:
    first = zone_day(store=store, place=PLACE, forecasters=QUICK, now=NOW)
    assert (first.trained, first.zones, first.impaired) == (1, 3, 0)
    assert zone_day(store=store, place=PLACE, forecasters=QUICK, now=NOW).trained == 0
    store.upsert(FLOWS, flow_rows(HOURS.filter(pl.col("observed_at") >= CUTOFF)))
    later = zone_day(store=store, place=PLACE, forecasters=QUICK, now=NOW)
    assert (later.trained, later.judged) == (1, 21)


def test_a_model_is_a_week_old_after_seven_days_of_the_local_clock(store: Store) -> None:
    lima = replace(PLACE, time_zone=ZoneInfo("America/Lima"))
    trained = []
    week_later = datetime(
        2022, 6, 6, 5, tzinfo=UTC
    )  # midnight in Lima; the model has seen all days before 30 May
    for known_to in (CUTOFF, week_later - timedelta(hours=1), week_later):
        store.upsert(FLOWS, flow_rows(HOURS.filter(pl.col("observed_at") < known_to)))
        trained.append(zone_day(store=store, place=lima, forecasters=QUICK[:1], now=NOW).trained)
    assert trained == [1, 0, 1]


def test_over_postgresql_the_same_week_is_forecast_and_judged(
    store: Store, new_database: Callable[[], str]
) -> None:
    other = open_postgres(new_database())
    for table in (FLOWS, WEATHER):
        other.upsert(table, store.read(table))
    kept = ["zone_id", "observed_at", "low95_m3h", "forecast_m3h", "status"]
    made, again = (trained(each).rows.select(kept).sort(kept[:2]) for each in (store, other))
    assert again.equals(made)
    later = flow_rows(HOURS.filter(pl.col("observed_at") >= CUTOFF))
    for each in (store, other):
        each.upsert(FLOWS, later)
    judged = [zone_day(store=each, place=PLACE, forecasters=QUICK, now=NOW).judged for each in (store, other)]
    assert judged == [21, 21]
    assert_frame_equal(zone_accuracy(other), zone_accuracy(store))
    other.close()


def test_the_command_line_takes_a_file_to_a_forecast(amuna: Amuna, tmp_path: Path) -> None:
    local = pl.col("observed_at").dt.convert_time_zone("Europe/Rome").dt.strftime("%Y-%m-%d %H:%M:%S")
    rows = HOURS.filter(pl.col("observed_at") < CUTOFF).select(local.alias("datetime"), *ZONES)
    rows.write_csv(tmp_path / "inflow.csv")
    (tmp_path / "amuna.toml").write_text(
        '[utility]\ntime_zone = "Europe/Rome"\ncountry = "IT"\n'
        '[feeds.inflow]\nsource = "inflow.csv"\nkind = "flow"\nzone = "*"\ntime = "datetime"\n'
        'unit = "m3/h"\ntime_zone = "Europe/Rome"\n'
    )
    amuna("ingest", cwd=tmp_path)
    run = amuna("train", "zones", "--json", cwd=tmp_path).json()
    assert (run["zones"], run["models"][:2]) == (3, ["ridge", "trees"])
    made = amuna("forecast", "--zone", "all", "--out", "week.csv", "--json", cwd=tmp_path).json()
    assert (made["run_id"], made["rows"], made["status"]) == (run["run_id"], 504, {"no_weather": 3})
    assert len(pl.read_csv(tmp_path / "week.csv")) == 504
    assert "Zone south (no_weather)" in amuna("forecast", "--zone", "south", cwd=tmp_path).out
    assert amuna("evaluate", "--zones", "--json", cwd=tmp_path).json()["days"] == 0
