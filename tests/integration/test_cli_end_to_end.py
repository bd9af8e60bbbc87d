"""The main job through the real command, each step a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.integration.conftest import ROOT, Amuna

from amuna.domain.tables import QUANTILE_COLUMNS

ACCOUNTS = 150
DAYS = 250
SMALL = {"AMUNA_FORECAST_HORIZON": "7", "AMUNA_TRAIN_FOLDS": "2", "AMUNA_TRAIN_ORIGINS": "8"}


@pytest.fixture(scope="module")
def journey(amuna: Amuna, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What every command of the main job printed as JSON, in order; `folder` is the workspace."""
    folder = tmp_path_factory.mktemp("utility")
    feed, home = folder / "feed", folder / "mine"

    def run(*words: object) -> dict[str, Any]:
        return amuna("-w", home, *words, "--json", **SMALL).json()

    said: dict[str, Any] = {"folder": home}
    said["simulate"] = amuna(
        *("simulate", feed, "--accounts", ACCOUNTS, "--days", DAYS, "--format", "csv", "--json")
    ).json()
    said["init"] = run("init")
    said["ingest"] = run("ingest", feed / "consumption.csv", feed / "accounts.parquet")
    said["check"] = run("check")
    said["train"] = run("train")
    said["forecast"] = run("forecast", "--out", folder / "forecasts.parquet")
    said["ingest new"] = run("ingest", feed / "new_day.csv")
    said["status between"] = run("status")
    said["update"] = run("update")
    said["evaluate"] = run("evaluate")
    said["status"] = run("status")
    said["forecast one"] = run("forecast", "--account", "A0000007")
    said["export"] = run("export", "scores", folder / "scores.csv")
    return said


def test_ingest_accounts_for_every_row_of_the_feed(journey: dict[str, Any]) -> None:
    lines = Path(journey["simulate"]["files"]["consumption"]).read_text("utf-8").count("\n") - 1
    consumption, accounts = journey["ingest"]["sources"]
    for report in (consumption, accounts, *journey["ingest new"]["sources"]):
        parts = ("inserted", "replaced", "superseded", "unchanged", "duplicate", "quarantined")
        assert report["read"] == sum(report[part] for part in parts)
    assert consumption["read"] == lines
    assert accounts["inserted"] == ACCOUNTS
    assert journey["check"]["rows"] == consumption["inserted"]
    assert sum(journey["check"]["refused"].values()) == consumption["quarantined"]
    assert journey["check"]["accounts"] == journey["train"]["accounts"]


def test_train_beats_last_week_and_says_so(journey: dict[str, Any]) -> None:
    train = journey["train"]
    assert not train["already_trained"]
    assert train["mase"] < 0.9 * train["baseline_mase"]
    assert sum(train["champions"].values()) == sum(train["status"].values()) == train["accounts"]


def test_forecasts_cover_every_account_with_ordered_quantiles(journey: dict[str, Any]) -> None:
    rows = pl.read_parquet(journey["folder"].parent / "forecasts.parquet")
    assert journey["forecast"]["rows"] == rows.height == journey["train"]["accounts"] * 7
    quantiles = rows.select(QUANTILE_COLUMNS.values()).to_numpy()
    assert np.diff(quantiles, axis=1).min() >= -1e-12
    assert quantiles.min() >= 0
    assert np.isfinite(quantiles).all()


def test_update_judges_the_forecasts_and_moves_on(journey: dict[str, Any]) -> None:
    update, between, after = journey["update"], journey["status between"], journey["status"]
    last = date(2024, 1, 1) + timedelta(days=DAYS - 1)
    assert between["next_step"] == "amuna update"
    assert between["days_behind"] == update["days"] == 1
    assert between["unseen_rows"] >= update["rows"] > 0.9 * ACCOUNTS
    assert update["cutoff"] == after["states_cutoff"] == (last + timedelta(days=1)).isoformat()
    assert update["scored"] > 0.9 * ACCOUNTS
    assert 0.5 < update["coverage80"] <= 1
    assert (after["days_behind"], after["unseen_rows"], after["next_step"]) == (0, 0, "amuna evaluate")
    assert after["forecast_days"] == (last + timedelta(days=7)).isoformat()


def test_evaluate_holds_models_segments_leads_and_stored_forecasts(journey: dict[str, Any]) -> None:
    found = journey["evaluate"]
    assert {row["model"] for row in found["models"]} >= {"champion", "arima", "last_week"}
    assert [row["lead"] for row in found["leads"]] == list(range(1, 8))
    assert found["stored"][0]["forecasts"] == journey["update"]["scored"]
    assert found["stored"][0]["mae_m3"] == pytest.approx(journey["update"]["mae"], rel=0.2)
    assert {row["kind"] for row in found["segments"]} == {"segment", "group"}
    by_model = {row["model"]: row for row in found["models"]}
    assert by_model["champion"]["mase"] == pytest.approx(journey["train"]["mase"])
    leads = sum(row["mase"] for row in found["leads"]) / 7
    assert leads == pytest.approx(by_model["champion"]["mase"], rel=0.1)


def test_one_account_shows_days_and_billing_period(journey: dict[str, Any]) -> None:
    found = journey["forecast one"]
    assert (found["account_id"], found["accounts"]) == ("A0000007", 1)
    assert len(found["days"]) == 7
    (period,) = found["period"]
    assert set(QUANTILE_COLUMNS.values()) <= set(period)
    medians = [row["forecast_m3"] for row in found["days"]]
    total = period["forecast_m3"]
    assert 0.3 < total / 30 / (sum(medians) / 7) < 3


def test_scores_are_exported(journey: dict[str, Any]) -> None:
    assert journey["export"]["rows"] == journey["update"]["scored"]
    assert pl.read_csv(journey["folder"].parent / "scores.csv").height == journey["update"]["scored"]


def test_the_same_commands_again_change_nothing(amuna: Amuna, journey: dict[str, Any]) -> None:
    feed, home = journey["folder"].parent / "feed", journey["folder"]
    again = amuna("-w", home, "ingest", feed / "consumption.csv", feed / "new_day.csv", "--json").json()
    assert [report["read"] for report in again["sources"]] == [0, 0]
    update = amuna("-w", home, "update", "--json", **SMALL).json()
    assert (update["rows"], update["days"], update["forecasts"]) == (0, 0, 0)
    assert "Nothing is new" in amuna("-w", home, "update", **SMALL).out


def test_an_unknown_account_is_named(amuna: Amuna, journey: dict[str, Any]) -> None:
    said = amuna("-w", journey["folder"], "forecast", "--account", "A9999999", code=69)
    assert "A9999999" in said.err
    assert "amuna train" in said.err


@pytest.mark.parametrize(
    "command", ["check", "evaluate", "status", "quarantine", "forecast --account A0000007"]
)
def test_tables_for_people_fit_a_narrow_terminal(amuna: Amuna, journey: dict[str, Any], command: str) -> None:
    said = amuna("-w", journey["folder"], *command.split(), **SMALL, COLUMNS="80")
    assert said.out.strip()
    assert "…" not in said.out
    assert "nan" not in said.out.lower().split()


def test_a_held_store_names_the_process_that_holds_it(amuna: Amuna, journey: dict[str, Any]) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()",
            str(journey["folder"] / "amuna.duckdb"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            said = amuna("-w", journey["folder"], "update", code=75)
            problem = amuna("-w", journey["folder"], "status", "--json", code=75).json()["error"]
        finally:
            holder.kill()
    assert f"PID {holder.pid}" in said.err
    assert "stop that process" in said.err
    assert (problem["type"], str(holder.pid) in problem["problem"]) == ("StoreBusy", True)


def test_a_reader_that_leaves_early_is_no_fault(journey: dict[str, Any]) -> None:
    shell = f"{sys.executable} -m amuna.serve.cli.main -w {journey['folder']} evaluate --json | head -c 10"
    done = subprocess.run(
        ["bash", "-c", shell],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )
    assert done.stdout == '{"run_id":'
    assert "Traceback" not in done.stderr


def test_an_interrupted_training_ends_with_130_and_goes_on(
    amuna: Amuna, journey: dict[str, Any], tmp_path: Path
) -> None:
    feed, home = journey["folder"].parent / "feed", tmp_path / "mine"
    amuna("-w", home, "init")
    amuna("-w", home, "ingest", feed / "consumption.csv")
    slow = SMALL | {"AMUNA_TRAIN_SLAB": "1", "AMUNA_TRAIN_WORKERS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "amuna.serve.cli.main", "-v", "-w", str(home), "train"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")} | slow,
    )
    log = home / "amuna.duckdb.wal"
    while process.poll() is None and not (log.is_file() and log.stat().st_size > 20_000):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "run the same command again" in said
    assert "Traceback" not in said
    done = amuna("-w", home, "train", "--json", **slow).json()
    assert 0 < done["resumed"] < done["accounts"]
    assert done["accounts"] == journey["train"]["accounts"]
