"""An Airflow of its own for each session, and workspaces of Amuna for its DAGs."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import polars as pl
import pytest
from tests.integration.conftest import CUTOFF, ROOT, rows, trained_file

__all__ = ["rows", "trained_file"]

BIN = ROOT / ".venv-airflow" / "bin"
DAGS = ROOT / "deploy" / "airflow" / "dags"
SETTINGS = """
[registry]
enabled = "off"
[forecast]
horizon = 7
billing_days = 14
[train]
folds = 2
origins = 6
[feeds.billing]
source = "inbox"
account = "AccountOID"
time = "ConsumptionDate"
value = "Consumption"
unit = "L"
"""


@dataclass(frozen=True)
class Airflow:
    """An Airflow with its database."""

    home: Path
    environment: dict[str, str]

    def command(self, *words: object, **environment: str) -> subprocess.Popen[str]:
        """A process of Airflow's environment, in a session of its own; both outputs in one."""
        return subprocess.Popen(
            [str(word) for word in words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.environment | environment,
            cwd=self.home,
            start_new_session=True,
        )

    def at(self, home: Path) -> Airflow:
        """The same in another folder, with a database of its own."""
        home.mkdir(exist_ok=True)
        database = f"sqlite:///{home / 'airflow.db'}"
        mine = {"AIRFLOW_HOME": str(home), "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database}
        return Airflow(home, self.environment | mine)

    @contextmanager
    def standalone(self, **environment: str) -> Iterator[httpx.Client]:
        """`airflow standalone` and a client of its API; the whole session of processes ends with it."""
        port, *logs = _free_ports(3)
        mine = {
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
            "AIRFLOW__CORE__PARALLELISM": "2",
            "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
            "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(logs[0]),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(logs[1]),
        }
        with (self.home / "standalone.log").open("w") as log:
            process = subprocess.Popen(
                [str(BIN / "airflow"), "standalone"],
                stdout=log,
                stderr=log,
                env=self.environment | mine | environment,
                cwd=self.home,
                start_new_session=True,
            )
            try:
                yield _client(f"http://127.0.0.1:{port}", process)
            finally:
                end_session(process.pid)
                process.wait()


def end_session(leader: int) -> None:
    """Kill every process of a session: Airflow's tasks have process groups of their own."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            session = int(stat.read_text().rpartition(")")[2].split()[3])
        except OSError:
            continue
        if session == leader:
            os.kill(int(stat.parent.name), signal.SIGKILL)


def _free_ports(count: int) -> list[int]:
    taken = [socket.socket() for _ in range(count)]
    for each in taken:
        each.bind(("127.0.0.1", 0))
    ports = [int(each.getsockname()[1]) for each in taken]
    for each in taken:
        each.close()
    return ports


def _client(address: str, process: subprocess.Popen[bytes]) -> httpx.Client:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert process.poll() is None
        try:
            token = httpx.get(f"{address}/auth/token", timeout=10)
        except httpx.TransportError:
            time.sleep(0.5)
            continue
        if token.is_success:
            headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
            return httpx.Client(base_url=f"{address}/api/v2", headers=headers, timeout=30)
        time.sleep(0.5)
    raise AssertionError(f"airflow standalone did not answer at {address}")


@pytest.fixture(scope="session")
def amuna_bin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of Amuna's own environment, as Airflow calls it."""
    script = tmp_path_factory.mktemp("bin") / "amuna"
    script.write_text(
        f'#!/bin/sh\nPYTHONPATH={ROOT / "src"} exec {sys.executable} -m amuna.serve.cli.main "$@"\n'
    )
    script.chmod(0o755)
    return script


@pytest.fixture(scope="session")
def migrated(amuna_bin: Path, tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    """Airflow whose database is ready and has a pool of one slot."""
    if not (BIN / "airflow").is_file():
        pytest.skip("Airflow's environment is absent: make setup-airflow")
    home = tmp_path_factory.mktemp("airflow")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AMUNA_", "PYTHON"))}
    environment = clean | {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "PYTHONPATH": str(DAGS),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW_VAR_AMUNA_BIN": str(amuna_bin),
        "AIRFLOW_VAR_AMUNA_SHARDS": "2",
    }
    made = Airflow(home, environment).at(home)
    for words in (
        ["db", "migrate"],
        ["pools", "set", "amuna_store", "1", "one process holds the embedded store"],
    ):
        with made.command(BIN / "airflow", *words) as process:
            said, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said
    return made


@pytest.fixture
def airflow(migrated: Airflow, tmp_path: Path) -> Airflow:
    """An Airflow that has not run anything yet."""
    mine = migrated.at(tmp_path / "airflow")
    shutil.copy(migrated.home / "airflow.db", mine.home)
    return mine


@pytest.fixture
def workspace(trained_file: Path, rows: pl.DataFrame, tmp_path: Path) -> Callable[[str], Path]:
    """Makes a trained workspace with a new day in its inbox."""

    def make(name: str) -> Path:
        folder = tmp_path / name
        (folder / "inbox").mkdir(parents=True)
        shutil.copy(trained_file, folder / "amuna.duckdb")
        (folder / "amuna.toml").write_text(SETTINGS, encoding="utf-8")
        new = rows.filter(
            pl.col("ConsumptionDate").is_between(CUTOFF, CUTOFF + timedelta(days=1), closed="left")
        )
        new.write_csv(folder / "inbox" / "day.csv")
        return folder

    return make
