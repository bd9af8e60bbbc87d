"""`amuna serve` as a process: it keeps a utility fresh, answers, stops when asked, and goes on after a kill."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from tests.integration.conftest import CUTOFF, ROOT, Amuna

from amuna.domain.job_tables import JOBS
from amuna.domain.tables import RUNS, UPDATES
from amuna.store.duckdb_store import open_store
from amuna.store.holder import holder_file

SETTINGS = """
[serve]
port = 0
[schedule]
poll_s = 0.3
[forecast]
horizon = 7
[train]
folds = 2
origins = 6
[registry]
enabled = "off"
[feeds.billing]
source = "inbox"
account = "AccountOID"
time = "ConsumptionDate"
value = "Consumption"
unit = "L"
"""
WAIT_S = 40.0


@pytest.fixture
def workspace(trained_file: Path, tmp_path: Path) -> Path:
    """A workspace whose models have seen all days before CUTOFF, and whose inbox is empty."""
    (tmp_path / "inbox").mkdir()
    shutil.copy(trained_file, tmp_path / "amuna.duckdb")
    (tmp_path / "amuna.toml").write_text(SETTINGS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def day(rows: pl.DataFrame, workspace: Path) -> Callable[[int], None]:
    """Delivers one of the days that are new, as the utility would."""

    def deliver(number: int) -> None:
        days = rows["ConsumptionDate"].unique().sort()
        wanted = days.filter(days >= CUTOFF)[number]
        draft = workspace / "draft.csv"
        rows.filter(pl.col("ConsumptionDate") == wanted).write_csv(draft)
        draft.rename(workspace / "inbox" / f"day{number}.csv")

    return deliver


class Served:
    """A serving process and its door."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said, process.communicate()[1]
        self.door = json.loads(said)["door"]

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.door + path, headers=headers, timeout=WAIT_S)

    def ready(self) -> dict[str, Any]:
        found = self.get("/ready").json()
        assert isinstance(found, dict)
        return found

    def wait_for(self, what: Callable[[], bool]) -> None:
        until = time.monotonic() + WAIT_S
        while not what():
            assert self.process.poll() is None, self.process.communicate()[1]
            assert time.monotonic() < until
            time.sleep(0.1)

    def ended(self, number: signal.Signals) -> tuple[int, float, str]:
        """Exit code, seconds it took and what was said on standard error, after a signal."""
        started = time.monotonic()
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=WAIT_S)
        return self.process.returncode, time.monotonic() - started, said


@contextmanager
def serving(workspace: Path, *words: str) -> Iterator[Served]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AMUNA_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "amuna.serve.cli.main", "-w", str(workspace), *words, "serve", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean | {"PYTHONPATH": str(ROOT / "src")},
    )
    with process:
        try:
            yield Served(process)
        finally:
            process.kill()


def _cutoff(days: int) -> str:
    """First day that models which took in so many new days have not seen."""
    return (CUTOFF + timedelta(days=days)).isoformat()


def test_a_day_that_comes_in_is_in_the_models_soon_and_sigterm_ends_it_well(
    workspace: Path, day: Callable[[int], None], amuna: Amuna
) -> None:
    with serving(workspace) as served:
        assert served.get("/health").json()["alive"] is True
        assert served.ready()["ready"] is True
        served.wait_for(lambda: served.ready()["cutoff"] == _cutoff(0))
        day(0)
        served.wait_for(lambda: served.ready()["cutoff"] == _cutoff(1))
        assert "amuna_build_info" in served.get("/metrics").text

        refused = amuna("-w", workspace, "status", "--json", code=75).json()["error"]
        assert refused["type"] == "StoreBusy"
        for fact in (f"PID {served.process.pid}", "amuna serve", served.door, "since 20"):
            assert fact in refused["problem"]
        assert "stop that process" in refused["remedy"]

        code, seconds, said = served.ended(signal.SIGTERM)
    assert (code, said) == (0, "")
    assert seconds < 10
    assert not holder_file(workspace / "amuna.duckdb").exists()
    amuna("-w", workspace, "status")


def test_killed_while_it_works_it_goes_on_at_the_next_start(
    workspace: Path, day: Callable[[int], None]
) -> None:
    day(0)
    with serving(workspace) as served:
        time.sleep(0.1)
        served.ended(signal.SIGKILL)
    assert holder_file(workspace / "amuna.duckdb").exists()
    day(1)
    with serving(workspace) as served:
        served.wait_for(lambda: served.ready()["cutoff"] == _cutoff(2))
        served.ended(signal.SIGKILL)
    day(2)
    with serving(workspace) as served:
        served.wait_for(lambda: served.ready()["cutoff"] == _cutoff(3))
        served.wait_for(lambda: _last_run(served)[0] == "daily")
        code, _, _ = served.ended(signal.SIGINT)
    assert code == 0
    store = open_store(workspace / "amuna.duckdb")
    assert store.query("SELECT COUNT(*) FROM jobs WHERE status = 'running'").item() == 0
    days = store.query(f"SELECT COUNT(DISTINCT day) FROM consumption WHERE day >= DATE '{CUTOFF}'").item()
    assert days == 3
    twice = store.query("SELECT COUNT(*) - COUNT(DISTINCT (account_id, day)) FROM consumption").item()
    assert twice == 0
    store.close()


def test_the_missed_day_is_made_up_for_once(workspace: Path, day: Callable[[int], None]) -> None:
    day(0)
    for _ in range(2):
        with serving(workspace) as served:
            served.wait_for(lambda: _last_run(served) == ("daily", "ok"))
            served.ended(signal.SIGTERM)
    store = open_store(workspace / "amuna.duckdb", read_only=True)
    runs = store.read(JOBS, where={"step": "", "job": "daily"})
    assert (runs["status"].to_list(), store.count(RUNS)) == (["ok"], 1)
    assert store.count(UPDATES) >= 1
    store.close()


def _last_run(served: Served) -> tuple[str, str]:
    run = served.ready()["last_run"] or {"job": "", "status": ""}
    return run["job"], run["status"]


def test_rows_that_come_in_by_a_door_are_in_the_models_soon(
    workspace: Path, rows: pl.DataFrame, amuna: Amuna
) -> None:
    amuna("-w", workspace, "user", "add", "op@example.org", "--role", "operator")
    made = amuna(
        "-w", workspace, "token", "make", "op@example.org", "--label", "feed", "--scopes", "ingest", "--json"
    )
    headers = {"Authorization": f"Bearer {made.json()['token']}", "Content-Type": "text/csv"}
    days = rows["ConsumptionDate"].unique().sort()
    new = rows.filter(pl.col("ConsumptionDate") == days.filter(days >= CUTOFF)[0])
    with serving(workspace) as served:
        served.wait_for(lambda: _last_run(served)[0] == "daily")
        answer = httpx.post(
            f"{served.door}/api/v1/readings",
            params={"feed": "billing"},
            content=new.write_csv(),
            headers=headers,
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["rows_read"] == len(new)
        served.wait_for(lambda: served.ready()["cutoff"] == _cutoff(1))
        served.ended(signal.SIGTERM)


def test_a_training_is_interrupted_between_two_commits(workspace: Path, rows: pl.DataFrame) -> None:
    (workspace / "amuna.duckdb").unlink()
    rows.write_csv(workspace / "inbox" / "history.csv")
    slow = (workspace / "amuna.toml").read_text("utf-8").replace("[train]", "[train]\nslab = 1\nworkers = 1")
    (workspace / "amuna.toml").write_text(slow, encoding="utf-8")
    with serving(workspace) as served:
        served.wait_for(lambda: (workspace / "amuna.duckdb.wal").stat().st_size > 1_500_000)
        code, seconds, said = served.ended(signal.SIGTERM)
    assert code == 0, said
    assert seconds < 10


def test_a_port_that_is_taken_is_named(workspace: Path, amuna: Amuna) -> None:
    with serving(workspace) as served:
        port = served.door.rpartition(":")[2]
        other = workspace / "other"
        other.mkdir()
        (other / "amuna.toml").touch()
        refused = amuna("-w", other, "serve", "--json", code=1, AMUNA_SERVE_PORT=port).json()["error"]
        served.ended(signal.SIGTERM)
    assert f"127.0.0.1:{port}" in refused["problem"]
    assert "serve.port" in refused["remedy"]


def test_a_wrong_time_of_the_schedule_is_named(workspace: Path, amuna: Amuna) -> None:
    said = amuna("-w", workspace, "serve", "--json", code=78, AMUNA_SCHEDULE_DAILY="half past three").json()
    assert "schedule.daily" in said["error"]["problem"]


def test_cycle_runs_the_day_once(workspace: Path, day: Callable[[int], None], amuna: Amuna) -> None:
    day(0)
    first = amuna("-w", workspace, "cycle", "--json").json()
    assert first["status"] == "ok"
    assert [step["step"] for step in first["steps"]][:2] == ["ingest", "update"]
    assert "rows 53" in first["steps"][1]["message"]
    again = amuna("-w", workspace, "cycle")
    assert "The day, ok" in again.out
    assert "rows 0" in again.out
    shutil.rmtree(workspace / "inbox")
    broken = amuna("-w", workspace, "cycle", "--json", code=1).json()
    assert (broken["status"], broken["steps"][0]["status"]) == ("error", "error")
