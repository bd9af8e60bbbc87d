"""A small utility, dirty on purpose, and the store of one that was trained."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from amuna.domain.ports import Store
from amuna.engines.threads import ThreadEngine
from amuna.feeds.feed_map import require_recognised
from amuna.feeds.files import FileFeed, columns_of
from amuna.feeds.rules import Rules
from amuna.forecasting.fleet import FleetSettings
from amuna.simulation import NO_FAULTS, SimulationFeed, UtilitySettings, simulate
from amuna.store.duckdb_store import open_store
from amuna.workflows.ingest import IngestReport, ingest
from amuna.workflows.train import TrainReport, train_fleet

ROOT = Path(__file__).parents[2]
DAYS = 230
NEW_DAYS = 10
START = date(2024, 1, 1)
CUTOFF = START + timedelta(days=DAYS - NEW_DAYS)
NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
SETTINGS = FleetSettings(horizon=7, billing_days=14, folds=2, origins=6)


@dataclass(frozen=True)
class Ran:
    """What a command of the real program left behind."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, Any]:
        """The one object on standard output."""
        assert self.out.count("\n") == 1, self.out

        def refuse(text: str) -> None:
            raise AssertionError(f"{text} in {self.out}")

        found = json.loads(self.out, parse_constant=refuse)
        assert isinstance(found, dict)
        return found


Amuna = Callable[..., Ran]


@pytest.fixture(scope="session")
def amuna() -> Amuna:
    """The command line in a process of its own."""

    def run(*words: object, cwd: Path | None = None, code: int | None = 0, **environment: str) -> Ran:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AMUNA_")}
        done = subprocess.run(
            [sys.executable, "-m", "amuna.serve.cli.main", *map(str, words)],
            capture_output=True,
            text=True,
            cwd=cwd,
            check=False,
            timeout=180,
            env=clean | {"PYTHONPATH": str(ROOT / "src"), "COLUMNS": "200"} | environment,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert code is None or done.returncode == code, done.stdout + done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def rows() -> pl.DataFrame:
    """Clean daily rows of 50 accounts as the utility exports them, and a few strange accounts."""
    settings = UtilitySettings(
        accounts=50, days=DAYS, start=START, new_accounts_per_year=0, closures_per_year=0, faults=NO_FAULTS
    )
    batches = [
        batch.rows
        for batch in SimulationFeed(simulate(settings, seed=4)).batches(None)
        if batch.kind == "consumption"
    ]
    usual = pl.concat(batches).select("ConsumptionDate", "AccountOID", "Consumption", "RecordedAt")
    days = usual.select("ConsumptionDate", "RecordedAt").unique("ConsumptionDate").sort("ConsumptionDate")
    number = pl.int_range(pl.len())
    strange = [
        days.with_columns(AccountOID=pl.lit("constant"), Consumption=pl.lit(500)),
        days.with_columns(
            AccountOID=pl.lit("mostly_zero"), Consumption=pl.when(number % 17 == 0).then(900).otherwise(0)
        ),
        days.with_columns(AccountOID=pl.lit("always_zero"), Consumption=pl.lit(0)),
        days.filter(
            pl.col("ConsumptionDate").is_between(CUTOFF - timedelta(days=3), CUTOFF, closed="left")
        ).with_columns(AccountOID=pl.lit("three_days_old"), Consumption=pl.lit(300)),
    ]
    typed = [frame.select(usual.columns).cast(dict(usual.schema)) for frame in strange]
    return pl.concat([usual, *typed]).sort("AccountOID", "ConsumptionDate")


def take_in(
    store: Store, frame: pl.DataFrame, folder: Path, *, now: datetime = NOW, name: str = "rows"
) -> IngestReport:
    """Ingest rows through a file, as the utility would send them."""
    file = folder / f"{name}.parquet"
    frame.write_parquet(file)
    feed_map = require_recognised(columns_of(file), source=str(file), time_zone="America/Lima")
    return ingest(FileFeed(file, feed_map), feed_map, store=store, rules=Rules(), now=lambda: now)


def train(
    store: Store, *, settings: FleetSettings = SETTINGS, now: datetime = NOW, slab: int = 20
) -> TrainReport:
    """Train on the test's small settings."""
    return train_fleet(store=store, engine=ThreadEngine(workers=2, slab=slab), settings=settings, now=now)


@pytest.fixture(scope="session")
def trained_file(rows: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose models have seen all days before CUTOFF."""
    folder = tmp_path_factory.mktemp("trained")
    store = open_store(folder / "store.duckdb")
    take_in(store, rows.filter(pl.col("ConsumptionDate") < CUTOFF), folder)
    train(store)
    store.close()
    return folder / "store.duckdb"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    opened = open_store(tmp_path / "store.duckdb")
    yield opened
    opened.close()


@pytest.fixture
def trained(trained_file: Path, tmp_path: Path) -> Iterator[Store]:
    """A copy of the trained store."""
    opened = open_store(shutil.copy(trained_file, tmp_path / "trained.duckdb"))
    yield opened
    opened.close()
