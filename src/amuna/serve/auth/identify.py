"""Who asks: found from the request's token or session in memory, before every request."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from flask import Flask, Request, abort, current_app, g, request

from amuna.access.lockout import Lockout
from amuna.access.passes import refusal
from amuna.access.rates import RateLimit
from amuna.access.roles import Role
from amuna.access.secrets import form_key, hashed, same
from amuna.domain.errors import SignInNeeded
from amuna.domain.text import Text
from amuna.serve.auth.cookies import FORM_HEADER, FORM_KEY, SESSION
from amuna.serve.auth.known import Known
from amuna.serve.auth.language import say
from amuna.serve.desk import Desk
from amuna.workflows.audit import Actor

SIGN_INS_PER_MINUTE = 20
_NAME = "amuna_access"
_REQUESTS = Text("pedidos", "requests")
_SIGN_INS = Text("inicios de sesión desde esta dirección", "sign-ins from this address")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_BEARER = "bearer "
_OTHER_SITE = Text(
    "La página se quedó abierta demasiado tiempo, o el pedido vino de otro sitio. Recárguela e intente otra vez.",
    "The page was open for too long, or the request came from another site. Reload it and try again.",
)


@dataclass(frozen=True)
class Access:
    """What telling who asks needs.

    Parameters
    ----------
    desk
        What every door works with.
    known
        Sessions and tokens in memory.
    customers
        Requests a minute of a customer.
    sign_ins
        Sign-ins a minute from an address.
    lockout
        Names that wait after failed sign-ins.
    """

    desk: Desk
    known: Known
    customers: RateLimit
    sign_ins: RateLimit = field(default_factory=lambda: RateLimit(SIGN_INS_PER_MINUTE, what=_SIGN_INS))
    lockout: Lockout = field(default_factory=Lockout)


def access() -> Access:
    """What telling who asks needs, of the present application."""
    found: Access = current_app.extensions[_NAME]
    return found


def register_identify(app: Flask, desk: Desk) -> Access:
    """Tell before each request who asks."""
    customers = RateLimit(desk.workspace.settings.serve_rate_limit, what=_REQUESTS)
    found = Access(desk, Known(desk.store, desk.now, erased=desk.memo.forget), customers)
    app.extensions[_NAME] = found

    @app.before_request
    def identify() -> None:
        environ = request.environ
        if "HTTP_AUTHORIZATION" in environ:
            _by_token(found, environ["HTTP_AUTHORIZATION"])
        elif SESSION in environ.get("HTTP_COOKIE", ""):
            _by_session(found)

    return found


def actor() -> Actor:
    """Who asks, for the audit log."""
    held = g.get("held")
    return Actor("" if held is None else held.principal.user_id, request.remote_addr or "")


def refuse_other_sites() -> None:
    """Refuse a form that a browser says another site has sent.

    Raises
    ------
    Forbidden
        If it does.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403, description=say(_OTHER_SITE))


def _by_token(found: Access, header: str) -> None:
    if header[: len(_BEARER)].lower() == _BEARER:
        _admit(found, "token", hashed(header[len(_BEARER) :].strip()))


def _by_session(found: Access) -> None:
    secret = request.cookies.get(SESSION, "")
    secret_hash = hashed(secret)
    if not _admit(found, "session", secret_hash):
        return
    if request.method not in _SAFE:
        _require_form_key(request, secret)
    found.known.used(secret_hash, g.held)


def _admit(found: Access, kind: str, secret_hash: str) -> bool:
    """Say who asks, or remember why the request says nothing about it; a door that needs to know tells then."""
    held = found.known.find(secret_hash)
    try:
        if held is None or held.kind != kind:
            raise refusal(kind, "unknown")
        held.require(found.desk.now())
    except SignInNeeded as refused:
        g.refusal = refused
        return False
    g.held, g.principal = held, held.principal
    if held.principal.role is Role.CUSTOMER:
        found.customers.take(held.principal.user_id, time.monotonic())
    return True


def _require_form_key(asked: Request, secret: str) -> None:
    """Refuse what changes something unless it brings the session's key, which another site cannot read."""
    refuse_other_sites()
    found = asked.headers.get(FORM_HEADER) or asked.form.get(FORM_KEY, "")
    if not same(found, form_key(secret)):
        abort(403, description=say(_OTHER_SITE))
