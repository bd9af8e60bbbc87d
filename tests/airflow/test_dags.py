"""The DAGs in Airflow's own environment, on a real workspace of Amuna."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.airflow.conftest import BIN, DAGS, Airflow
from tests.integration.conftest import CUTOFF

from amuna.store.duckdb_store import open_store

RUN_DAG = Path(__file__).with_name("run_dag.py")
HOLD = "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
Workspace = Callable[[str], Path]


def states_of(workspace: Path) -> list[Any]:
    """First days that the states of a workspace have not seen."""
    store = open_store(workspace / "amuna.duckdb", read_only=True)
    found = store.query("SELECT DISTINCT cutoff FROM states")["cutoff"].to_list()
    store.close()
    return found


def report(said: str) -> dict[str, Any]:
    found = json.loads(said.strip().rpartition("\n")[2])
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("file", sorted(DAGS.glob("*.py")), ids=lambda file: file.name)
def test_a_dag_is_short(file: Path) -> None:
    limit = 100 if file.name == "amuna_steps.py" else 50
    assert len(file.read_text("utf-8").splitlines()) <= limit


@pytest.mark.slow
def test_the_day_runs_whole_and_waits_for_a_store_that_is_held(
    airflow: Airflow, workspace: Workspace
) -> None:
    mine = workspace("mine")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(mine / "amuna.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder, airflow.command(BIN / "python", RUN_DAG, "amuna_daily", mine) as process:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "ended with 75" in line:
                assert f"PID {holder.pid}" in line
                holder.kill()
                break
        said += process.stdout.read()
    holder.kill()
    found = report(said)
    assert (found["errors"], found["dags"]) == ({}, ["amuna_daily", "amuna_weekly"])
    assert (found["catchup"], found["max_active_runs"], found["time_zone"]) == (False, 1, "America/Lima")
    assert found["pools"] == ["amuna_store"]
    assert "Amuna, every day" in found["doc"]
    [run] = found["runs"]
    assert run["state"] == "success"
    once, twice = [[-1, 1, "success"]], [[0, 1, "success"], [1, 1, "success"]]
    assert run["tasks"] == {
        "ingest": [[-1, 2, "success"]],
        "shards": once,
        "update": twice,
        "evaluate": once,
        "refit": twice,
        "promote": twice,
        "reconcile": once,
        "monitor": once,
    }
    assert states_of(mine) == [CUTOFF + timedelta(days=1)]


@pytest.mark.slow
def test_the_week_trains_and_what_does_not_pass_is_not_tried_again(
    airflow: Airflow, workspace: Workspace, tmp_path: Path
) -> None:
    mine, empty = workspace("mine"), tmp_path / "empty"
    empty.mkdir()
    (empty / "amuna.toml").touch()
    with airflow.command(BIN / "python", RUN_DAG, "amuna_weekly", empty, mine) as process:
        said, _ = process.communicate(timeout=300)
    refused, trained = report(said)["runs"]
    assert refused == {"state": "failed", "tasks": {"train": [[-1, 1, "failed"]]}}
    assert "The store holds no consumption. Read some first: amuna ingest SOURCE." in said
    assert trained == {"state": "success", "tasks": {"train": [[-1, 1, "success"]]}}


@pytest.mark.slow
def test_the_day_runs_by_a_real_scheduler(airflow: Airflow, workspace: Workspace) -> None:
    mine = workspace("mine")
    settings = {"AIRFLOW_VAR_AMUNA_WORKSPACE": str(mine), "AIRFLOW_VAR_AMUNA_SHARDS": "1"}
    with airflow.standalone(**settings) as api:
        until = time.monotonic() + 150
        while not api.patch("/dags/amuna_daily", json={"is_paused": False}).is_success:
            assert time.monotonic() < until
            time.sleep(0.5)
        runs: list[dict[str, Any]] = []
        while not runs or runs[0]["state"] in ("queued", "running"):
            assert time.monotonic() < until, api.get("/dags/amuna_daily/dagRuns/~/taskInstances").text
            time.sleep(0.5)
            runs = api.get("/dags/amuna_daily/dagRuns").json()["dag_runs"]
        assert [run["state"] for run in runs] == ["success"]
        api.close()
    assert states_of(mine) == [CUTOFF + timedelta(days=1)]
