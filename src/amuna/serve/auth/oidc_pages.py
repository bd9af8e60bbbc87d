"""The two addresses of OpenID Connect: to the provider, and back from it."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, make_response, redirect, request
from flask.typing import ResponseReturnValue

from amuna.config.reading import filled
from amuna.config.settings import Settings
from amuna.domain.errors import MissingExtra, NotFound, SignInNeeded
from amuna.domain.text import Text
from amuna.serve.auth.cookies import secure
from amuna.serve.auth.identify import access
from amuna.serve.auth.pages import begin, inside
from amuna.workflows.sessions import open_session
from amuna.workflows.users import stored_user

_COOKIE = "amuna_oidc"
_PATH = "/sign-in/oidc"
_WAIT_S = 600


def add_oidc(routes: Blueprint, settings: Settings) -> None:
    """Add the routes.

    Raises
    ------
    MissingExtra
        If Authlib is not installed.
    """
    try:
        from amuna.serve.auth.oidc import Attempt, Provider
    except ModuleNotFoundError as error:
        raise MissingExtra("Authlib", extra="oidc") from error
    secret = filled(settings.serve_oidc_secret, setting="serve.oidc_secret")
    provider = Provider(settings.serve_oidc_issuer, client=settings.serve_oidc_client, secret=secret)

    @routes.get(_PATH)
    def to_provider() -> ResponseReturnValue:
        url, attempt = provider.start(_back(), inside(request.args.get("next", "")))
        response = make_response(redirect(url))
        return _keep(response, attempt.text(), age_s=_WAIT_S)

    @routes.get(f"{_PATH}/done")
    def from_provider() -> ResponseReturnValue:
        tools = access()
        attempt = Attempt.read(request.cookies.get(_COOKIE, ""))
        now, store = tools.desk.now(), tools.desk.store
        email = provider.finish(attempt, request.args.to_dict(), back=_back(), now=now)
        try:
            user, _ = stored_user(email, store=store)
        except NotFound:
            user = None
        if user is None or not user.active:
            raise SignInNeeded(
                Text("No hay un usuario activo {email}.", "There is no active user {email}."),
                remedy=Text("Agréguelo, o actívelo, con amuna user.", "Add or activate it with amuna user."),
                reason="oidc",
                email=email,
            )
        opened = open_session(user, store=store, now=now, address=request.remote_addr or "", how="oidc")
        return _keep(begin(opened, after=inside(attempt.after)), "", age_s=0)


def _back() -> str:
    return f"{request.host_url.rstrip('/')}{_PATH}/done"


def _keep(response: Response, text: str, *, age_s: int) -> Response:
    response.set_cookie(
        _COOKIE,
        text,
        max_age=age_s,
        path=_PATH,
        httponly=True,
        secure=secure(request),
        samesite="Lax",
    )
    response.status_code = HTTPStatus.SEE_OTHER
    return response
