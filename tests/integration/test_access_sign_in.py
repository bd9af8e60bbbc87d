"""Signing in: links, passwords, sessions, lock-out, and what a browser is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.integration.conftest import Clock

from amuna.access.roles import Permission, Role
from amuna.domain.access_tables import AUDIT, SESSIONS, USERS
from amuna.serve.auth.cookies import SESSION
from amuna.serve.desk import Desk
from amuna.serve.http import create_app
from amuna.workflows.audit import PROGRAM
from amuna.workflows.links import demo_customer_link, first_admin_link, make_link
from amuna.workflows.tokens import revoke_token
from amuna.workflows.users import change_user

PASSWORD = "tres gatos y un canal"
ClientAs = Callable[[Role | None], FlaskClient]


@pytest.fixture
def admin(app: Flask, desk: Desk) -> FlaskClient:
    """A browser in which the first administrator has chosen a password and was signed in by that."""
    secret = first_admin_link(desk.store, desk.now())
    client = app.test_client()
    answer = client.post(f"/link/{secret}", data={"password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/app/today"), answer.text
    return client


def sign_in(app: Flask, user: str, password: str) -> tuple[FlaskClient, int]:
    """A browser that has tried to sign in, and the status of the answer."""
    client = app.test_client()
    return client, client.post("/sign-in", data={"user": user, "password": password}).status_code


def test_the_first_start_makes_a_link_for_an_administrator_and_none_once_there_is_one(
    app: Flask, desk: Desk, admin: FlaskClient
) -> None:
    """The link makes a session; the password signs in again; the next start makes no link."""
    assert admin.get_cookie(SESSION) is not None
    assert first_admin_link(desk.store, desk.now()) is None
    assert desk.store.read(USERS)["password_hash"][0].startswith("$argon2id$")
    assert sign_in(app, " ADMIN ", PASSWORD)[1] == 303


def test_a_first_link_that_nobody_used_is_replaced_by_that_of_the_next_start(app: Flask, desk: Desk) -> None:
    """Only the newest link of a user holds."""
    first, second = (first_admin_link(desk.store, desk.now()) for _ in range(2))
    client = app.test_client()
    assert client.get(f"/link/{first}").status_code == 410
    assert client.get(f"/link/{second}").status_code == 200


def test_looking_at_a_link_does_not_use_it_and_using_it_does(
    app: Flask, desk: Desk, own_account: str
) -> None:
    """Mail scanners GET every link; only the button's POST counts, and only once."""
    secret = demo_customer_link(own_account, store=desk.store, now=desk.now())
    client = app.test_client()
    assert [client.get(f"/link/{secret}").status_code for _ in range(3)] == [200, 200, 200]
    used = client.post(f"/link/{secret}")
    assert (used.status_code, used.location) == (303, "/app/my-water")
    assert app.test_client().post(f"/link/{secret}").status_code == 410


def test_a_link_expires_after_its_hours(app: Flask, desk: Desk, clock: Clock, user_of: Callable) -> None:
    """A day after, it is a clear page in the reader's language."""
    user = user_of(Role.ANALYST)
    secret = make_link(user.user_id, store=desk.store, actor=PROGRAM, now=desk.now())
    clock.now += timedelta(hours=24)
    page = app.test_client().get(f"/link/{secret}", headers={"Accept-Language": "en-GB"})
    assert page.status_code == 410
    assert "no longer works" in page.text


def test_a_weak_password_is_refused_and_the_link_can_be_used_again(app: Flask, desk: Desk) -> None:
    """Short, monotonous, or with the name in it."""
    secret = first_admin_link(desk.store, desk.now())
    client = app.test_client()
    for weak in ("short", "aaaaaaaaaaaaaaaa", "the admin is me"):
        page = client.post(f"/link/{secret}", data={"password": weak})
        assert page.status_code == 422, weak
        assert "La contraseña " in page.text, weak
    assert client.post(f"/link/{secret}", data={"password": PASSWORD}).status_code == 303


def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(app: Flask, admin: FlaskClient) -> None:
    """Nobody learns who has a user here."""
    pages = []
    for user in ("admin", "nobody@example.org"):
        answer = app.test_client().post("/sign-in", data={"user": user, "password": "not the password"})
        pages.append((answer.status_code, answer.text.replace(f'value="{user}"', "")))
    assert pages[0] == pages[1]
    assert pages[0][0] == 401


@pytest.mark.parametrize("user", ["admin", "nobody@example.org"])
def test_five_failures_lock_the_name_out_for_a_while_that_doubles(
    app: Flask, admin: FlaskClient, clock: Clock, user: str
) -> None:
    """Also for names of nobody; the right password does not help meanwhile, and does afterwards."""
    for _ in range(5):
        assert sign_in(app, user, "wrong")[1] == 401
    locked = app.test_client().post("/sign-in", data={"user": user, "password": PASSWORD})
    assert (locked.status_code, locked.headers["Retry-After"]) == (429, "60")
    clock.now += timedelta(seconds=61)
    assert sign_in(app, user, "wrong")[1] == 401
    clock.now += timedelta(seconds=61)
    assert sign_in(app, user, PASSWORD)[1] == 429
    clock.now += timedelta(seconds=61)
    assert sign_in(app, user, PASSWORD)[1] == (303 if user == "admin" else 401)


def test_an_address_may_try_so_many_names_a_minute(app: Flask) -> None:
    """Guessing one password for many names is slow too."""
    answers = [sign_in(app, f"user{number}@example.org", "x")[1] for number in range(21)]
    assert answers == [401] * 20 + [429]


def test_a_session_ends_after_idle_hours_and_after_days_in_any_case(
    app: Flask, admin: FlaskClient, clock: Clock, desk: Desk
) -> None:
    """Use prolongs it up to seven days; eleven idle hours are fine, twelve are not."""
    start = clock.now
    while clock.now < start + timedelta(days=7) - timedelta(hours=11):
        clock.now += timedelta(hours=11)
        assert admin.get("/").location == "/app/today", clock.now
    clock.now = start + timedelta(days=7)
    assert admin.get("/").location.startswith("/sign-in")
    other, _ = sign_in(app, "admin", PASSWORD)
    clock.now += timedelta(hours=12)
    assert other.get("/").location.startswith("/sign-in")


def test_signing_out_ends_the_session_for_whoever_kept_the_cookie(
    app: Flask, desk: Desk, client_as: ClientAs
) -> None:
    """The secret opens nothing afterwards; the page before asks, so that a picture on another site cannot."""
    client = client_as(Role.ANALYST)
    secret = client.get_cookie(SESSION).value
    assert client.get("/sign-out").status_code == 200
    assert desk.store.count(SESSIONS) == 1
    assert client.post("/sign-out").status_code == 303
    client.set_cookie(SESSION, secret)
    assert client.get("/").location.startswith("/sign-in")
    assert desk.store.count(SESSIONS) == 0


def test_a_form_without_the_sessions_key_changes_nothing(app: Flask, desk: Desk, client_as: ClientAs) -> None:
    """The key is the session's own: neither none nor that of another session will do, nor one from elsewhere."""
    client, other = client_as(Role.ANALYST), client_as(Role.OPERATOR)
    theirs = other.environ_base["HTTP_X_CSRFTOKEN"]
    mine = client.environ_base.pop("HTTP_X_CSRFTOKEN")
    assert client.post("/sign-out").status_code == 403
    assert client.post("/sign-out", headers={"X-CSRFToken": theirs}).status_code == 403
    elsewhere = {"X-CSRFToken": mine, "Sec-Fetch-Site": "cross-site"}
    assert client.post("/sign-out", headers=elsewhere).status_code == 403
    assert desk.store.count(SESSIONS) == 2
    assert client.post("/sign-out", data={"_csrf_token": mine}).status_code == 303


def test_the_cookie_is_for_https_alone_but_on_this_machine(
    app: Flask, desk: Desk, admin: FlaskClient
) -> None:
    """HttpOnly and SameSite always; Secure wherever it is not a browser on this machine over HTTP."""
    form = {"user": "admin", "password": PASSWORD}
    for base, secure in (
        ("http://localhost:8350", False),
        ("http://127.0.0.1:8350", False),
        ("http://agua.example.org", True),
        ("https://localhost", True),
    ):
        answer = app.test_client().post("/sign-in", data=form, base_url=base)
        session, key = sorted(answer.headers.getlist("Set-Cookie"), reverse=True)
        assert session.startswith("amuna_session=")
        assert "HttpOnly" in session
        assert "SameSite=Lax" in session
        assert ("Secure" in session, "Secure" in key) == (secure, secure), base


def test_nobody_is_sent_to_another_site_after_signing_in(app: Flask, admin: FlaskClient) -> None:
    """Only addresses of this site are gone to."""
    for after, to in (
        ("/app/models?x=1", "/app/models?x=1"),
        ("//evil.example", "/app/today"),
        ("https://evil.example/", "/app/today"),
        ("/\\evil.example", "/app/today"),
        ("/\t/evil.example", "/app/today"),
    ):
        form = {"user": "admin", "password": PASSWORD, "next": after}
        assert app.test_client().post("/sign-in", data=form).location == to, after


def test_every_answer_carries_the_headers_that_keep_a_browser_safe(app: Flask) -> None:
    """Pages may run scripts of this site alone; other answers none; HTTPS is remembered."""
    client = app.test_client()
    for path in ("/sign-in", "/health", "/nothing-here"):
        headers = client.get(path, base_url="https://localhost").headers
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "same-origin", path
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path
        assert headers["Strict-Transport-Security"].startswith("max-age="), path
    page = client.get("/sign-in").headers["Content-Security-Policy"]
    scripts = next(part for part in page.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts
    assert "http" not in page


def test_what_is_not_there_is_a_page_in_the_readers_language(app: Flask) -> None:
    """For people a page, for programs a problem; never a stack trace."""
    client = app.test_client()
    page = client.get("/nothing-here")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "no lleva a ninguna página" in page.text
    assert "leads to no page" in client.get("/nothing-here", headers={"Accept-Language": "en"}).text
    assert client.get("/api/v1/nothing-here").mimetype == "application/problem+json"


def test_a_failure_inside_is_told_with_a_number_that_stands_in_the_log(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What failed stays in the log."""
    monkeypatch.setitem(app.view_functions, "access._ask", lambda: 1 / 0)
    page = app.test_client().get("/sign-in")
    assert page.status_code == 500
    assert "ZeroDivisionError" not in page.text
    number = page.text.split("con el número ")[1][:8]
    assert f"incident {number}" in caplog.text


def test_the_address_of_a_proxy_is_believed_only_where_there_is_one(desk: Desk) -> None:
    """Else anyone could write it, and have as many addresses to try from as they like."""
    forwarded = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "agua.example",
    }
    for proxies, address in ((0, "127.0.0.1"), (1, "203.0.113.9")):
        settings = replace(desk.workspace.settings, serve_proxies=proxies)
        app = create_app(replace(desk, workspace=replace(desk.workspace, settings=settings)))
        answer = app.test_client().post("/sign-in", data={"user": "x", "password": "y"}, headers=forwarded)
        assert desk.store.read(AUDIT).sort("audit_id")["address"][-1] == address
        assert ("Strict-Transport-Security" in answer.headers) == (proxies == 1)


def test_the_language_is_chosen_by_the_person_then_the_user_then_the_browser(
    app: Flask, desk: Desk, client_as: ClientAs
) -> None:
    """Spanish where nobody says anything."""
    client = app.test_client()
    assert "Iniciar sesión" in client.get("/sign-in").text
    assert "Sign in" in client.get("/sign-in", headers={"Accept-Language": "en"}).text
    assert client.get("/language/en?next=/sign-in").location == "/sign-in"
    assert "Sign in" in client.get("/sign-in", headers={"Accept-Language": "es"}).text
    assert client.get("/language/fr").status_code == 404
    analyst = client_as(Role.ANALYST)
    change_user("analyst@example.org", store=desk.store, actor=PROGRAM, now=desk.now(), language="en")
    app.extensions["amuna_access"].known.reread()
    assert "You are signed in" in analyst.get("/sign-out", headers={"Accept-Language": "es"}).text


def test_who_is_deactivated_is_out_at_once_with_their_tokens(
    app: Flask, desk: Desk, client_as: ClientAs, token_for: Callable[..., str]
) -> None:
    """Their sessions, tokens and links end."""
    token, client = token_for(Role.ANALYST), client_as(Role.ANALYST)
    link = make_link("analyst@example.org", store=desk.store, actor=PROGRAM, now=desk.now())
    change_user("analyst@example.org", store=desk.store, actor=PROGRAM, now=desk.now(), active=False)
    app.extensions["amuna_access"].known.reread()
    assert client.get("/").location.startswith("/sign-in")
    assert client.get(f"/link/{link}").status_code == 410
    assert reason(app, token) == "revoked"


def test_a_token_opens_what_it_was_made_for_until_it_expires_or_is_revoked(
    app: Flask, desk: Desk, clock: Clock, token_for: Callable[..., str]
) -> None:
    """Each refusal says why."""
    token = token_for(Role.OPERATOR, scopes=frozenset({Permission.DEMAND}), days=2)
    with asked(app, token) as found:
        assert found.may(Permission.DEMAND)
        assert not found.may(Permission.INGEST)
    assert reason(app, "amuna_guess") == "unknown"
    clock.now += timedelta(days=2)
    assert reason(app, token) == "expired"
    second = token_for(Role.OPERATOR)
    name = desk.store.query("SELECT token_id FROM tokens ORDER BY created_at DESC LIMIT 1").item()
    revoke_token(name, store=desk.store, actor=PROGRAM, now=desk.now())
    app.extensions["amuna_access"].known.reread()
    assert reason(app, second) == "revoked"


def test_a_customers_requests_are_counted_and_the_utilitys_are_not(
    app: Flask, desk: Desk, client_as: ClientAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is the setting's; the answer says when to try again."""
    monkeypatch.setattr("amuna.serve.auth.identify.time.monotonic", lambda: 6000.0)
    customer, analyst = client_as(Role.CUSTOMER), client_as(Role.ANALYST)
    limit = desk.workspace.settings.serve_rate_limit
    assert {customer.get("/sign-out").status_code for _ in range(limit)} == {200}
    refused = customer.get("/sign-out")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert {analyst.get("/sign-out").status_code for _ in range(limit + 1)} == {200}


def test_the_audit_log_tells_who_signed_in_and_holds_no_secret(
    app: Flask, desk: Desk, admin: FlaskClient
) -> None:
    """Also what failed; what was typed for a user that is not there is not kept: it may be a password."""
    sign_in(app, "admin", "wrong")
    sign_in(app, "my password by mistake", "wrong")
    log = desk.store.read(AUDIT).sort("audit_id")
    assert log["action"].to_list() == [
        "user_added",
        "link_made",
        "password_chosen",
        "sign_in",
        "sign_in_failed",
        "sign_in_failed",
    ]
    assert log["subject"].to_list()[-2:] == ["admin", ""]
    text = log.write_csv()
    assert PASSWORD not in text
    assert "mistake" not in text


def asked(app: Flask, token: str):
    """Who asks with this token."""
    from contextlib import contextmanager

    from amuna.serve.auth.gate import principal

    @contextmanager
    def inside():
        with app.test_request_context("/health", headers={"Authorization": f"Bearer {token}"}):
            app.preprocess_request()
            yield principal()

    return inside()


def reason(app: Flask, token: str) -> str:
    """Why a token is refused."""
    from amuna.domain.errors import SignInNeeded

    with pytest.raises(SignInNeeded) as refused, asked(app, token):
        pass
    return str(refused.value.facts["reason"])
