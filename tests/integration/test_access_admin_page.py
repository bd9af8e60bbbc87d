"""The page of administration: what it shows, what it does, and that each thing it does is seen at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from amuna.access.roles import Principal, Role
from amuna.domain.job_tables import JOBS
from amuna.domain.tables import CONSUMPTION
from amuna.serve.dashboard.admin_audit import shown_rows
from amuna.serve.dashboard.page import Visit
from amuna.serve.desk import Desk
from amuna.workflows.jobs import Run, queue
from amuna.workflows.users import stored_user
from amuna.workflows.views.users import list_audit, list_tokens


class AdminPage:
    """An administrator in front of the page."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def shown(self, part: str) -> str:
        """What the page of a part says, as JSON."""
        headers = {"Referer": f"http://localhost/app/admin/{part}"}
        return json.dumps(self._client.get("/app/_dash-layout", headers=headers).json, ensure_ascii=False)

    def done(
        self, outputs: list[str], trigger: str | dict[str, str], *values: tuple[str, str, Any]
    ) -> dict[str, Any]:
        """The answer of a callback, after its button was clicked."""
        told = [dict(zip(("id", "property"), one.split("."), strict=True)) for one in outputs]
        clicked: Any = {"id": trigger, "property": "n_clicks", "value": 1}
        name = (
            json.dumps(trigger, separators=(",", ":"), sort_keys=True)
            if isinstance(trigger, dict)
            else trigger
        )
        body = {
            "output": f"..{'...'.join(outputs)}.." if len(outputs) > 1 else outputs[0],
            "outputs": told if len(outputs) > 1 else told[0],
            "inputs": [[clicked]] if isinstance(trigger, dict) else [clicked],
            "state": [{"id": name, "property": prop, "value": value} for name, prop, value in values],
            "changedPropIds": [f"{name}.n_clicks"],
        }
        answer = self._client.post("/app/_dash-update-component", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json)

    def add(self, user: str, role: str, accounts: str = "") -> str:
        """The answer to adding a user."""
        values = (
            ("admin-new-user", "value", user),
            ("admin-new-name", "value", "Rosa"),
            ("admin-new-role", "value", role),
            ("admin-new-accounts", "value", accounts),
        )
        return json.dumps(
            self.done(["admin-user-made.children"], "admin-new-add", *values), ensure_ascii=False
        )


@pytest.fixture
def page(client_as: Callable[[Role | None], FlaskClient]) -> AdminPage:
    """The page in front of an administrator."""
    client = client_as(Role.ADMIN)
    client.get("/app/admin")
    return AdminPage(client)


def link_in(said: str) -> str:
    """The address of a link that is shown."""
    return "/link/" + said.split("http://localhost/link/")[1].split('"')[0]


def test_a_user_is_added_with_a_link_that_opens(
    app: Flask, desk: Desk, page: AdminPage, own_account: str
) -> None:
    said = page.add("ana@example.org", "customer", own_account)
    assert app.test_client().get(link_in(said)).status_code == 200
    user, _ = stored_user("ana@example.org", store=desk.store)
    assert (user.role, user.accounts) == (Role.CUSTOMER, (own_account,))
    assert "Ya hay un usuario" in page.add("ana@example.org", "customer")
    assert "Solo un cliente" in page.add("eva@example.org", "crew", own_account)
    assert "ana@example.org" in page.shown("users/ana%40example.org")


def test_a_deactivated_user_is_out_at_once(
    app: Flask, page: AdminPage, client_as: Callable[[Role | None], FlaskClient]
) -> None:
    analyst = client_as(Role.ANALYST)
    values = [
        ("admin-who", "children", "analyst@example.org"),
        ("admin-name", "value", "Ana"),
        ("admin-role", "value", "analyst"),
        ("admin-accounts", "value", ""),
        ("admin-active", "checked", False),
    ]
    assert "Se guardó" in str(page.done(["admin-told.children"], "admin-save", *values))
    assert analyst.get("/").location == "/sign-in"
    values[0] = ("admin-who", "children", "admin@example.org")
    assert "último administrador" in str(page.done(["admin-told.children"], "admin-save", *values))


def test_a_token_is_made_shown_once_and_revoked(app: Flask, desk: Desk, page: AdminPage) -> None:
    values = (
        ("admin-token-user", "value", "admin@example.org"),
        ("admin-token-label", "value", "BI"),
        ("admin-token-days", "value", 5),
        ("admin-token-scopes", "value", ["demand", "data"]),
    )
    outputs = ["admin-token-made.children", "admin-tokens.children"]
    said = json.dumps(page.done(outputs, "admin-token-make", *values))
    token = "amuna_" + said.split("amuna_")[1].split('"')[0]
    headers = {"Authorization": f"Bearer {token}"}
    assert app.test_client().get("/api/v1/feeds", headers=headers).status_code == 200
    assert app.test_client().get("/api/v1/accounts", headers=headers).status_code == 403
    assert token not in page.shown("tokens")
    name = list_tokens(desk.store, desk.now())["token_id"][0]
    button = {"type": "admin-token-revoke", "token": name}
    revoked = page._client.get("/app/_dash-dependencies").json
    output = next(one["output"] for one in revoked if "admin-token-revoke" in json.dumps(one["inputs"]))
    page.done(output.strip(".").split("..."), button)
    assert app.test_client().get("/api/v1/feeds", headers=headers).status_code == 401


def test_settings_show_values_and_no_password(page: AdminPage) -> None:
    said = page.shown("settings")
    assert "serve.rate_limit" in said
    assert "Aguas de Prueba" in said
    assert "Puerto en el que atiende amuna serve" in said
    assert "Port amuna serve listens on" not in said


def test_the_audit_log_is_a_part(page: AdminPage) -> None:
    assert "Quién hizo qué" in page.shown("audit")


def test_the_audit_log_speaks_the_visitors_language(desk: Desk, page: AdminPage, own_account: str) -> None:
    page.add("ana@example.org", "customer", own_account)
    with page._client.application.test_request_context():
        seen = Visit(desk, Principal("admin@example.org", "Admin", Role.ADMIN, None), "es")
        rows = shown_rows(seen)
    told = dict(rows.filter(pl.col("subject") == "ana@example.org").select("action", "detail").iter_rows())
    assert told["Agregó un usuario"] == "rol: Cliente"
    assert told["Creó un enlace"] == "vale por horas: 24; para: elegir contraseña"


def erased(page: AdminPage, account: str, again: str) -> str:
    """The answer to erasing an account."""
    values = (("admin-erase-account", "value", account), ("admin-erase-again", "value", again))
    outputs = [
        "admin-erase-told.children",
        "admin-erase-account.value",
        "admin-erase-again.value",
    ]
    return json.dumps(page.done(outputs, "admin-erase", *values), ensure_ascii=False)


def test_an_account_is_erased_where_it_is_written_twice(
    desk: Desk, page: AdminPage, own_account: str, foreign_account: str
) -> None:
    assert "Borrar para siempre" in page.shown("erasure")
    page.add("ana@example.org", "customer", own_account)
    assert "No se borró nada" in erased(page, own_account, foreign_account)
    assert "No se borró nada" in erased(page, "", "")
    assert desk.store.count(CONSUMPTION, where={"account_id": own_account})
    assert page._client.get(f"/api/v1/accounts/{own_account}").status_code == 200
    said = erased(page, own_account, f" {own_account} ")
    assert f"Se borró la cuenta {own_account}" in said
    assert "ana@example.org" in said
    assert not desk.store.count(CONSUMPTION, where={"account_id": own_account})
    assert page._client.get(f"/api/v1/accounts/{own_account}").status_code == 404
    assert page._client.get(f"/api/v1/accounts/{foreign_account}").status_code == 200
    log = list_audit(desk.store, action="account_forgotten")
    assert log.select("user_id", "subject").rows() == [("admin@example.org", own_account)]
    assert f"no hay nada de la cuenta {own_account}: ya se borró" in erased(page, own_account, own_account)


def test_nothing_is_erased_while_a_job_would_write_it_again(
    desk: Desk, page: AdminPage, own_account: str
) -> None:
    run = Run("train", desk.now(), "here:1")
    queue(run, store=desk.store, now=desk.now())
    desk.store.upsert(
        JOBS, desk.store.read(JOBS, where={"job": "train"}).with_columns(status=pl.lit("running"))
    )
    assert "hay un trabajo en marcha" in erased(page, own_account, own_account)
    assert desk.store.count(CONSUMPTION, where={"account_id": own_account})


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.CREW, Role.ANALYST, Role.OPERATOR])
def test_only_administrators_erase(
    client_as: Callable[[Role | None], FlaskClient], desk: Desk, role: Role, own_account: str
) -> None:
    said = erased(AdminPage(client_as(role)), own_account, own_account)
    assert "Se borró" not in said
    assert desk.store.count(CONSUMPTION, where={"account_id": own_account})
