"""Killed at random moments and run again until done, ingest and train leave what undisturbed ones leave."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.integration.conftest import ROOT, SETTINGS, take_in

from amuna.domain.ports import Store
from amuna.domain.tables import (
    BATCHES,
    CALIBRATION,
    CONSUMPTION,
    EVIDENCE,
    LEAD_EVIDENCE,
    MODELS,
    QUARANTINE,
    RUNS,
    STATES,
    UPDATES,
)
from amuna.simulation import FaultRates, UtilitySettings, simulate, write_feed
from amuna.store.duckdb_store import open_store
from amuna.workflows.status import status

KILLS = 10
INGEST = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from amuna.feeds.feed_map import require_recognised
from amuna.feeds.files import FileFeed, columns_of
from amuna.feeds.rules import Rules
from amuna.store.duckdb_store import open_store
from amuna.workflows.ingest import ingest

store, file = map(Path, sys.argv[1:])
feed_map = require_recognised(columns_of(file), source=str(file), time_zone="America/Lima")
print("ready", flush=True)
sys.stdin.readline()
opened = open_store(store, threads=1)
print("open", flush=True)
ingest(FileFeed(file, feed_map, batch_rows=250), feed_map, store=opened, rules=Rules(), now=lambda: datetime.now(UTC))
opened.close()
print("done", flush=True)
"""
TRAIN = """
import sys
from datetime import UTC, datetime
import numpy as np
from amuna.domain.panel import panel_from_matrix
from amuna.engines.threads import ThreadEngine
from amuna.forecasting.fleet import FleetSettings, fit_fleet
from amuna.store.duckdb_store import open_store
from amuna.workflows.train import train_fleet

settings = FleetSettings(horizon=7, billing_days=14, folds=2, origins=6)
warm = panel_from_matrix(np.array(["a"]), np.datetime64("2024-01-01"), np.arange(100.0)[None] % 7)
fit_fleet(warm, np.datetime64("2024-04-10"), settings)
print("ready", flush=True)
sys.stdin.readline()
opened = open_store(sys.argv[1], threads=1)
print("open", flush=True)
train_fleet(store=opened, engine=ThreadEngine(workers=1, slab=2), settings=settings, now=datetime.now(UTC))
opened.close()
print("done", flush=True)
"""
OF_A_RUN = (MODELS, STATES, EVIDENCE, LEAD_EVIDENCE, CALIBRATION, UPDATES)


class Workers:
    """Processes of a script, started ahead of their turn so that their imports cost no time."""

    def __init__(self, script: str, *words: object, ahead: int = 2) -> None:
        self._command = [sys.executable, "-c", script, *map(str, words)]
        self.waiting: deque[subprocess.Popen[str]] = deque(self._start() for _ in range(ahead))

    def next(self) -> subprocess.Popen[str]:
        """A process that has opened the store."""
        self.waiting.append(self._start())
        process = self.waiting.popleft()
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("go\n")
        process.stdin.flush()
        assert process.stdout.readline() == "open\n"
        return process

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        )


@contextmanager
def workers(script: str, *words: object) -> Iterator[Workers]:
    crew = Workers(script, *words)
    try:
        yield crew
    finally:
        for process in crew.waiting:
            with process:
                process.kill()


def killed_until_done(script: str, *words: object, seed: int, longest_s: float) -> int:
    """Run the script, kill it KILLS times at random moments, then let it end; returns the kills that hit it working."""
    moments = np.random.default_rng(seed).uniform(0, longest_s, KILLS)
    hits = 0
    with workers(script, *words) as crew:
        for moment in moments:
            with crew.next() as process:
                time.sleep(moment)
                process.kill()
                assert process.stdout is not None
                hits += process.stdout.read() == ""
        with crew.next() as process:
            assert process.stdout is not None
            assert process.stdout.read() == "done\n"
    return hits


@pytest.fixture(scope="module")
def utility(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a dirty feed, as CSV and as Parquet."""
    folder = tmp_path_factory.mktemp("utility")
    faults = FaultRates(duplicate_rows=0.01, late_rows=0.02, corrected_rows=0.01, negative_rows=0.005)
    made = simulate(UtilitySettings(accounts=90, days=200, faults=faults), seed=3)
    write_feed(made, folder, file_format="csv", with_truth=False)
    write_feed(made, folder, file_format="parquet", with_truth=False)
    return folder


def ingested(store: Store) -> list[pl.DataFrame]:
    return [
        store.read(CONSUMPTION).drop("batch_id").sort(CONSUMPTION.key),
        store.versions(CONSUMPTION).drop("batch_id").sort(*CONSUMPTION.key, "recorded_at"),
        store.read(QUARANTINE).drop("batch_id", "recorded_at").sort("row"),
        store.read(BATCHES).select("source", "watermark", "rows_read", "rows_accepted").sort("watermark"),
    ]


@pytest.mark.parametrize(("ending", "seed"), [("csv", 1), ("parquet", 2)])
def test_ingest_killed_ten_times_equals_ingest_undisturbed(
    utility: Path, tmp_path: Path, ending: str, seed: int
) -> None:
    file = utility / f"consumption.{ending}"
    with workers(INGEST, tmp_path / "whole.duckdb", file) as crew, crew.next() as process:
        assert process.stdout is not None
        started = time.perf_counter()
        assert process.stdout.read() == "done\n"
        longest = (time.perf_counter() - started) / 6
    hits = killed_until_done(INGEST, tmp_path / "killed.duckdb", file, seed=seed, longest_s=longest)

    whole, killed = open_store(tmp_path / "whole.duckdb"), open_store(tmp_path / "killed.duckdb")
    assert hits >= KILLS // 2
    for found, expected in zip(ingested(killed), ingested(whole), strict=True):
        assert found.equals(expected)
    assert whole.count(QUARANTINE) > 20
    assert whole.count(BATCHES) > 50
    whole.close()
    killed.close()


def test_train_killed_ten_times_equals_train_undisturbed(rows: pl.DataFrame, tmp_path: Path) -> None:
    store = open_store(tmp_path / "whole.duckdb")
    take_in(store, rows, tmp_path)
    store.close()
    shutil.copy(tmp_path / "whole.duckdb", tmp_path / "killed.duckdb")
    with workers(TRAIN, tmp_path / "whole.duckdb") as crew, crew.next() as process:
        assert process.stdout is not None
        started = time.perf_counter()
        assert process.stdout.read() == "done\n"
        longest = (time.perf_counter() - started) / 6
    hits = killed_until_done(TRAIN, tmp_path / "killed.duckdb", seed=3, longest_s=longest)

    whole, killed = open_store(tmp_path / "whole.duckdb"), open_store(tmp_path / "killed.duckdb")
    assert hits >= KILLS // 2
    for table in OF_A_RUN:
        timing = ["updated_at"] if table is UPDATES else []
        found, expected = (
            one.read(table).sort([name for name in table.key if name not in timing]).drop(timing)
            for one in (killed, whole)
        )
        assert found.equals(expected), table.name
    assert killed.read(RUNS)["alias"].to_list() == ["champion"]
    assert killed.read(RUNS)["run_id"].equals(whole.read(RUNS)["run_id"])
    assert whole.count(MODELS) == rows["AccountOID"].n_unique()
    whole.close()
    killed.close()


def test_a_killed_store_can_be_read_at_once(utility: Path, tmp_path: Path) -> None:
    """After a kill the write-ahead log is still there; a reader needs no repair."""
    path = tmp_path / "killed.duckdb"
    with workers(INGEST, path, utility / "consumption.csv") as crew, crew.next() as process:
        while not (path.with_suffix(".duckdb.wal").is_file()):
            time.sleep(0.01)
        time.sleep(0.3)
        process.kill()
    store = open_store(path, read_only=True)
    found = status(store=store)
    assert found.rows > 0
    assert found.feeds["rows"].sum() >= found.rows + found.quarantined
    store.close()


def test_the_scripts_use_the_same_settings() -> None:
    for value in (SETTINGS.horizon, SETTINGS.billing_days, SETTINGS.folds, SETTINGS.origins):
        assert f"={value}" in TRAIN
