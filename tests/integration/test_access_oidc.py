"""Signing in by OpenID Connect, against a genuine provider over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.integration.conftest import Clock
from tests.integration.oidc_provider import SECRET, OidcProvider, oidc_provider
from werkzeug.test import TestResponse

from amuna.access.roles import Role
from amuna.config.settings import Settings
from amuna.domain.access_tables import AUDIT
from amuna.domain.ports import Store
from amuna.serve.auth.cookies import SESSION
from amuna.serve.desk import Desk
from amuna.serve.http import create_app
from amuna.workflows.audit import PROGRAM
from amuna.workflows.users import User, change_user

pytest.importorskip("authlib", reason="the extra oidc is not installed")


@pytest.fixture
def provider(clock: Clock) -> Iterator[OidcProvider]:
    """A provider at which the analyst is signed in."""
    with oidc_provider(clock, {"email": "Analyst@example.org", "email_verified": True}) as found:
        yield found


@pytest.fixture
def app(desk: Desk, provider: OidcProvider, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The web application of a utility with that provider."""
    monkeypatch.setenv("OIDC_SECRET", SECRET)
    settings = replace(
        desk.workspace.settings, serve_oidc_issuer=provider.issuer, serve_oidc_secret="${OIDC_SECRET}"
    )
    return create_app(replace(desk, workspace=replace(desk.workspace, settings=settings)))


def sign_in(client: FlaskClient, provider: OidcProvider, **changed: str) -> TestResponse:
    """Go to the provider and come back; `changed` replaces parts of the address come back with."""
    there = client.get("/sign-in/oidc?next=/app/models")
    assert there.location.startswith(provider.issuer)
    back = provider.authorize(there.location)
    query = dict(part.split("=", 1) for part in back.split("?")[1].split("&"))
    return client.get("/sign-in/oidc/done", query_string=query | changed)


def test_a_verified_address_signs_its_user_in(
    app: Flask, provider: OidcProvider, trained: Store, user_of: Callable[[Role], User]
) -> None:
    """It is the user whose name is the address, in whatever letters; the page gone for is opened."""
    user_of(Role.ANALYST)
    client = app.test_client()
    assert "cuenta de la empresa" in client.get("/sign-in").text
    answer = sign_in(client, provider)
    assert (answer.status_code, answer.location) == (303, "/app/models"), answer.text
    assert client.get("/").location == "/app/today"
    assert '{"by": "oidc"}' in trained.read(AUDIT)["detail"].to_list()


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"email_verified": False}, "no hay aquí un usuario"),
        ({"email": "stranger@example.org"}, "no hay aquí un usuario"),
        ({"email": ""}, "no hay aquí un usuario"),
        ({"nonce": "of another"}, "no respondió como se esperaba"),
        ({"aud": "another program"}, "no respondió como se esperaba"),
        ({"iss": "https://evil.example"}, "no respondió como se esperaba"),
        ({"exp": 1}, "no respondió como se esperaba"),
    ],
)
def test_what_is_not_right_in_the_identity_is_refused(
    app: Flask, provider: OidcProvider, user_of: Callable[[Role], User], claims: dict[str, Any], words: str
) -> None:
    """Unverified, unknown, for someone else, from someone else, or too old."""
    user_of(Role.ANALYST)
    provider.claims |= claims
    client = app.test_client()
    answer = sign_in(client, provider)
    assert answer.status_code == 401
    assert words in answer.text
    assert client.get_cookie(SESSION) is None


def test_who_was_deactivated_stays_out(
    app: Flask, desk: Desk, provider: OidcProvider, user_of: Callable[[Role], User]
) -> None:
    """Also where the provider still knows them."""
    change_user(user_of(Role.ANALYST).user_id, store=desk.store, actor=PROGRAM, now=desk.now(), active=False)
    assert sign_in(app.test_client(), provider).status_code == 401


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(
    app: Flask, provider: OidcProvider, user_of: Callable[[Role], User]
) -> None:
    """Another state, another code, no cookie, a cookie of another sign-in, or the same answer once more."""
    user_of(Role.ANALYST)
    client = app.test_client()
    assert sign_in(client, provider, state="another").status_code == 401
    assert sign_in(client, provider, code="another").status_code == 401
    there = client.get("/sign-in/oidc")
    back = provider.authorize(there.location)
    assert app.test_client().get(back).status_code == 401
    other = app.test_client()
    other.get("/sign-in/oidc")
    assert other.get(back).status_code == 401
    assert client.get(back).status_code == 303
    assert client.get(back).status_code == 401


def test_a_token_signed_with_another_key_is_refused(
    app: Flask, provider: OidcProvider, user_of: Callable[[Role], User]
) -> None:
    """The keys are those that the provider publishes."""
    user_of(Role.ANALYST)
    client = app.test_client()
    there = client.get("/sign-in/oidc")
    back = provider.authorize(there.location)
    published = provider.answer("/jwks_uri", {})
    provider.key = type(provider.key).generate_key(2048, {"kid": "1", "use": "sig"})
    ask = provider.answer
    provider.answer = lambda path, form: published if path == "/jwks_uri" else ask(path, form)  # type: ignore[method-assign]
    assert client.get(back).status_code == 401


def test_a_provider_that_is_away_is_told_as_such(desk: Desk) -> None:
    """And signing in with a password goes on."""
    settings = replace(desk.workspace.settings, serve_oidc_issuer="http://127.0.0.1:9")
    away = create_app(replace(desk, workspace=replace(desk.workspace, settings=settings)))
    answer = away.test_client().get("/sign-in/oidc")
    assert answer.status_code == 401
    assert "no respondió como se esperaba" in answer.text
    assert away.test_client().get("/sign-in").status_code == 200


def test_without_a_provider_there_is_no_such_door(desk: Desk) -> None:
    """Neither the button nor the address."""
    plain = create_app(desk)
    assert Settings().serve_oidc_issuer == ""
    assert plain.test_client().get("/sign-in/oidc").status_code == 404
    assert "oidc" not in plain.test_client().get("/sign-in").text
