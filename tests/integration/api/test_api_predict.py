"""The TensorFlow Serving shape: what a client written for it sends and gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from tests.integration.api.world import HORIZON, ok
from tests.integration.conftest import CUTOFF

from amuna import wiring
from amuna.access.roles import Principal, Role
from amuna.config.settings import Settings
from amuna.domain.ports import Store
from amuna.domain.tables import FORECASTS, RUNS, STATES
from amuna.serve.api.setup import new_app, register_api
from amuna.serve.desk import Desk, open_desk
from amuna.workflows.registered import sync

ROOT = "/v1/models/amuna-fleet"


def _predict(client: FlaskClient, body: object, *, version: int | None = None) -> Any:
    path = f"{ROOT}:predict" if version is None else f"{ROOT}/versions/{version}:predict"
    return client.post(path, data=json.dumps(body))


def _error(response: Any, status: int) -> str:
    assert response.status_code == status, response.data
    assert response.mimetype == "application/json"
    found = response.get_json()
    assert set(found) == {"error"}
    return str(found["error"])


def test_rows_in_rows_out_in_the_order_asked_for(
    admin: FlaskClient, trained: Store, own_account: str
) -> None:
    body = {
        "signature_name": "serving_default",
        "instances": ["mostly_zero", {"account_id": own_account, "days": 3}],
    }
    first, second = ok(_predict(admin, body))["predictions"]
    assert (first["account_id"], second["account_id"]) == ("mostly_zero", own_account)
    assert second["day"] == [(CUTOFF + timedelta(days=n)).isoformat() for n in range(3)]
    stored = trained.read(FORECASTS, where={"account_id": own_account}).sort("day")
    for name in ("forecast_m3", "low80_m3", "high95_m3"):
        assert second[name] == pytest.approx(stored[name].to_list()[:3], abs=5e-5)
    assert len(first["forecast_m3"]) == Settings().forecast_horizon > HORIZON


def test_columns_in_columns_out(admin: FlaskClient, own_account: str) -> None:
    accounts = ["mostly_zero", own_account, "mostly_zero"]
    rows = ok(_predict(admin, {"instances": [{"account_id": name, "days": 2} for name in accounts]}))[
        "predictions"
    ]
    for inputs in ({"account_id": accounts, "days": 2}, {"account_id": accounts, "days": [2, 2, 2]}):
        columns = ok(_predict(admin, {"inputs": inputs}))["outputs"]
        assert columns == {name: [row[name] for row in rows] for name in rows[0]}
    assert ok(_predict(admin, {"inputs": own_account}))["outputs"]["account_id"] == [own_account]


def test_versions_status_and_metadata(admin: FlaskClient) -> None:
    fine = {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    assert ok(admin.get(ROOT)) == ok(admin.get(f"{ROOT}/versions/1")) == {"model_version_status": [fine]}
    for path in (f"{ROOT}/metadata", f"{ROOT}/versions/1/metadata"):
        found = ok(admin.get(path))
        assert found["model_spec"] == {"name": "amuna-fleet", "signature_name": "", "version": "1"}
        signature = found["metadata"]["signature_def"]["signature_def"]["serving_default"]
        assert set(signature["inputs"]) == {"account_id", "days"}
        predicted = ok(_predict(admin, {"instances": ["always_zero"]}))["predictions"][0]
        assert set(signature["outputs"]) == set(predicted)


OTHER_SHAPES = [
    {},
    [],
    {"instances": ["always_zero"], "inputs": ["always_zero"]},
    {"instances": "always_zero"},
    {"instances": []},
    {"instances": [3]},
    {"instances": [{"days": 3}]},
    {"instances": [{"account_id": "always_zero", "days": 0}]},
    {"instances": [{"account_id": "always_zero", "days": True}]},
    {"instances": [{"account_id": "always_zero", "days": 93}]},
    {"instances": [{"account_id": "always_zero", "day": 3}]},
    {"instances": ["always_zero"] * 1001},
    {"inputs": {"account_id": ["always_zero"], "days": [1, 2]}},
    {"inputs": {"account_id": ["always_zero", "always_zero"], "days": [1, 2]}},
    {"instances": ["always_zero"], "signature_name": "classify"},
    {"instances": ["always_zero"], "more": 1},
]


def test_a_body_of_another_shape_is_refused(admin: FlaskClient) -> None:
    for body in OTHER_SHAPES:
        assert _error(_predict(admin, body), 400)


def test_what_is_not_served_is_told_in_its_words(admin: FlaskClient) -> None:
    asked = "Servable not found for request: "
    assert _error(admin.get("/v1/models/half"), 404) == f"{asked}Latest(half)"
    assert _error(_predict(admin, {}, version=7), 404) == f"{asked}Specific(amuna-fleet, 7)"
    assert _error(admin.post("/v1/models/half:predict", data="{}"), 404) == f"{asked}Latest(half)"
    assert "JSON" in _error(admin.post(f"{ROOT}:predict", data="{"), 400)
    assert _error(admin.get("/v1/models/a/b/c"), 404)
    assert _error(admin.put(ROOT), 405)


def test_a_customer_predicts_the_own_account_alone(
    customer: FlaskClient,
    client_as: Callable[[Role | None], FlaskClient],
    own_account: str,
    foreign_account: str,
) -> None:
    assert len(ok(_predict(customer, {"instances": [own_account]}))["predictions"]) == 1
    foreign = _error(_predict(customer, {"instances": [own_account, foreign_account]}), 404)
    assert foreign == _error(_predict(customer, {"instances": ["nobody"]}), 404).replace(
        "nobody", foreign_account
    )
    assert _error(_predict(client_as(None), {"instances": [own_account]}), 401)


def test_a_version_that_only_the_registry_has_answers_too(
    trained: Store, tmp_path: Path, clock: Callable[[], Any], own_account: str
) -> None:
    workspace = wiring.Workspace(tmp_path, Settings(store_path="trained.duckdb", registry_enabled="on"))
    registry = wiring.registry(workspace)
    assert registry is not None
    sync(store=trained, registry=registry)
    desk = open_desk(workspace, trained, now=clock)
    app = new_app()
    _let_in(app)
    register_api(app, desk)
    client = app.test_client()
    body = {"instances": [{"account_id": own_account, "days": 2}]}
    before = ok(_predict(client, body, version=1))
    assert before == ok(_predict(client, body))
    _take_out_of_store(trained, desk)
    assert ok(client.get(ROOT))["model_version_status"][0]["version"] == "1"
    assert ok(_predict(client, body, version=1)) == before


def _let_in(app: Flask) -> None:
    @app.before_request
    def everyone() -> None:
        g.principal = Principal("a", "A", Role.ADMIN, None)


def _take_out_of_store(store: Store, desk: Desk) -> None:
    run_id = store.read(RUNS, columns=["run_id"])["run_id"][0]
    for table in (STATES, RUNS):
        store.delete(table, where={"run_id": run_id})
    desk.memo.forget()
