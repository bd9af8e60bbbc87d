"""The proof that nobody sees what is not theirs: every route and page, asked by everyone, against one table.

What has no entry in ROUTES or PAGES_FOR fails the test: say there who may use it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import dash
import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.integration.conftest import CUTOFF, SETTINGS, Clock
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from amuna.access.roles import Permission, Role
from amuna.domain.access_tables import TOKENS
from amuna.serve.auth.cookies import SESSION
from amuna.serve.dashboard.pages import PAGES
from amuna.serve.desk import Desk
from amuna.workflows.audit import PROGRAM
from amuna.workflows.forecast import forecast
from amuna.workflows.tokens import revoke_token

CUSTOMER, CREW, ANALYST, OPERATOR, ADMIN = Role
EVERYONE = frozenset(Role)
ANALYSTS = frozenset({ANALYST, OPERATOR, ADMIN})
OPERATORS = frozenset({OPERATOR, ADMIN})
STAFF = ANALYSTS | {CREW}
UNSIGNED = ("nobody", "expired token", "revoked token", "unknown token", "expired session", "unknown session")
NARROW = "narrow token"  # an administrator's, made for the audit log alone


@dataclass(frozen=True)
class Door:
    """Who may use a route.

    Parameters
    ----------
    roles
        Roles that may; None where it is open to everyone.
    ok
        Status for those who may.
    unsigned
        Status for those of whom no session and no token says who they are.
    narrow
        Status for a token that was made for something else.
    query, body
        What the route must be asked with.
    """

    roles: frozenset[Role] | None = None
    ok: int = 200
    unsigned: int = 401
    narrow: int = 403
    query: str = ""
    body: dict[str, Any] = field(default_factory=dict)

    def expected(self, asker: str) -> int:
        """The status for one who asks."""
        if self.roles is None:
            return self.ok
        if asker in UNSIGNED:
            return self.unsigned
        if asker == NARROW:
            return self.narrow
        return self.ok if asker in self.roles else 403


OPEN, ABSENT = Door(), Door(ok=404)
SIGNED = Door(EVERYONE, narrow=200)
PERIOD = f"?first_day={CUTOFF - timedelta(days=7)}&last_day={CUTOFF + timedelta(days=4)}"
ROUTES = {
    "GET /": Door(ok=302),
    "GET /access/<path:filename>": OPEN,
    "GET /sign-in": Door(EVERYONE, ok=302, unsigned=200, narrow=302),
    "POST /sign-in": Door(ok=401),
    "GET /sign-out": Door(EVERYONE, unsigned=302, narrow=200),
    "POST /sign-out": Door(ok=303),
    "GET /link/<secret>": Door(ok=410),
    "POST /link/<secret>": Door(ok=410),
    "GET /language/<chosen>": Door(ok=303),
    "GET /static/<path:filename>": ABSENT,
    "GET /health": OPEN,
    "GET /ready": OPEN,
    "GET /metrics": OPEN,  # totals for the utility's own Prometheus: docs/access.md says to keep it from outside
    "GET /api/docs": OPEN,
    "GET /api/docs/start.js": OPEN,
    "GET /api/docs/swagger/<path:name>": ABSENT,
    "GET /api/v1/openapi.json": OPEN,
    "GET /api/v1": SIGNED,
    "GET /api/v1/accounts": Door(EVERYONE),
    "GET /api/v1/accounts/<path:account_id>": Door(EVERYONE),
    "GET /api/v1/accounts/<path:account_id>/evaluation": Door(EVERYONE),
    "GET /api/v1/accounts/<path:account_id>/forecast": Door(EVERYONE),
    "GET /api/v1/accounts/<path:account_id>/bill": Door(EVERYONE - {CREW}, query=PERIOD),
    "GET /api/v1/accounts/<path:account_id>/period-forecast": Door(EVERYONE, query=PERIOD),
    "GET /api/v1/accounts/<path:account_id>/readings": Door(EVERYONE),
    "GET /api/v1/accounts/<path:account_id>/registers": Door(EVERYONE),
    "GET /api/v1/alarms": Door(STAFF),
    "GET /api/v1/alarms/<path:alarm_id>": Door(STAFF, ok=404),
    "POST /api/v1/alarms/<path:alarm_id>/state": Door(STAFF - {ANALYST}, ok=404, body={"state": "seen"}),
    "GET /api/v1/evaluations": Door(ANALYSTS),
    "GET /api/v1/feeds": Door(ANALYSTS),
    "GET /api/v1/groups": Door(ANALYSTS),
    "GET /api/v1/groups/<string:level>/<path:group>/forecast": Door(ANALYSTS, ok=404),
    "GET /api/v1/jobs": Door(OPERATORS),
    "POST /api/v1/jobs": Door(OPERATORS, ok=409),  # this process only answers, and starts none
    "GET /api/v1/jobs/<string:job_id>": Door(OPERATORS, ok=404),
    "GET /api/v1/jobs/<string:job_id>/events": Door(OPERATORS, ok=404),
    "GET /api/v1/models": Door(ANALYSTS),
    "GET /api/v1/models/<string:run_id>": Door(ANALYSTS),
    "GET /api/v1/quality": Door(ANALYSTS),
    "GET /api/v1/quality/drift": Door(ANALYSTS),
    "GET /api/v1/quarantine": Door(ANALYSTS),
    "GET /api/v1/zones": Door(STAFF),
    "GET /api/v1/zones.geojson": Door(STAFF),
    "GET /api/v1/zones/<path:zone_id>": Door(STAFF, ok=404),
    "GET /api/v1/zones/<path:zone_id>/forecast": Door(STAFF, ok=404),
    "GET /api/v1/zones/<path:zone_id>/inflow": Door(STAFF, ok=404),
    "GET /api/v1/zones/<path:zone_id>/reasons": Door(STAFF, ok=404),
    "GET /api/v1/zones/<path:zone_id>/scores": Door(STAFF, ok=404),
    "POST /api/v1/readings": Door(OPERATORS, ok=422),
    "GET /v1/models/<string:name>": Door(EVERYONE),
    "GET /v1/models/<string:name>/metadata": Door(EVERYONE),
    "GET /v1/models/<string:name>/versions/<int:version>": Door(EVERYONE),
    "GET /v1/models/<string:name>/versions/<int:version>/metadata": Door(EVERYONE),
    "POST /v1/models/<string:name>/versions/<int:version>:predict": Door(EVERYONE, ok=400),
    "POST /v1/models/<string:name>:predict": Door(EVERYONE, ok=400),
    "GET /app/": Door(EVERYONE, ok=302, unsigned=302, narrow=200),
    "GET /app/<path:path>": Door(EVERYONE, unsigned=302, narrow=200),
    "GET /app/demand.csv": Door(ANALYSTS, unsigned=302),
    "GET /app/_dash-layout": SIGNED,
    "GET /app/_dash-dependencies": SIGNED,
    "GET /app/_reload-hash": SIGNED,
    "GET /app/_favicon.ico": OPEN,
    "GET /app/assets/<path:filename>": ABSENT,
    "GET /app/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": ABSENT,
    "POST /app/_dash-update-component": Door(EVERYONE, ok=400, narrow=400),  # a body that no page sends
}
PAGES_FOR = {
    "today": ANALYSTS,
    "demand": STAFF,  # of which a crew sees the zones
    "accounts": EVERYONE,
    "alarms": STAFF,
    "data": ANALYSTS,
    "models": ANALYSTS,
    "my-water": EVERYONE - {CREW},
    "admin": frozenset({ADMIN}),
}


@dataclass(frozen=True)
class Asker:
    """Someone who asks: by session or token, or nobody."""

    name: str
    client: FlaskClient
    headers: dict[str, str]

    def ask(self, method: str, path: str, **more: Any) -> TestResponse:
        """The answer; each asker has an address, so that limits of one are not those of another."""
        headers = self.headers | more.pop("headers", {})
        place = {"REMOTE_ADDR": self.name}
        answer = self.client.open(path, method=method, headers=headers, environ_overrides=place, **more)
        answer.close()
        return answer


Askers = dict[str, Asker]


@pytest.fixture
def askers(
    app: Flask,
    desk: Desk,
    clock: Clock,
    client_as: Callable[[Role | None], FlaskClient],
    token_for: Callable[..., str],
) -> Askers:
    """Everyone who may ask: each role by session, and everyone whom nothing says who they are."""
    forecast(store=desk.store, horizon=SETTINGS.horizon, billing_days=SETTINGS.billing_days)
    app.test_client().get("/health")
    old = {"expired token": token_for(ADMIN, days=1), "revoked token": token_for(ADMIN, days=30)}
    idle = client_as(ADMIN)
    clock.now += timedelta(days=2)
    for name in desk.store.read(TOKENS)["token_id"].to_list()[1:]:
        revoke_token(name, store=desk.store, actor=PROGRAM, now=desk.now())
    tokens = old | {
        "unknown token": "amuna_guess",
        NARROW: token_for(ADMIN, scopes=frozenset({Permission.AUDIT})),
    }
    guess = app.test_client()
    guess.set_cookie(SESSION, "guess")
    clients = {role: client_as(role) for role in Role}
    clients |= {"nobody": app.test_client(), "expired session": idle, "unknown session": guess}
    found = [Asker(name, client, {}) for name, client in clients.items()]
    found += [
        Asker(name, app.test_client(), {"Authorization": f"Bearer {token}"}) for name, token in tokens.items()
    ]
    assert {asker.name for asker in found} == {*Role, *UNSIGNED, NARROW}
    return {asker.name: asker for asker in found}


@pytest.fixture
def values(desk: Desk, own_account: str) -> dict[str, Any]:
    """What stands in the places of routes."""
    run = desk.store.query("SELECT run_id FROM runs WHERE alias = 'champion'").item()
    return {
        "account_id": own_account,
        "run_id": run,
        "name": "amuna-fleet",
        "version": 1,
        "filename": "access.css",
        "chosen": "es",
        "package_name": "dash",
    }


def routes(app: Flask) -> Iterator[tuple[str, str, Rule]]:
    """Name, method and rule of every route; the one that ends sessions last."""
    found = [
        (f"{method} {rule.rule}", method, rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]
    yield from sorted(found, key=lambda route: (route[0] == "POST /sign-out", route[0]))


def path_of(rule: Rule, values: dict[str, Any]) -> str:
    """An address of a route."""
    built = rule.build({name: values.get(name, "x") for name in rule.arguments})
    assert built is not None
    return str(built[1])


def sent(method: str, name: str, door: Door, asker: Asker) -> dict[str, Any]:
    """The body of a request: a form for the pages of sign-in, JSON elsewhere."""
    if method == "GET":
        return {}
    return (
        {"data": {"user": asker.name}}
        if name in {"POST /sign-in", "POST /link/<secret>"}
        else {"json": door.body}
    )


def test_every_route_answers_everyone_as_the_table_says(
    app: Flask, askers: Askers, values: dict[str, Any]
) -> None:
    """All of them by all roles, by nobody, and by sessions and tokens that do not hold."""
    wrong = []
    for name, method, rule in routes(app):
        door = ROUTES.get(name)
        if door is None:
            wrong.append(f"{name}: not in ROUTES")
            continue
        for asker in askers.values():
            found = asker.ask(
                method, path_of(rule, values) + door.query, **sent(method, name, door, asker)
            ).status_code
            if found != door.expected(asker.name):
                wrong.append(f"{name} for {asker.name}: {found}, expected {door.expected(asker.name)}")
    assert not wrong, "\n".join(wrong)


def test_another_customers_account_is_not_there_for_a_customer(
    app: Flask, askers: Askers, values: dict[str, Any], foreign_account: str
) -> None:
    """In every route with an account in its path; the answer is that of an account that does not exist."""
    asked = 0
    for name, method, rule in routes(app):
        if "account_id" not in rule.arguments:
            continue
        asked += 1
        foreign, absent = (
            path_of(rule, values | {"account_id": account}) + ROUTES[name].query
            for account in (foreign_account, "A9999999")
        )
        refused, unknown = (askers[CUSTOMER].ask(method, path) for path in (foreign, absent))
        assert (refused.status_code, unknown.status_code) == (404, 404), name
        assert refused.text.replace(foreign_account, "A9999999") == unknown.text, name
        assert askers[ANALYST].ask(method, foreign).status_code == 200, name
    assert asked >= 5


def test_lists_and_predictions_hold_nothing_of_another_customer(
    askers: Askers, own_account: str, foreign_account: str
) -> None:
    """Where the account is not in the path: in a list, a query or a body."""
    listed = askers[CUSTOMER].ask("GET", "/api/v1/accounts").text
    assert own_account in listed
    assert foreign_account not in listed
    body = {"instances": [{"account_id": foreign_account}]}
    refused = askers[CUSTOMER].ask("POST", "/v1/models/amuna-fleet:predict", json=body)
    assert refused.status_code in {400, 404}, refused.text


def test_the_answer_tells_why_a_token_does_not_hold(askers: Askers) -> None:
    """Expired, revoked and unknown are told apart, in facts that programs read."""
    for name, reason in (
        ("expired token", "expired"),
        ("revoked token", "revoked"),
        ("unknown token", "unknown"),
    ):
        answer = askers[name].ask("GET", "/api/v1/accounts")
        assert (answer.status_code, answer.json["facts"]["reason"]) == (401, reason)


def test_every_page_opens_for_the_roles_of_the_table_alone(app: Flask, askers: Askers) -> None:
    """What a page shows is laid out by one route, which reads the page from the Referer."""
    assert {page.name for page in PAGES} <= set(PAGES_FOR), "a page is not in PAGES_FOR"
    for page in PAGES:
        referer = {"Referer": f"http://localhost/app/{page.name}"}
        for role in Role:
            shown = askers[role].ask("GET", "/app/_dash-layout", headers=referer)
            refused = "no está entre las páginas de su rol" in json.dumps(shown.json, ensure_ascii=False)
            assert refused == (role not in PAGES_FOR[page.name]), f"{page.name} for {role}"


def callbacks(page: Any, desk: Desk) -> Iterator[dict[str, Any]]:
    """A request for each of a page's callbacks, with nothing in its inputs."""
    apart = dash.Dash(__name__)
    if page.callbacks is not None:
        page.callbacks(apart, desk)
    for output, known in apart.callback_map.items():
        if "callback" not in known:
            continue
        inputs, state = ([{**one, "value": None} for one in known[part]] for part in ("inputs", "state"))
        outputs = [part.rsplit(".", 1) for part in output.strip(".").split("...")]
        told = [{"id": name, "property": prop.split("@")[0]} for name, prop in outputs]
        yield {
            "output": output,
            "outputs": told if output.startswith("..") else told[0],
            "inputs": inputs,
            "state": state,
            "changedPropIds": [f"{one['id']}.{one['property']}" for one in inputs[:1]],
        }


def test_no_callback_of_a_page_answers_a_role_that_may_not_open_it(desk: Desk, askers: Askers) -> None:
    """It says that it may not, or nothing at all; and to nobody it says to sign in."""
    for page in PAGES:
        for request in callbacks(page, desk):
            referer = {"Referer": f"http://localhost/app/{page.name}"}
            for asker in askers.values():
                if asker.name in PAGES_FOR[page.name] or asker.name == NARROW:
                    continue
                answer = asker.ask("POST", "/app/_dash-update-component", json=request, headers=referer)
                where = f"{page.name} {request['output']} for {asker.name}"
                if asker.name in UNSIGNED:
                    assert answer.status_code == 401, where
                else:
                    assert answer.status_code == 204 or not answer.json["response"], where
