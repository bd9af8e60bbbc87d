"""The views of the fleet against its tables; who goes back to the training before is written down."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from tests.integration.conftest import CUTOFF, NOW, SETTINGS, train

from amuna.domain.access_tables import AUDIT
from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.tables import DECISIONS, DRIFT, EVIDENCE, MODELS, RUNS, SCORES
from amuna.store.duckdb_store import open_store
from amuna.workflows.audit import Actor
from amuna.workflows.govern import ask_training, roll_back
from amuna.workflows.views.fleet import (
    decision_counts,
    decisions,
    drift_looks,
    fleet_facts,
    lineage,
    setting_changes,
)

OTHER = replace(SETTINGS, margin=0.3)  # another run
ME = Actor("me@example.org", "127.0.0.1")


def _decide(store: Store, count: int) -> pl.DataFrame:
    made = [
        {"run_id": "run-a", "account_id": f"A{n:03}", "day": CUTOFF + timedelta(days=n % 3), "decision": kind,
         "rival_run": "", "reason": "bias", "decided_by": "amuna", "decided_at": NOW + timedelta(minutes=n),
         "evidence": "{}"}
        for n, kind in zip(range(count), ["refit", "promoted", "refit"] * count, strict=False)
    ]  # fmt: skip
    frame = DECISIONS.frame(made)
    store.upsert(DECISIONS, frame)
    return frame


def test_the_facts_are_those_of_the_tables(trained: Store) -> None:
    run_id = trained.read(RUNS)["run_id"][0]
    judged = [
        {"run_id": run_id, "account_id": f"A{n}", "cutoff": day, "day": day, "observed_m3": 1.0, "forecast_m3": 1.2,
         "baseline_m3": 1.4 if n else None, "inside80": n < 3, "inside95": n < 4}
        for day in (CUTOFF, CUTOFF + timedelta(days=1)) for n in range(5)
    ]  # fmt: skip
    trained.upsert(SCORES, SCORES.frame(judged))
    found = fleet_facts(store=trained, today=CUTOFF + timedelta(days=1))
    assert found.run_id == run_id
    assert found.held["held80"].to_list() == [0.6, 0.6]
    assert found.held["held95"].to_list() == [0.8, 0.8]
    assert found.held["ratio"].to_list() == pytest.approx([0.5, 0.5])
    models = trained.read(MODELS, where={"run_id": run_id})
    assert found.champions["accounts"].sum() == len(models)
    top = models["champion"].value_counts(sort=True).row(0)
    assert found.champions.filter(champion=top[0])["accounts"].sum() == top[1]
    evidence = trained.read(EVIDENCE).filter(pl.col("mase").is_not_null(), pl.col("model") == "champion")
    assert found.by_segment.filter(model="champion")["mase"][0] == pytest.approx(evidence["mase"].mean())


def test_an_untrained_store_has_no_facts_and_no_error() -> None:
    store = open_store(":memory:")
    found = fleet_facts(store=store, today=date(2025, 1, 1))
    assert (found.run_id, found.accuracy) == (None, None)
    assert found.champions.is_empty()
    assert lineage(store=store).is_empty()
    assert drift_looks(store=store).is_empty()
    assert decisions(store=store).is_empty()
    store.close()


def test_decisions_come_newest_first_and_filtered(store: Store) -> None:
    made = _decide(store, 9)
    assert (
        decisions(store=store)["account_id"].to_list() == made["account_id"].sort(descending=True).to_list()
    )
    assert decisions(store=store, limit=2)["account_id"].to_list() == ["A008", "A007"]
    assert set(decisions(store=store, decision="promoted")["decision"]) == {"promoted"}
    assert decisions(store=store, account="A004").height == 1
    assert decisions(store=store, account="A' OR 1=1 --").is_empty()
    counts = decision_counts(store=store)
    wanted = made.group_by("day", "decision").len().sort("day", "decision")
    assert counts["accounts"].to_list() == wanted["len"].to_list()


def test_looks_at_drift_are_counted(store: Store) -> None:
    rows = [
        {"cutoff": CUTOFF, "kind": "data", "measure": name, "part": "", "value": 1.0, "reference": None,
         "limit": limit, "drifted": drifted, "checked_at": NOW}
        for name, limit, drifted in (("a", 1.0, True), ("b", 2.0, False), ("c", None, False))
    ]  # fmt: skip
    store.upsert(DRIFT, DRIFT.frame(rows))
    assert drift_looks(store=store).rows() == [(CUTOFF, 1, 2)]


def test_lineage_names_what_serves_its_challenger_and_what_was_rolled_back(trained: Store) -> None:
    first = trained.read(RUNS)["run_id"][0]
    train(trained, settings=OTHER, now=NOW + timedelta(days=1))
    second = str(lineage(store=trained).row(by_predicate=pl.col("state") == "serves", named=True)["run_id"])
    assert second != first
    done = roll_back(store=trained, actor=ME, reason="too high", now=NOW + timedelta(days=2))
    assert (done.run_id, done.before) == (first, second)
    rows = lineage(store=trained)
    assert rows["run_id"].to_list() == [second, first]
    assert rows["state"].to_list() == ["", "serves"]  # one that was rolled back is no candidate
    assert rows["mase"].null_count() == 0
    audit = trained.read(AUDIT).row(0, named=True)
    assert (audit["action"], audit["user_id"], audit["subject"]) == ("models_rolled_back", ME.user_id, first)
    assert json.loads(audit["detail"]) == {"before": second, "reason": "too high"}
    trained.delete(DECISIONS, where={"decision": "rolled_back"})
    assert lineage(store=trained)["state"].to_list() == ["challenger", "serves"]


def test_what_cannot_be_rolled_back_leaves_no_trace(trained: Store) -> None:
    with pytest.raises(NotEnoughData):
        roll_back(store=trained, actor=ME, reason="", now=NOW)
    assert trained.count(AUDIT) == 0


def test_who_asks_for_a_training_is_written_down(store: Store) -> None:
    ask_training(NOW, store=store, actor=ME, now=NOW)
    row = store.read(AUDIT).row(0, named=True)
    assert (row["action"], row["user_id"], row["address"]) == ("training_asked", ME.user_id, "127.0.0.1")


def test_settings_that_differ_are_named(trained: Store) -> None:
    run = trained.read(RUNS)
    settings = json.loads(run["settings"][0])
    other = settings | {"folds": settings["folds"] + 1}
    other["arima"] = settings["arima"] | {"name": "other"}
    trained.upsert(
        RUNS, run.with_columns(run_id=pl.lit("run-b"), settings=pl.lit(json.dumps(other)), alias=pl.lit(""))
    )
    found = setting_changes(store=trained, run_a=run["run_id"][0], run_b="run-b")
    assert found.rows() == [
        ("arima.name", settings["arima"]["name"], "other"),
        ("folds", str(settings["folds"]), str(settings["folds"] + 1)),
    ]
    assert setting_changes(store=trained, run_a="run-b", run_b="run-b").is_empty()
