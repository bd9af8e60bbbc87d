"""A store with something of everything that the programming interface tells, made once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from tests.integration.api.world import furnish
from tests.integration.conftest import Clock

from amuna import wiring
from amuna.access.roles import Role
from amuna.config.settings import Settings
from amuna.domain.ports import Store
from amuna.serve.desk import Desk, open_desk
from amuna.store.duckdb_store import open_store

ClientAs = Callable[[Role | None], FlaskClient]


@pytest.fixture(scope="session")
def furnished_file(trained_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trained store with forecasts, places, alarms and a job."""
    file = Path(shutil.copy(trained_file, tmp_path_factory.mktemp("furnished") / "store.duckdb"))
    store = open_store(file)
    furnish(store)
    store.close()
    return file


@pytest.fixture
def trained(furnished_file: Path, tmp_path: Path) -> Iterator[Store]:
    """A copy of the furnished store, which the desk is over."""
    opened = open_store(shutil.copy(furnished_file, tmp_path / "trained.duckdb"))
    yield opened
    opened.close()


@pytest.fixture
def desk(trained: Store, tmp_path: Path, clock: Clock) -> Desk:
    """A desk over it; the store alone keeps the trainings."""
    settings = Settings(store_path="trained.duckdb", registry_enabled="off")
    return open_desk(wiring.Workspace(tmp_path, settings), trained, now=clock)


@pytest.fixture
def admin(client_as: ClientAs) -> FlaskClient:
    """The administrator's browser."""
    return client_as(Role.ADMIN)


@pytest.fixture
def customer(client_as: ClientAs) -> FlaskClient:
    """The customer's browser."""
    return client_as(Role.CUSTOMER)
