"""A utility's day: every step in order, and the same day twice changes nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.integration.conftest import CUTOFF, NEW_DAYS, NOW, SETTINGS, Amuna

from amuna.domain.job_tables import JOBS
from amuna.domain.ports import Store
from amuna.domain.table import Table
from amuna.domain.tables import TABLES
from amuna.engines.threads import ThreadEngine
from amuna.feeds.feed_map import require_recognised
from amuna.feeds.files import FileFeed, columns_of
from amuna.feeds.rules import Rules
from amuna.lifecycle.policy import RefitPolicy
from amuna.workflows import cycle
from amuna.workflows.cycle import DAY, TRAINING, Opened, Ports, cycle_steps, refresh_steps, training_steps
from amuna.workflows.jobs import Run, RunReport, run_steps

STEPS = [name for name in DAY if name != "zones"]  # no place is known


def ports(store: Store) -> Ports:
    engine = ThreadEngine(workers=2, slab=20)
    return Ports(store, engine, SETTINGS, Rules(), RefitPolicy(), now=lambda: NOW + timedelta(days=1))


def opened(file: Path) -> Opened:
    feed_map = require_recognised(columns_of(file), source=str(file), time_zone="America/Lima")
    return lambda: [(FileFeed(file, feed_map), feed_map)]


def a_day(store: Store, file: Path, *, days: int = 1) -> RunReport:
    run = Run("cycle", NOW + timedelta(days=days), "here:1")
    return run_steps(
        cycle_steps({"billing": opened(file)}, ports(store)), run, store=store, now=lambda: run.run_at
    )


def contents(store: Store) -> dict[str, pl.DataFrame]:
    """Every table but the record of the runs themselves."""
    return {table.name: _sorted(store, table) for table in TABLES if table is not JOBS}


def _sorted(store: Store, table: Table) -> pl.DataFrame:
    return store.read(table).sort(table.key).drop("checked_at", strict=False)


@pytest.fixture
def new_days(rows: pl.DataFrame, tmp_path: Path) -> Path:
    file = tmp_path / "new.parquet"
    rows.filter(pl.col("ConsumptionDate") >= CUTOFF).write_parquet(file)
    return file


def test_the_day_takes_everything_in_and_the_same_day_twice_changes_nothing(
    trained: Store, new_days: Path
) -> None:
    first = a_day(trained, new_days)
    assert [step["step"] for step in first.steps] == STEPS
    assert first.status == "ok", first.steps
    assert str(first.steps[0]["message"]).startswith("sources 1, read 53")
    once = contents(trained)
    again = a_day(trained, new_days, days=2)
    assert (again.status, len(again.steps)) == ("ok", len(STEPS))
    twice = contents(trained)
    assert [name for name, rows in once.items() if not rows.equals(twice[name])] == []
    assert once["states"]["cutoff"].unique().to_list() == [CUTOFF + timedelta(days=NEW_DAYS)]
    assert once["forecasts"]["account_id"].n_unique() == 54


def test_shards_together_do_what_one_does(
    trained: Store, new_days: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cycle, "SHARD_ACCOUNTS", 20)
    report = a_day(trained, new_days)
    steps = [step["step"] for step in report.steps]
    assert (report.status, steps.count("update"), steps.count("refit")) == ("ok", 3, 3)
    assert trained.query("SELECT COUNT(DISTINCT cutoff) FROM states").item() == 1
    assert trained.query("SELECT COUNT(DISTINCT account_id) FROM states").item() == 54


def test_a_feed_that_cannot_be_read_keeps_nobody_else_waiting(trained: Store, new_days: Path) -> None:
    feeds = {"gone": opened(new_days), "billing": opened(new_days)}
    missing = new_days.with_name("missing.parquet")
    feed_map = require_recognised(columns_of(new_days), source="x", time_zone="America/Lima")
    feeds["gone"] = lambda: [(FileFeed(missing, feed_map), feed_map)]
    steps = cycle_steps(feeds, ports(trained))[:3]
    report = run_steps(steps, Run("cycle", NOW, "here:1"), store=trained, now=lambda: NOW)
    assert [(step["shard"], step["status"]) for step in report.steps] == [
        ("gone", "error"),
        ("billing", "ok"),
        ("", "ok"),
    ]
    assert "missing.parquet" in str(report.steps[0]["message"])


def test_what_comes_in_before_a_model_serves_trains_the_first(store: Store) -> None:
    assert [step.name for step in refresh_steps(ports(store))] == [
        "train",
        "forecast",
        "reconcile",
        "alarms",
        "register",
    ]
    run = Run("weekly", NOW, "here:1")
    report = run_steps(training_steps(ports(store)), run, store=store, now=lambda: NOW)
    assert report.status == "waiting"
    assert "amuna ingest" in str(report.steps[0]["message"])


def test_what_comes_in_later_is_taken_into_the_models(trained: Store) -> None:
    assert [step.name for step in refresh_steps(ports(trained))] == ["update", "alarms"]


def test_one_step_by_itself_fails_with_the_code_of_its_failure(amuna: Amuna, tmp_path: Path) -> None:
    amuna("init", cwd=tmp_path)
    assert amuna("cycle", "--step", "zones", "--json", cwd=tmp_path).json() == {
        "step": "zones",
        "done": [{"shard": ""}],
    }
    untrained = amuna("cycle", "--step", "update", "--accounts", "A..B", "--json", cwd=tmp_path, code=69)
    assert untrained.json()["error"]["type"] == "NotEnoughData"
    unknown = amuna("cycle", "--step", "water", cwd=tmp_path, code=78)
    assert all(name in unknown.err for name in (*DAY, *TRAINING))
    amuna("cycle", "--accounts", "A..B", cwd=tmp_path, code=2)
