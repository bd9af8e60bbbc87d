"""Replay: history first, then day by day in order, each day updating what serves; taken up where it was left."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.integration.conftest import NOW, SETTINGS, Amuna, train

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, CONSUMPTION, UPDATES
from amuna.feeds.feed_map import require_recognised
from amuna.feeds.files import FileFeed, columns_of
from amuna.feeds.rules import Rules
from amuna.workflows.replay import (
    History,
    Pace,
    day_messages,
    into_store,
    load_base,
    read_history,
    stream,
)

DAYS = 10


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Ten days of two accounts, the file in no order, one row without a day."""
    rows = [
        {
            "ConsumptionDate": (date(2024, 1, 1) + timedelta(day)).isoformat(),
            "AccountOID": name,
            "Consumption": 100.0 * day,
        }
        for name in ("b", "a")
        for day in range(DAYS)
    ]
    rows.append({"ConsumptionDate": "soon", "AccountOID": "a", "Consumption": 1.0})
    path = tmp_path / "file.csv"
    pl.DataFrame(rows).sample(fraction=1.0, shuffle=True, seed=1).write_csv(path)
    feed_map = require_recognised(columns_of(path), source=str(path))
    return read_history(FileFeed(path, feed_map), feed_map, now=NOW)


def test_history_goes_in_first_and_the_rest_day_by_day(history: History, store: Store) -> None:
    loaded = load_base(history, 0.35, store=store, rules=Rules(), now=lambda: NOW)
    assert (loaded.inserted, loaded.quarantined) == (8, 1)
    seen: list[int] = []
    deliver = into_store(
        history,
        store=store,
        rules=Rules(),
        now=lambda: NOW,
        after_day=lambda: seen.append(store.count(CONSUMPTION)),
    )
    assert stream(history, 0.35, deliver=deliver) == (6, 12, date(2024, 1, 10))
    assert seen == [10, 12, 14, 16, 18, 20]
    marks = store.read(BATCHES).sort("committed_at")["watermark"].to_list()
    assert marks == [(date(2024, 1, 4) + timedelta(day)).isoformat() for day in range(7)]


def test_a_replay_goes_on_where_it_was_left(history: History, store: Store) -> None:
    terms = {"store": store, "rules": Rules(), "now": lambda: NOW}
    load_base(history, 0.2, **terms)  # type: ignore[arg-type]
    deliver = into_store(history, **terms, after_day=lambda: None)  # type: ignore[arg-type]
    assert stream(history, 0.2, deliver=deliver, pace=Pace(most_days=3))[2] == date(2024, 1, 5)
    assert load_base(history, 0.2, **terms).read == 0  # type: ignore[arg-type]
    assert stream(history, 0.2, deliver=deliver) == (5, 10, date(2024, 1, 10))


def test_the_pace_is_kept_and_a_stop_is_heard(history: History) -> None:
    pauses: list[float] = []
    pace = Pace(2.0, None, pauses.append, lambda: len(pauses) == 3)
    assert stream(history, 0.2, deliver=lambda _day: 1, pace=pace)[0] == 3
    assert pauses == pytest.approx([0.5] * 3, abs=0.1)


def test_a_day_sent_before_is_sent_again(history: History) -> None:
    sent: list[date] = []
    stream(history, 0.2, deliver=lambda day: sent.append(day) or 1, after=date(2024, 1, 9))
    assert sent == [date(2024, 1, 9), date(2024, 1, 10)]


def test_messages_are_the_rows_of_the_file_keyed_by_account(history: History) -> None:
    found = {key: json.loads(value) for key, value in day_messages(history, date(2024, 1, 3))}
    assert found == {
        name.encode(): {"ConsumptionDate": "2024-01-03", "AccountOID": name, "Consumption": "200.0"}
        for name in ("a", "b")
    }


def test_a_file_without_days_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("ConsumptionDate,AccountOID,Consumption\nsoon,a,1\n")
    feed_map = require_recognised(columns_of(path), source=str(path))
    with pytest.raises(NotEnoughData, match="no row with a day"):
        read_history(FileFeed(path, feed_map), feed_map, now=NOW)


def test_each_day_updates_the_model_that_serves(rows: pl.DataFrame, tmp_path: Path, amuna: Amuna) -> None:
    from amuna.store.duckdb_store import open_store

    usual = rows.filter(pl.col("AccountOID") != "three_days_old").drop("RecordedAt")
    usual.write_parquet(tmp_path / "f.parquet")
    (tmp_path / "amuna.toml").write_text("")
    replay = ("-w", tmp_path, "replay", tmp_path / "f.parquet", "--base", 0.97, "--json")
    assert amuna(*replay, "--days", 0).json()["streamed_days"] == 0
    store = open_store(tmp_path / "amuna.duckdb")
    train(store, settings=SETTINGS)
    before = store.count(UPDATES)
    store.close()
    report = amuna(*replay, "--days", 2).json()
    assert report["streamed_days"] == 2
    assert report["base_rows"] == 0
    store = open_store(tmp_path / "amuna.duckdb")
    cutoffs = store.query("SELECT cutoff FROM updates ORDER BY cutoff")["cutoff"].to_list()
    store.close()
    last = date.fromisoformat(report["last_day"])
    assert cutoffs[before:] == [last, last + timedelta(days=1)]
