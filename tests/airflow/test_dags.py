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

import polars as pl
import pytest
from tests.airflow.conftest import BIN, DAGS, SETTINGS, Airflow
from tests.integration.conftest import CUTOFF
from tests.zone_town import town_hours

from amuna.domain.zone_tables import ZONE_FORECASTS
from amuna.store.duckdb_store import open_store
from amuna.workflows.cycle import DAY, TRAINING

RUN_DAG = Path(__file__).with_name("run_dag.py")
HOLD = "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
Workspace = Callable[[str], Path]


def states_of(workspace: Path) -> list[Any]:
    """First days that the states of a workspace have not seen."""
    store = open_store(workspace / "amuna.duckdb", read_only=True)
    found = store.query("SELECT DISTINCT cutoff FROM states")["cutoff"].to_list()
    store.close()
    return found


def with_inflows(folder: Path) -> Path:
    """A workspace whose feeds are ten days of three zones, and what its inbox has."""
    (folder / "inbox").mkdir(parents=True)
    inflow = '[feeds.inflow]\nsource = "inflow.csv"\nkind = "flow"\nzone = "*"\ntime = "observed_at"\nunit = "m3/h"\n'
    (folder / "amuna.toml").write_text(SETTINGS + inflow, encoding="utf-8")
    hours = town_hours(10).drop("temperature_c")
    hours.with_columns(pl.col("observed_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ")).write_csv(
        folder / "inflow.csv"
    )
    return folder


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
    shared = ("update", "refit", "promote")
    steps = {name: twice if name in shared else once for name in (*DAY, "shards")}
    assert run["tasks"] == steps | {"ingest": [[-1, 2, "success"]], "failed": [[-1, 0, "skipped"]]}
    assert states_of(mine) == [CUTOFF + timedelta(days=1)]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "steps"), [("amuna_daily", DAY), ("amuna_weekly", TRAINING)])
def test_the_dags_have_the_steps_of_the_embedded_scheduler_in_their_order(
    migrated: Airflow, name: str, steps: tuple[str, ...]
) -> None:
    with migrated.command(BIN / "python", RUN_DAG, name) as process:
        said, _ = process.communicate(timeout=120)
    order = report(said)["order"]
    assert [task for task in order if task not in ("shards", "failed")] == list(steps)
    assert order[-1] == "failed"


@pytest.mark.slow
def test_zones_have_their_turn_where_there_are_no_accounts_and_where_their_models_are_missing(
    airflow: Airflow, tmp_path: Path, rows: pl.DataFrame
) -> None:
    zones, both = (with_inflows(tmp_path / name) for name in ("zones", "both"))
    rows.head(50).write_csv(both / "inbox" / "day.csv")
    with airflow.command(BIN / "python", RUN_DAG, "amuna_daily", zones, both) as process:
        said, _ = process.communicate(timeout=300)
    alone, untrained = report(said)["runs"]
    assert alone["state"] == "success"
    assert {state for tasks in alone["tasks"].values() for _, _, state in tasks} == {"success", "skipped"}
    assert untrained["state"] == "failed"
    states = {name: tasks[0][2] for name, tasks in untrained["tasks"].items()}
    assert (states["update"], states["monitor"], states["failed"]) == ("failed", "upstream_failed", "failed")
    assert (states["zones"], states["register"]) == ("success", "success")
    for folder in (zones, both):
        store = open_store(folder / "amuna.duckdb", read_only=True)
        assert store.count(ZONE_FORECASTS) == 3 * 168
        store.close()


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
    assert refused["state"] == "failed"
    assert refused["tasks"]["train"] == [[-1, 1, "failed"]]
    assert refused["tasks"]["register"] == [[-1, 1, "success"]]
    assert "The store holds no consumption. Read some first: amuna ingest SOURCE." in said
    assert trained["state"] == "success"
    assert {name: tasks[0][2] for name, tasks in trained["tasks"].items()} == {
        **dict.fromkeys(TRAINING, "success"),
        "failed": "skipped",
    }


@pytest.mark.slow
def test_the_day_runs_by_a_real_scheduler(airflow: Airflow, workspace: Workspace) -> None:
    mine = workspace("mine")
    settings = {"AIRFLOW_VAR_AMUNA_WORKSPACE": str(mine), "AIRFLOW_VAR_AMUNA_SHARDS": "1"}
    with airflow.standalone(**settings) as api:
        until = time.monotonic() + 300
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
