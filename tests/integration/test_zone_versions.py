"""Trainings of zones in genuine MLflow: each a version with its facts, its figures and what restores it; and which one serves."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.integration.dashing import words_of
from tests.zone_town import CUTOFF, DAYS, PLACE, QUICK, flow_rows, town_hours, town_store
from typer.testing import CliRunner

from amuna.access.roles import Principal, Role
from amuna.config.settings import Settings
from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.tables import DECISIONS, RUNS
from amuna.domain.zone_tables import FLOWS, ZONE_MODELS, ZONE_SCORES
from amuna.lifecycle.artefact import ZONES
from amuna.lifecycle.registry import MlflowRegistry
from amuna.serve.cli.main import app
from amuna.serve.dashboard.models_zones import zones_card
from amuna.serve.dashboard.page import Visit
from amuna.serve.desk import open_desk
from amuna.store.duckdb_store import open_store
from amuna.wiring import Workspace
from amuna.workflows.views.fleet import lineage
from amuna.workflows.views.zone_serving import zone_serving
from amuna.workflows.zone_forecast import forecast_zones
from amuna.workflows.zone_registered import keep_zones, restore_zones, sync_zones
from amuna.workflows.zone_score import score_zones
from amuna.workflows.zone_train import ZoneTrainReport, train_zones
from amuna.workflows.zone_versions import (
    find_zone_run,
    list_zone_versions,
    promote_zones,
    rollback_zones,
)

NOW = datetime(2022, 6, 1, 4, tzinfo=UTC)
HOURS = town_hours(DAYS + 8)


def train(store: Store, *, later: int = 0) -> ZoneTrainReport:
    return train_zones(store=store, place=PLACE, forecasters=QUICK, now=NOW + timedelta(days=later))


@pytest.fixture(scope="module")
def trained_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two trainings, the second a week later and serving."""
    folder = tmp_path_factory.mktemp("zones")
    store = town_store(folder, HOURS)
    train(store)
    store.upsert(FLOWS, flow_rows(HOURS.filter(pl.col("observed_at") >= CUTOFF)))
    train(store, later=7)
    store.close()
    return folder / "town.duckdb"


@pytest.fixture
def store(trained_file: Path, tmp_path: Path) -> Iterator[Store]:
    copy = tmp_path / "town.duckdb"
    copy.write_bytes(trained_file.read_bytes())
    opened = open_store(copy)
    yield opened
    opened.close()


def registry_in(folder: Path) -> MlflowRegistry:
    return MlflowRegistry(
        "sqlite:///mlflow.db",
        folder=folder,
        artefacts="mlruns",
        name="amuna-zones",
        loader="",
        about="Zones.",
        layout=ZONES,
    )


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mlflow")
    registry_in(folder).versions()
    return folder / "mlflow.db"


@pytest.fixture
def registry(empty_database: Path, tmp_path: Path) -> MlflowRegistry:
    (tmp_path / "mlflow.db").write_bytes(empty_database.read_bytes())
    return registry_in(tmp_path)


def runs_of(store: Store) -> tuple[str, str]:
    """The first training and the second."""
    first, second = store.read(RUNS).sort("started_at")["run_id"].to_list()
    return first, second


def test_every_training_becomes_a_version_with_its_facts_and_figures(
    store: Store, registry: MlflowRegistry, tmp_path: Path
) -> None:
    first, second = runs_of(store)
    assert sync_zones(store=store, registry=registry) == [first, second]
    assert sync_zones(store=store, registry=registry) == []
    newest, oldest = registry.versions()
    assert (newest.run_id, newest.aliases, oldest.run_id, oldest.aliases) == (
        second,
        ("champion",),
        first,
        (),
    )
    assert newest.facts["amuna.models"] == "ridge, trees"
    assert newest.facts["amuna.data.cutoff"] == (HOURS["observed_at"][-1] + timedelta(hours=1)).isoformat()
    assert newest.facts["amuna.data.sha256"] != oldest.facts["amuna.data.sha256"]
    with sqlite3.connect(tmp_path / "mlflow.db") as database:
        query = "SELECT key, value FROM {} JOIN runs USING (run_uuid) WHERE name = ?"
        figures = dict(database.execute(query.format("metrics"), [second]))
        settings = dict(database.execute(query.format("params"), [second]))
    database.close()
    assert 0 < figures["mae_first_m3h"] < figures["baseline_mae_first_m3h"]
    assert figures["weight_later.ridge"] + figures["weight_later.trees"] == pytest.approx(1)
    assert figures["seconds"] > 0
    assert settings["country"] == "IT"
    assert settings["model.trees"].startswith("Trees(")


def test_a_version_has_the_errors_of_each_zone_and_how_much_each_input_counts(
    store: Store, registry: MlflowRegistry
) -> None:
    sync_zones(store=store, registry=registry)
    tables = registry.load(2)
    errors, importance = tables["zone_errors"], tables["importance"]
    assert errors.group_by("zone_id").len().sort("zone_id").rows() == [
        ("north", 2),
        ("south", 2),
        ("west", 2),
    ]
    assert (errors["mae_m3h"] > 0).all()
    sums = importance.group_by("model", "days").agg(pl.col("share").sum())
    assert set(sums["model"]) == {"ridge", "trees"}
    assert sums["share"].to_list() == pytest.approx([1.0] * 4)
    warm = importance.filter(pl.col("input").str.starts_with("temp"))
    assert (warm.group_by("model", "days").agg(pl.col("share").sum())["share"] > 0.2).all()


def test_a_version_that_the_store_forgot_is_restored_and_forecasts_the_same_bits(
    store: Store, registry: MlflowRegistry
) -> None:
    _, second = runs_of(store)
    made = forecast_zones(store=store, place=PLACE).rows
    sync_zones(store=store, registry=registry)
    before = store.read(ZONE_MODELS, where={"run_id": second}).sort("part")
    store.delete(ZONE_MODELS, where={"run_id": second})
    store.delete(RUNS, where={"run_id": second})
    assert restore_zones(store=store, registry=registry, number=2) == second
    assert_frame_equal(store.read(ZONE_MODELS, where={"run_id": second}).sort("part"), before)
    again = forecast_zones(store=store, place=PLACE).rows
    assert again.sort("zone_id", "observed_at").equals(made.sort("zone_id", "observed_at"))
    with pytest.raises(NotEnoughData, match="no version 9"):
        restore_zones(store=store, registry=registry, number=9)


def test_a_person_goes_back_and_forth_and_the_alias_follows(store: Store, registry: MlflowRegistry) -> None:
    first, second = runs_of(store)
    back = rollback_zones(store=store, by="Rosa", reason="too low", now=NOW)
    assert (back.run_id, back.before) == (first, second)
    assert forecast_zones(store=store, place=PLACE).run_id == first
    sync_zones(store=store, registry=registry)
    assert {version.run_id: version.aliases for version in registry.versions()}[first] == ("champion",)
    again = promote_zones(store=store, run_id=find_zone_run(store, second[:9]), by="Rosa", reason="", now=NOW)
    assert (again.run_id, again.before) == (second, first)
    decisions = store.read(DECISIONS).sort("decision")
    assert decisions.select("run_id", "decision", "decided_by").rows() == [
        (second, "promoted", "Rosa"),
        (first, "rolled_back", "Rosa"),
    ]
    assert json.loads(decisions["evidence"][1]) == {"reason": "too low"}
    assert promote_zones(store=store, run_id=second, by="Rosa", reason="", now=NOW).before == second
    assert lineage(store=store).is_empty()


def test_trainings_are_listed_with_and_without_a_registry(store: Store, registry: MlflowRegistry) -> None:
    first, second = runs_of(store)
    alone = list_zone_versions(store)
    assert alone.select("run_id", "aliases", "version", "zones").rows() == [
        (second, "champion", None, 3),
        (first, "", None, 3),
    ]
    assert (alone["mae_first_m3h"] < alone["baseline_mae_first_m3h"]).all()
    sync_zones(store=store, registry=registry)
    store.delete(ZONE_MODELS, where={"run_id": first})
    both = list_zone_versions(store, registry.versions())
    assert both.select("version", "in_store").rows() == [(2, True), (1, False)]
    figures = ["mae_first_m3h", "mae_later_m3h", "models", "settings"]
    assert_frame_equal(both.select(figures), alone.select(figures))


def test_what_cannot_be_chosen_tells_what_to_do(tmp_path: Path, store: Store) -> None:
    with pytest.raises(NotEnoughData, match="0 trainings of zones"):
        find_zone_run(store, "zones-nothing")
    with pytest.raises(NotEnoughData, match="2 trainings of zones"):
        find_zone_run(store, "zones-")
    first, _ = runs_of(store)
    store.delete(ZONE_MODELS, where={"run_id": first})
    with pytest.raises(NotEnoughData, match="no other training"):
        rollback_zones(store=store, by="Rosa", reason="", now=NOW)


def test_zones_train_without_a_registry_and_while_it_is_away(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keep_zones(store=store, registry=None)
    away = tmp_path / "away"
    away.mkdir()
    (away / "mlflow.db").write_text("no database", encoding="utf-8")
    keep_zones(store=store, registry=registry_in(away))
    assert "The store has everything that serves" in caplog.text


def test_ten_days_have_no_figures_and_are_kept_all_the_same(tmp_path: Path, registry: MlflowRegistry) -> None:
    young = HOURS.filter(pl.col("observed_at").is_between(CUTOFF - timedelta(days=10), CUTOFF, closed="left"))
    (tmp_path / "young").mkdir()
    store = town_store(tmp_path / "young", young)
    run = train_zones(store=store, place=PLACE, forecasters=[replace(QUICK[0])], now=NOW)
    assert sync_zones(store=store, registry=registry) == [run.run_id]
    (version,) = registry.versions()
    assert (version.facts["amuna.models"], "amuna.mae_first_m3h" in version.facts) == ("", False)
    assert registry.load(1)["zone_errors"].is_empty()
    store.close()


def amuna(folder: Path, *words: str) -> dict[str, Any]:
    """The JSON of a command, in this process: a program of its own would import MLflow anew."""
    done = CliRunner().invoke(app, ["-w", str(folder), "models", *words, "--json"])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_command_line_lists_goes_back_and_restores(
    store: Store, registry: MlflowRegistry, tmp_path: Path
) -> None:
    first, second = runs_of(store)
    sync_zones(store=store, registry=registry)
    store.close()
    (tmp_path / "amuna.toml").write_text('[store]\npath = "town.duckdb"\n', encoding="utf-8")
    listed = amuna(tmp_path, "list", "--zones")["versions"]
    assert [(row["run_id"], row["version"], row["aliases"]) for row in listed] == [
        (second, 2, "champion"),
        (first, 1, ""),
    ]
    back = amuna(tmp_path, "rollback", "--zones", "--by", "Rosa")
    assert (back["run_id"], back["before"]) == (first, second)
    champion = [version.run_id for version in registry.versions() if version.aliases]
    assert champion == [first]
    assert amuna(tmp_path, "restore", "2", "--zones")["run_id"] == second
    assert amuna(tmp_path, "promote", second, "--by", "Rosa")["before"] == first


def test_the_models_page_tells_what_serves_the_zones_and_how_it_did(store: Store, tmp_path: Path) -> None:
    first, _ = runs_of(store)
    rollback_zones(store=store, by="Rosa", reason="", now=NOW)
    forecast_zones(store=store, place=PLACE, cutoff=CUTOFF)
    fresh = zone_serving(store)
    assert fresh is not None
    assert (fresh.run_id, fresh.zones, fresh.judged.is_empty()) == (first, 3, True)
    assert fresh.weights["model"].to_list() == ["ridge", "trees"]
    assert fresh.weights.select("first", "later").sum().row(0) == pytest.approx((1, 1))
    assert (fresh.held_out["mae_m3h"] < fresh.held_out["baseline_mae_m3h"]).all()
    score_zones(store=store, time_zone=PLACE.time_zone)
    desk = open_desk(Workspace(tmp_path, Settings(store_path="town.duckdb")), store, now=lambda: NOW)
    for language, words in (
        ("es", ["Árboles de decisión", "Semanas que no había visto", "Desde que sirve", "Primer día"]),
        ("en", ["Decision trees", "Weeks it had not seen", "Since it serves", "First day"]),
    ):
        visit = Visit(desk, Principal("a", "A", Role.ANALYST, None), language, (), {})
        (card,) = zones_card(visit)
        told = words_of(card)
        assert all(word in told for word in [*words, first])
        assert "{" not in told
        assert "nan" not in told.lower().split()
    judged = zone_serving(store)
    assert judged is not None
    assert judged.judged.select("days", "zone_days").rows() == [("first", 3), ("later", 18)]
    scores = store.read(ZONE_SCORES, where={"lead": 1})
    assert judged.judged["mae_m3h"][0] == pytest.approx(scores["mae_m3h"].mean())


def test_without_trained_zones_the_models_page_has_no_card_of_them(tmp_path: Path) -> None:
    empty = open_store(tmp_path / "empty.duckdb")
    desk = open_desk(Workspace(tmp_path, Settings()), empty, now=lambda: NOW)
    assert zones_card(Visit(desk, Principal("a", "A", Role.ANALYST, None), "es", (), {})) == []
    empty.close()
