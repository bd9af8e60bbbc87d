"""Monitor: quiet over eight weeks of a stable utility, and loud within days of what it must find."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.integration.drifting import START, Spoil, bring_forward, commit, noon, the_day, utility

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, DRIFT, SCORES
from amuna.engines.threads import ThreadEngine
from amuna.forecasting.fleet import FleetSettings
from amuna.store.duckdb_store import open_store
from amuna.workflows.forecast import forecast
from amuna.workflows.monitor import MonitorReport, monitor
from amuna.workflows.train import train_fleet
from amuna.workflows.update import update

TRAINED = START + timedelta(days=190)
QUIET = TRAINED + timedelta(days=56)
WEEK = QUIET + timedelta(days=7)
SETTINGS = FleetSettings(horizon=7, billing_days=14, folds=1, origins=6)
a_fifth = pl.col("account_id").str.slice(-1).is_in(["3", "7"])


def renew(store: Store, cutoff: date) -> None:
    update(store=store, settings=SETTINGS, now=noon(cutoff))


def drifted(report: MonitorReport) -> set[tuple[str, str]]:
    return set(report.findings.filter(pl.col("drifted")).select("measure", "part").iter_rows())


@pytest.fixture(scope="module")
def rows() -> tuple[pl.DataFrame, pl.DataFrame]:
    return utility()


@pytest.fixture(scope="module")
def quiet(
    rows: tuple[pl.DataFrame, pl.DataFrame], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[MonitorReport]]:
    """A store after eight weeks of updates, and what monitor said on each of those days."""
    accounts, days = rows
    path = tmp_path_factory.mktemp("quiet") / "amuna.duckdb"
    store = open_store(path)
    store.upsert(ACCOUNTS, accounts)
    commit(store, days.filter(the_day < TRAINED), now=noon(TRAINED))
    train_fleet(store=store, engine=ThreadEngine(workers=2, slab=400), settings=SETTINGS, now=noon(TRAINED))
    forecast(store=store, horizon=SETTINGS.horizon, billing_days=SETTINGS.billing_days)
    reports: list[MonitorReport] = []

    def look(cutoff: date) -> None:
        renew(store, cutoff)
        reports.append(monitor(store=store, now=noon(cutoff)))

    bring_forward(store, days, TRAINED, QUIET, then=look)
    store.close()
    return path, reports


@pytest.fixture
def store(quiet: tuple[Path, list[MonitorReport]], tmp_path: Path) -> Iterator[Store]:
    opened = open_store(shutil.copy(quiet[0], tmp_path / "amuna.duckdb"))
    yield opened
    opened.close()


def days_until_found(
    store: Store, days: pl.DataFrame, spoil: Spoil, found: set[tuple[str, str]], *, updated: bool = False
) -> int:
    """Days after which all of these drift."""
    passed: list[int] = []

    def look(cutoff: date) -> None:
        if updated:
            renew(store, cutoff)
        if found <= drifted(monitor(store=store, now=noon(cutoff))):
            passed.append((cutoff - QUIET).days)

    bring_forward(store, days, QUIET, WEEK, then=look, spoil=spoil)
    return min(passed, default=99)


def test_a_stable_utility_gives_no_alarm_in_eight_weeks(quiet: tuple[Path, list[MonitorReport]]) -> None:
    reports = quiet[1]
    assert len(reports) == 56
    assert {report.cutoff: drifted(report) for report in reports if report.drifted} == {}
    judged = set(
        reports[-1].findings.filter(pl.col("limit").is_not_null()).select("measure", "part").iter_rows()
    )
    everywhere = {"psi", "level", "jumped", "bias", "size", "coverage80", "coverage95", "ratio"}
    assert judged >= {(measure, part) for measure in everywhere for part in ("", "household")}
    assert judged >= {
        (measure, "") for measure in ("rows", "missing", "vanished", "new", "late", "quarantined", "broken")
    }


def test_a_class_that_uses_a_third_more_is_found(
    store: Store, rows: tuple[pl.DataFrame, pl.DataFrame]
) -> None:
    accounts, days = rows
    homes = accounts.filter(pl.col("segment") == "household")["account_id"].implode()
    more = pl.when(pl.col("account_id").is_in(homes)).then(1.3).otherwise(1.0)

    def spoil(today: pl.DataFrame) -> pl.DataFrame:
        return today.with_columns(pl.col("consumption_m3") * more)

    assert (
        days_until_found(store, days, spoil, {("bias", "household"), ("level", "household")}, updated=True)
        <= 7
    )


def test_a_feed_that_loses_a_third_of_its_rows_is_found(
    store: Store, rows: tuple[pl.DataFrame, pl.DataFrame]
) -> None:
    def spoil(today: pl.DataFrame) -> pl.DataFrame:
        return today.filter(pl.int_range(pl.len()) % 3 != 0)

    assert days_until_found(store, rows[1], spoil, {("rows", "")}) <= 2


def test_accounts_that_fall_silent_are_found(store: Store, rows: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    def spoil(today: pl.DataFrame) -> pl.DataFrame:
        return today.filter(~a_fifth)

    found = {("vanished", ""), ("missing", ""), ("rows", "")}
    assert days_until_found(store, rows[1], spoil, found) <= 7


@pytest.mark.parametrize("factor", [0.0, 0.1, 10.0])
def test_a_meter_type_that_counts_wrong_is_found(
    store: Store, rows: tuple[pl.DataFrame, pl.DataFrame], factor: float
) -> None:
    def spoil(today: pl.DataFrame) -> pl.DataFrame:
        wrong = pl.when(a_fifth).then(factor).otherwise(1.0)
        return today.with_columns(pl.col("consumption_m3") * wrong)

    assert days_until_found(store, rows[1], spoil, {("jumped", ""), ("jumped", "household")}) <= 4


def test_rows_that_come_late_and_rows_refused_are_found(
    store: Store, rows: tuple[pl.DataFrame, pl.DataFrame]
) -> None:
    days, delay = rows[1], timedelta(days=5)
    for number in range(10):
        day = QUIET + timedelta(days=number)
        now = noon(day + timedelta(days=1))
        told_late = days.filter(a_fifth & (the_day == day - delay) & (the_day >= QUIET))
        told = pl.concat([days.filter(~a_fifth & (the_day == day)), told_late])
        recorded = pl.lit(now).cast(days.schema["recorded_at"])
        commit(store, told.with_columns(recorded_at=recorded), now=now, quarantined=10)
        report = monitor(store=store, now=now)
    assert drifted(report) >= {("late", ""), ("quarantined", "")}


def test_looking_again_replaces_the_findings_of_the_same_cutoff(store: Store) -> None:
    before = store.read(DRIFT).sort(DRIFT.key)
    again = monitor(store=store, now=noon(WEEK))
    after = store.read(DRIFT).sort(DRIFT.key)
    assert again.cutoff == QUIET
    assert_frame_equal(after.drop("checked_at"), before.drop("checked_at"))
    assert set(after.filter(pl.col("cutoff") == QUIET)["checked_at"]) == {noon(WEEK)}


def test_without_scores_only_the_data_is_judged(store: Store) -> None:
    store.delete(SCORES, where={"run_id": store.read(SCORES)["run_id"].unique()})
    kinds = monitor(store=store, now=noon(QUIET)).findings.filter(pl.col("measure") != "broken")
    assert set(kinds["kind"]) == {"data"}


def test_an_empty_store_says_what_to_do(tmp_path: Path) -> None:
    empty = open_store(tmp_path / "empty.duckdb")
    with pytest.raises(NotEnoughData, match="amuna ingest"):
        monitor(store=empty, now=noon(QUIET))
    empty.close()
