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
from flask import Flask
from flask.testing import FlaskClient

from amuna import wiring
from amuna.access.roles import GRANTS, Permission, Role
from amuna.access.secrets import form_key
from amuna.config.settings import Settings
from amuna.domain.ports import Store
from amuna.domain.tables import MODELS
from amuna.engines.threads import ThreadEngine
from amuna.feeds.feed_map import require_recognised
from amuna.feeds.files import FileFeed, columns_of
from amuna.feeds.rules import Rules
from amuna.forecasting.fleet import FleetSettings
from amuna.serve.auth.cookies import FORM_HEADER, SESSION
from amuna.serve.desk import Desk, open_desk
from amuna.serve.http import create_app
from amuna.simulation import NO_FAULTS, SimulationFeed, UtilitySettings, simulate
from amuna.store.duckdb_store import open_store
from amuna.workflows.audit import PROGRAM
from amuna.workflows.ingest import IngestReport, ingest
from amuna.workflows.sessions import open_session
from amuna.workflows.tokens import make_token
from amuna.workflows.train import TrainReport, train_fleet
from amuna.workflows.users import User, add_user, stored_user

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


@dataclass
class Clock:
    """The present instant of a test, which it may move."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The present instant of the desk."""
    return Clock()


@pytest.fixture
def desk(trained: Store, tmp_path: Path, clock: Clock) -> Desk:
    """A desk over the trained store."""
    workspace = wiring.Workspace(
        tmp_path, Settings(store_path="trained.duckdb", utility_name="Aguas de Prueba")
    )
    return open_desk(workspace, trained, now=clock)


@pytest.fixture
def app(desk: Desk) -> Flask:
    """The web application, all of it."""
    return create_app(desk)


@pytest.fixture
def own_account(trained: Store) -> str:
    """The account that the customer holds."""
    return _accounts(trained)[0]


@pytest.fixture
def foreign_account(trained: Store) -> str:
    """An account that another customer holds."""
    return _accounts(trained)[1]


def _accounts(store: Store) -> list[str]:
    """Accounts with usual consumption and a model."""
    found = store.read(MODELS, columns=["account_id"])["account_id"].unique().sort()
    return found.filter(found.str.contains(r"\d")).to_list()


@pytest.fixture
def user_of(desk: Desk, own_account: str) -> Callable[[Role], User]:
    """A user of a role, who has no password; the customer holds `own_account`."""

    def make(role: Role) -> User:
        name = f"{role.value}@example.org"
        if desk.store.query("SELECT COUNT(*) FROM users WHERE user_id = ?", [name]).item():
            return stored_user(name, store=desk.store)[0]
        held = [own_account] if role is Role.CUSTOMER else []
        return add_user(
            name,
            role,
            store=desk.store,
            actor=PROGRAM,
            now=desk.now(),
            accounts=held,
            name=role.value.title(),
        )

    return make


@pytest.fixture
def client_as(
    app: Flask, desk: Desk, user_of: Callable[[Role], User]
) -> Callable[[Role | None], FlaskClient]:
    """A browser in which a user of a role is signed in by a real session, or nobody; it sends the form key along."""

    def make(role: Role | None) -> FlaskClient:
        client = app.test_client()
        if role is not None:
            opened = open_session(user_of(role), store=desk.store, now=desk.now(), address="", how="test")
            app.extensions["amuna_access"].known.reread()
            client.set_cookie(SESSION, opened.secret)
            client.environ_base[f"HTTP_{FORM_HEADER.upper().replace('-', '_')}"] = form_key(opened.secret)
        return client

    return make


@pytest.fixture
def token_for(app: Flask, desk: Desk, user_of: Callable[[Role], User]) -> Callable[..., str]:
    """A token of a user of a role, with all that the role may, or with fewer scopes; for Authorization: Bearer."""

    def make(role: Role, *, scopes: frozenset[Permission] | None = None, days: int = 1) -> str:
        user = user_of(role)
        made = make_token(
            user.user_id,
            "test",
            scopes=GRANTS[role] if scopes is None else scopes,
            store=desk.store,
            actor=PROGRAM,
            now=desk.now(),
            days=days,
        )
        app.extensions["amuna_access"].known.reread()
        return made.secret

    return make
