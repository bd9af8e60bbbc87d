"""The page of models: every view in both languages, its filters, and what only an operator may do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl
import pytest
from flask.testing import FlaskClient
from tests.integration.conftest import CUTOFF, NOW, SETTINGS, train
from tests.integration.dashing import ask, words_of

from amuna.access.roles import Permission, Principal, Role
from amuna.domain.access_tables import AUDIT
from amuna.domain.errors import NotAllowed
from amuna.domain.ports import Store
from amuna.domain.tables import DECISIONS, DRIFT, RUNS, SCORES
from amuna.lifecycle.findings import QUARTER_DAYS
from amuna.serve.dashboard import models
from amuna.serve.dashboard.drift_meanings import MEANINGS
from amuna.serve.dashboard.models_choice import Choice, choice
from amuna.serve.dashboard.models_decisions import evidence_words
from amuna.serve.dashboard.models_operate import start_training
from amuna.serve.dashboard.page import Visit
from amuna.serve.desk import Desk
from amuna.serve.report.drift_strings import MEASURES
from amuna.workflows.monitor import monitor

ClientAs = Callable[[Role | None], FlaskClient]
OTHER = replace(SETTINGS, margin=0.3)  # another run
PAGE = "/app/models?see=trainings"


def _visit(desk: Desk, language: str = "es", role: Role = Role.ANALYST, **query: str) -> Visit:
    return Visit(desk, Principal("a@example.org", "A", role, None), language, (), query)


@pytest.fixture
def busy(trained: Store, desk: Desk) -> Desk:
    """A desk whose store has decisions, findings, scores and two trainings."""
    run_id = trained.read(RUNS)["run_id"][0]
    days = [CUTOFF + timedelta(days=n) for n in range(3)]
    trained.upsert(SCORES, SCORES.frame([
        {"run_id": run_id, "account_id": "A1", "cutoff": day, "day": day, "observed_m3": 1.0, "forecast_m3": 1.2,
         "baseline_m3": 1.4, "inside80": True, "inside95": True} for day in days
    ]))  # fmt: skip
    trained.upsert(DECISIONS, DECISIONS.frame([
        {"run_id": run_id, "account_id": f"A{n}", "day": days[n % 3], "decision": kind, "rival_run": "",
         "reason": "evidence", "decided_by": "amuna", "decided_at": NOW, "evidence": json.dumps({"days": 14, "rival_mae_m3": 0.25})}
        for n, kind in enumerate(("refit", "promoted", "rolled_back"))
    ]))  # fmt: skip
    monitor(store=trained, now=NOW)
    trained.upsert(
        DRIFT,
        trained.read(DRIFT)
        .head(1)
        .with_columns(drifted=pl.lit(True), measure=pl.lit("level"), part=pl.lit("")),
    )
    train(trained, settings=OTHER, now=NOW + timedelta(days=1))
    desk.memo.forget()
    return desk


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("see", ["accuracy", "serving", "drift", "decisions", "trainings"])
def test_every_view_is_shown_with_and_without_history(
    desk: Desk, busy: Desk, see: str, language: str
) -> None:
    for role in (Role.ANALYST, Role.OPERATOR):
        told = words_of(models.layout(_visit(busy, language, role, see=see)))
        assert ("Entrenamientos" if language == "es" else "Trainings") in told
        assert "{" not in told
        assert "nan" not in told.lower().split()


def test_the_figures_are_those_of_the_evidence(busy: Desk) -> None:
    told = words_of(models.layout(_visit(busy)))
    run = busy.store.read(RUNS, where={"alias": "champion"})["run_id"][0]
    mean = busy.store.query(
        "SELECT AVG(mase) FROM evidence WHERE run_id = ? AND model = 'champion' AND mase IS NOT NULL", [run]
    ).item()
    assert f"Error medio (MASE) {mean:.2f}" in told
    assert "Dentro del intervalo del 80\u202f% 100\u202f%" in told.replace(" %", "\u202f%")


def test_what_drifted_is_told_with_what_to_do(busy: Desk) -> None:
    told = words_of(models.layout(_visit(busy, see="drift")))
    assert "han pasado su límite" in told
    assert MEANINGS["level"].es in told
    assert set(MEANINGS) == set(MEASURES)  # nothing that can drift goes without a meaning
    assert QUARTER_DAYS == 91


def test_decisions_are_filtered_by_the_address(busy: Desk) -> None:
    told = words_of(models.layout(_visit(busy, see="decisions", decision="promoted")))
    rows = told[told.index("En qué se basa") :]
    assert "A1" in rows
    assert "A0" not in rows
    assert "14 días; del rival 0.250 m³" in rows
    none = words_of(models.layout(_visit(busy, see="decisions", account="nobody")))
    assert "No hay ninguna con este filtro." in none
    assert choice({"see": "x", "decision": "y", "account": " A1 "}) == Choice(account="A1")


def test_evidence_that_is_no_figures_is_left_out() -> None:
    for text in ("", "[]", "{}", "null", '{"odd": {"a": 1}}', '{"days": true}'):
        assert evidence_words(text) == "–"
    assert evidence_words('{"reason": "alto", "run-0123456789ab": 0.8}').es == "“alto”; 012345678: MASE 0.80"  # type: ignore[union-attr]


def test_two_trainings_are_compared(busy: Desk) -> None:
    told = words_of(models.layout(_visit(busy, see="trainings")))
    assert "Ajustes de configuración distintos" in told
    assert "margin 0.2 0.3" in told or "margin 0.3 0.2" in told
    assert "Comparados en las 2 fechas" in told
    assert "en uso" in told


def test_only_an_operator_is_offered_and_may_go_back(busy: Desk, client_as: ClientAs) -> None:
    assert "Volver al anterior" not in words_of(models.layout(_visit(busy, see="trainings")))
    assert "Volver al anterior" in words_of(models.layout(_visit(busy, role=Role.OPERATOR, see="trainings")))
    state = {"models-reason.value": "falla en comercios"}
    before = busy.store.read(RUNS, where={"alias": "champion"})["run_id"][0]
    refused = ask(client_as(Role.ANALYST), {"models-back-yes.n_clicks": 1}, state=state, page=PAGE)
    assert busy.store.read(RUNS, where={"alias": "champion"})["run_id"][0] == before
    assert "su rol no permite" in refused.text.lower() or "role does not allow" in refused.text
    ask(client_as(Role.OPERATOR), {"models-back-yes.n_clicks": None}, state=state, page=PAGE)
    assert busy.store.read(RUNS, where={"alias": "champion"})["run_id"][0] == before
    done = ask(client_as(Role.OPERATOR), {"models-back-yes.n_clicks": 1}, state=state, page=PAGE)
    assert done.json is not None
    assert "Ahora sirve" in words_of(done.json["response"]["models-told"]["children"])
    after = busy.store.read(RUNS, where={"alias": "champion"})["run_id"][0]
    assert after != before
    row = busy.store.read(AUDIT, where={"action": "models_rolled_back"}).row(0, named=True)
    assert row["subject"] == after
    assert row["user_id"].startswith("operator")
    assert json.loads(row["detail"])["reason"] == "falla en comercios"


def test_going_back_where_nothing_served_before_is_told(desk: Desk, client_as: ClientAs) -> None:
    found = ask(client_as(Role.OPERATOR), {"models-back-yes.n_clicks": 1}, page=PAGE)
    assert found.json is not None
    assert "no hay a cuál volver" in words_of(found.json["response"]["models-told"]["children"])
    assert desk.store.count(AUDIT, where={"action": "models_rolled_back"}) == 0


def test_a_training_is_asked_for_once_and_written_down(desk: Desk, client_as: ClientAs) -> None:
    asked: list[datetime] = []

    def start() -> datetime:
        asked.append(NOW)
        return NOW

    with client_as(Role.OPERATOR).application.test_request_context():
        told = words_of(start_training(_visit(replace(desk, start=start), role=Role.OPERATOR)))
        assert "Entrenamiento pedido" in told
        assert "solo responde" in words_of(start_training(_visit(desk, role=Role.OPERATOR)))
        with pytest.raises(NotAllowed, match=Permission.JOBS.value):
            start_training(_visit(replace(desk, start=start), role=Role.ANALYST))
    assert asked == [NOW]
    assert desk.store.count(AUDIT, where={"action": "training_asked"}) == 1


def test_an_untrained_utility_is_told_what_to_do(desk: Desk) -> None:
    for table in (RUNS, DECISIONS):
        for row in desk.store.read(table).iter_rows(named=True):
            desk.store.delete(table, where={"run_id": row["run_id"]})
    desk.memo.forget()
    assert "Todavía no hay modelos" in words_of(models.layout(_visit(desk)))
    assert "Todavía no hay ninguno" in words_of(models.layout(_visit(desk, see="trainings")))
