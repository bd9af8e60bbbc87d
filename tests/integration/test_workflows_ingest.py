"""Ingest: every row is accounted for, and days come out alike however their readings arrive."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.integration.conftest import CUTOFF, NOW, ROOT, SETTINGS, take_in, train

from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, CONSUMPTION, QUARANTINE, READINGS, REGISTER_EVENTS
from amuna.feeds.feed_map import FeedMap, require_recognised
from amuna.feeds.files import FileFeed, columns_of
from amuna.feeds.rules import Rules
from amuna.feeds.sql import SqlFeed
from amuna.feeds.sql_source import SqlSource
from amuna.simulation import FaultRates, UtilitySettings, simulate, write_feed
from amuna.store.duckdb_store import open_store
from amuna.workflows.check import check, quarantine
from amuna.workflows.ingest import IngestReport, ingest
from amuna.workflows.serving import serving
from amuna.workflows.update import update

HOURLY = ROOT.parent / "shared" / "data" / "accounts" / "daiad_alicante" / "hourly.parquet"
KEY = list(CONSUMPTION.key)
DIRTY = FaultRates(
    duplicate_rows=0.01, late_rows=0.02, corrected_rows=0.01, negative_rows=0.005, absurd_rows=2
)


def assert_adds_up(report: IngestReport) -> None:
    parts = (report.inserted, report.replaced, report.superseded, report.unchanged, report.duplicate)
    assert report.read == sum(parts) + report.quarantined
    assert sum(report.reasons.values()) == report.quarantined


def read_file(
    store: Store, file: Path, *, batch_rows: int = 2_000_000, now: datetime = NOW, zone: str = "America/Lima"
) -> IngestReport:
    feed_map = require_recognised(columns_of(file), source=str(file), time_zone=zone)
    feed = FileFeed(file, feed_map, batch_rows=batch_rows)
    report = ingest(feed, feed_map, store=store, rules=Rules(), now=lambda: now)
    assert_adds_up(report)
    return report


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A feed with every kind of dirt."""
    folder = tmp_path_factory.mktemp("dirty")
    utility = simulate(UtilitySettings(accounts=40, days=120, faults=DIRTY), seed=2)
    return write_feed(utility, folder, new_days=1, file_format="csv", with_truth=False).consumption


def current(store: Store) -> pl.DataFrame:
    return store.read(CONSUMPTION).drop("batch_id").sort(KEY)


@pytest.mark.parametrize("batch_rows", [97, 1_000])
def test_many_small_batches_leave_what_one_leaves(
    dirty: Path, store: Store, tmp_path: Path, batch_rows: int
) -> None:
    whole = open_store(tmp_path / "whole.duckdb")
    once = read_file(whole, dirty)
    many = read_file(store, dirty, batch_rows=batch_rows)

    assert (many.read, many.quarantined, many.reasons) == (once.read, once.quarantined, once.reasons)
    assert many.batches == -(-many.read // batch_rows)
    assert current(store).equals(current(whole))
    named = [name for name in QUARANTINE.names if name != "batch_id"]
    assert (
        store.read(QUARANTINE)
        .select(named)
        .sort("row")
        .equals(whole.read(QUARANTINE).select(named).sort("row"))
    )
    whole.close()


def test_every_row_of_a_dirty_file_is_accounted_for(dirty: Path, store: Store) -> None:
    report = read_file(store, dirty)
    batch = store.read(BATCHES).row(0, named=True)

    assert report.quarantined > 5
    assert report.duplicate > 10
    assert report.replaced > 10
    assert set(report.reasons) == {"negative", "impossible"}
    assert store.count(CONSUMPTION) == report.inserted
    assert store.count(QUARANTINE) == report.quarantined
    assert store.versions(CONSUMPTION).height == report.inserted + report.replaced + report.superseded
    assert batch["rows_read"] == report.read
    assert batch["rows_accepted"] + batch["rows_quarantined"] + batch["rows_duplicate"] == batch["rows_read"]


def test_the_same_file_again_gives_nothing(dirty: Path, store: Store) -> None:
    read_file(store, dirty)
    before = current(store)
    assert read_file(store, dirty, now=NOW + timedelta(days=1)).read == 0
    assert current(store).equals(before)


def test_quarantine_shows_the_reason_and_the_original_text(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "raw.csv"
    file.write_text(
        "ConsumptionDate;AccountOID;Consumption\n"
        "2024-01-01;a;100\n"
        "2024-01-02;a;-7\n"
        "2024-01-03;;100\n"
        "2024-13-45;a;100\n"
        "2024-01-05;a;[/red] no number\n"
        "2024-01-06;a;1;2;3\n"
        "2031-01-01;a;100\n",
        encoding="utf-8",
    )
    report = read_file(store, file)
    found = {row["row"]: row for row in quarantine(store=store).to_dicts()}

    assert (report.read, report.inserted, report.quarantined) == (7, 1, 6)
    reasons = {row: shown["reason"] for row, shown in found.items()}
    assert reasons == {
        3: "negative",
        4: "missing_account",
        5: "not_a_time",
        6: "not_a_number",
        7: "unparsable_row",
        8: "future",
    }
    assert json.loads(found[3]["original"])["Consumption"] == "-7"
    assert json.loads(found[6]["original"])["Consumption"] == "[/red] no number"
    assert json.loads(found[7]["original"]) == {"line": "2024-01-06;a;1;2;3"}
    assert all(shown["source"] == str(file) for shown in found.values())
    assert [row["reason"] for row in quarantine(store=store, reason="future").to_dicts()] == ["future"]
    assert quarantine(store=store, limit=2).height == 2


def test_a_file_that_is_written_anew_every_day_keeps_yesterdays_refused_rows(
    store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "new_day.csv"
    for day, value in ((1, -1), (2, -2)):
        file.write_text(
            f"ConsumptionDate,AccountOID,Consumption\n2024-01-0{day},a,100\n2024-01-0{day},b,{value}\n",
            encoding="utf-8",
        )
        assert read_file(store, file, now=NOW + timedelta(days=day)).quarantined == 1
    originals = [json.loads(text)["Consumption"] for text in quarantine(store=store)["original"]]
    assert originals == ["-2", "-1"]


def test_a_file_that_grows_is_read_on_and_refuses_its_rows_once(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "growing.csv"
    lines = [f"2024-01-{day:02d},a,{100 * day - 300}" for day in range(1, 9)]
    for count in (5, 8):
        file.write_text("\n".join(["ConsumptionDate,AccountOID,Consumption", *lines[:count]]), "utf-8")
        report = read_file(store, file, now=NOW + timedelta(days=count))
    assert (report.read, report.inserted, report.unchanged) == (8, 3, 3)
    assert store.count(CONSUMPTION) == 6
    assert store.count(QUARANTINE) == 2


@pytest.fixture(scope="module")
def hourly() -> pl.DataFrame:
    if not HOURLY.is_file():
        pytest.skip("../shared/data is absent")
    rows = pl.read_parquet(HOURLY)
    return rows.filter(pl.col("user_key").is_in(rows["user_key"].unique().sort().head(16).implode()))


def registers_of(
    parts: list[pl.DataFrame], folder: Path, *, batch_rows: int = 2_000_000
) -> list[pl.DataFrame]:
    store = open_store(folder / "registers.duckdb")
    for number, part in enumerate(parts):
        file = folder / f"part{number}.parquet"
        part.write_parquet(file)
        read_file(store, file, batch_rows=batch_rows, zone="Europe/Madrid", now=NOW + timedelta(hours=number))
    found = [
        store.read(CONSUMPTION).drop("recorded_at", "batch_id").sort(KEY),
        store.read(REGISTER_EVENTS).sort(REGISTER_EVENTS.key),
    ]
    store.close()
    return found


@pytest.fixture(scope="module")
def at_once(hourly: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> list[pl.DataFrame]:
    return registers_of([hourly], tmp_path_factory.mktemp("at_once"))


def assert_alike(found: list[pl.DataFrame], expected: list[pl.DataFrame]) -> None:
    assert found[0].select(*KEY, "flag").equals(expected[0].select(*KEY, "flag"))
    np.testing.assert_allclose(found[0]["consumption_m3"], expected[0]["consumption_m3"], atol=1e-9)
    assert found[1].equals(expected[1])


@pytest.mark.parametrize("seed", range(4))
def test_registers_in_two_halves_equal_the_whole(
    hourly: pl.DataFrame, at_once: list[pl.DataFrame], tmp_path: Path, seed: int
) -> None:
    by_time = hourly.sort("datetime", maintain_order=True)
    split = int(np.random.default_rng(seed).integers(1_000, by_time.height - 1_000))
    assert_alike(registers_of([by_time[:split], by_time[split:]], tmp_path), at_once)


@pytest.mark.parametrize("order", ["at midnight", "later half first", "shuffled", "small batches"])
def test_registers_in_any_order_equal_the_whole(
    hourly: pl.DataFrame, at_once: list[pl.DataFrame], tmp_path: Path, order: str
) -> None:
    by_time = hourly.sort("datetime", maintain_order=True)
    late = by_time.filter(pl.col("datetime") >= datetime(2016, 10, 10))  # noqa: DTZ001
    early = by_time.filter(pl.col("datetime") < datetime(2016, 10, 10))  # noqa: DTZ001
    shuffled = hourly.sample(fraction=1, shuffle=True, seed=1)
    parts = {
        "at midnight": [early, late],
        "later half first": [late, early],
        "shuffled": [shuffled[:60_000], shuffled[60_000:]],
        "small batches": [hourly],
    }[order]
    batch_rows = 30_011 if order == "small batches" else 2_000_000
    assert_alike(registers_of(parts, tmp_path, batch_rows=batch_rows), at_once)


def test_registers_day_by_day_lose_no_water(store: Store, tmp_path: Path) -> None:
    """A reading every six hours, one file a day: what crosses midnight and what fills a gap are both there."""
    instants = [datetime(2024, 1, 1, 3) + timedelta(hours=6 * n) for n in range(80)]  # noqa: DTZ001
    rows = pl.DataFrame(
        {"fecha": instants, "suministro": "s", "lectura_m3": [100 + 0.25 * n for n in range(80)]}
    ).filter(~pl.col("fecha").dt.day().is_in([9, 10]))
    for number, (_, day) in enumerate(rows.group_by(pl.col("fecha").dt.date(), maintain_order=True)):
        file = tmp_path / f"day{number}.parquet"
        day.write_parquet(file)
        read_file(store, file, now=NOW + timedelta(hours=number))
    days = store.read(CONSUMPTION).sort("day")

    assert days["day"].to_list() == pl.date_range(date(2024, 1, 1), date(2024, 1, 20), eager=True).to_list()
    assert days["consumption_m3"].sum() == pytest.approx(0.25 * 79)
    assert days["consumption_m3"][1:-1].to_list() == pytest.approx([1.0] * 18)
    assert days.filter(pl.col("flag") == "estimated")["day"].dt.day().to_list() == [9, 10]


def test_a_decision_that_later_readings_undo_is_taken_back(store: Store, tmp_path: Path) -> None:
    """A dial that seems reset at the end of a file, and is back in the next, was a faulty reading."""
    instants = [datetime(2024, 1, 1) + timedelta(hours=n) for n in range(200)]  # noqa: DTZ001
    dial = [5_000 + 0.02 * n for n in range(200)]
    dial[118:121] = [7.0] * 3
    rows = pl.DataFrame({"fecha": instants, "suministro": "s", "lectura_m3": dial})
    for number, part in enumerate((rows[:120], rows[120:])):
        file = tmp_path / f"part{number}.parquet"
        part.write_parquet(file)
        read_file(store, file, now=NOW + timedelta(hours=number), zone="UTC")
    events = store.read(REGISTER_EVENTS)
    days = store.read(CONSUMPTION).sort("day")

    assert events["decision"].to_list() == ["glitch"]
    assert days["consumption_m3"].sum() == pytest.approx(0.02 * 199)
    assert set(days["flag"][:-1]) == {"ok"}


def test_readings_said_again_renew_nothing(hourly: pl.DataFrame, store: Store, tmp_path: Path) -> None:
    part = hourly.filter(pl.col("user_key") == hourly["user_key"][0])
    for name in ("first", "again"):
        file = tmp_path / f"{name}.parquet"
        part.write_parquet(file)
        report = read_file(store, file, zone="Europe/Madrid", now=NOW + timedelta(hours=name == "again"))
    assert report.unchanged + report.duplicate == report.read
    assert report.register_decisions == {}
    assert store.versions(CONSUMPTION).height == store.count(CONSUMPTION)
    assert store.versions(READINGS).height == store.count(READINGS)


def table_of(file: Path, rows: pl.DataFrame) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS consumo (suministro TEXT, fecha TEXT, m3 REAL, registrado TEXT)"
        )
        connection.executemany("INSERT INTO consumo VALUES (?, ?, ?, ?)", rows.rows())


def test_a_database_is_read_in_increments_and_a_poll_without_news_changes_nothing(
    rows: pl.DataFrame, store: Store, tmp_path: Path
) -> None:
    asked = rows.select(
        "AccountOID",
        pl.col("ConsumptionDate").cast(pl.String),
        pl.col("Consumption") / 1_000,
        pl.col("RecordedAt").dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    file = tmp_path / "billing.db"
    past = asked.filter(rows["ConsumptionDate"] < CUTOFF)
    table_of(file, past)
    feed_map = FeedMap("suministro", "fecha", "m3", time_zone="America/Lima", recorded="registrado")

    def poll(hours: int) -> IngestReport:
        feed = SqlFeed(SqlSource(f"sqlite:///{file}", "SELECT * FROM consumo", chunk_rows=1_000), feed_map)
        moment = NOW + timedelta(hours=hours)
        report = ingest(feed, feed_map, store=store, rules=Rules(), now=lambda: moment)
        assert_adds_up(report)
        return report

    accounts = past["AccountOID"].n_unique()
    assert poll(0).inserted == past.height
    train(store, now=NOW + timedelta(hours=1))
    idle = poll(2)
    assert (idle.inserted, idle.read, idle.unchanged) == (0, accounts, accounts)
    assert update(store=store, settings=SETTINGS, now=NOW + timedelta(hours=3)).restated == 0

    table_of(file, asked.filter(rows["ConsumptionDate"] == CUTOFF))
    news = poll(4)
    new = asked.filter(rows["ConsumptionDate"] == CUTOFF).height
    assert (news.inserted, news.read) == (new, accounts + new)
    done = update(store=store, settings=SETTINGS, now=NOW + timedelta(hours=5))
    assert (done.rows, done.restated, done.days) == (new, 0, 1)
    assert serving(store).cutoff == CUTOFF + timedelta(days=1)


def test_the_longest_and_oddest_names_go_through(store: Store, tmp_path: Path) -> None:
    names = ["ñandú", "a'b\"c", "[bold]x[/bold]", "x" * 500, "0012", "💧", "; DROP TABLE consumption"]
    frame = pl.DataFrame(
        {
            "ConsumptionDate": [date(2024, 1, 1)] * len(names),
            "AccountOID": names,
            "Consumption": [100] * len(names),
        }
    )
    take_in(store, frame, tmp_path)
    assert sorted(store.read(CONSUMPTION)["account_id"]) == sorted(names)
    assert check(store=store).accounts == len(names)


def test_check_counts_what_was_put_in(store: Store, tmp_path: Path) -> None:
    days = pl.date_range(date(2024, 1, 1), date(2024, 3, 1), eager=True)
    steady = pl.DataFrame({"ConsumptionDate": days, "AccountOID": "steady", "Consumption": 1_000})
    holes = pl.DataFrame({"ConsumptionDate": days, "AccountOID": "holes", "Consumption": 0}).filter(
        pl.int_range(pl.len()) % 10 != 5
    )
    peak = pl.DataFrame(
        {"ConsumptionDate": days, "AccountOID": "peak", "Consumption": [100] * 60 + [20_000]},
        schema_overrides={"Consumption": pl.Int32},
    )
    silent = steady.head(20).with_columns(AccountOID=pl.lit("silent"))
    take_in(store, pl.concat([steady, holes, peak, silent, steady.head(3)]), tmp_path)
    corrected = steady.head(2).with_columns(Consumption=pl.lit(1_500))
    take_in(store, corrected, tmp_path, now=datetime(2025, 4, 1, tzinfo=UTC), name="corrected")
    report = check(store=store)

    assert (report.accounts, report.rows) == (4, 61 * 3 - 6 + 20)
    assert (report.first_day, report.last_day) == (date(2024, 1, 1), date(2024, 3, 1))
    assert (report.missing_days, report.zero_days, report.outlier_days) == (6, 55, 1)
    assert (report.corrected_days, report.duplicate_rows, report.silent_accounts) == (2, 3, 1)
    assert report.worst["account_id"][0] == "holes"


def test_check_of_an_empty_store(store: Store) -> None:
    report = check(store=store)
    assert (report.accounts, report.rows, report.first_day, report.missing_days) == (0, 0, None, 0)
    assert report.worst.is_empty()
