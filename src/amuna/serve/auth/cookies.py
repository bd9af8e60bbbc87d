"""Cookies: the session's, and the key that a form of the session brings back."""

from __future__ import annotations

from flask import Request, Response

from amuna.access.passes import LONGEST
from amuna.access.secrets import form_key

SESSION = "amuna_session"
FORM_KEY = "_csrf_token"
FORM_HEADER = "X-CSRFToken"
LANGUAGE = "amuna_language"
_YEAR_S = 365 * 86_400
_HERE = ("localhost", "127.0.0.1", "[::1]")


def secure(request: Request) -> bool:
    """Whether cookies are for HTTPS alone: always, but where this machine's own browser asks over HTTP."""
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    return request.is_secure or host not in _HERE


def set_session(response: Response, request: Request, secret: str) -> Response:
    """Give the browser its session, and the key of the session's forms, which its scripts may read."""
    age_s = int(LONGEST.total_seconds())
    response.set_cookie(SESSION, secret, max_age=age_s, httponly=True, secure=secure(request), samesite="Lax")
    response.set_cookie(FORM_KEY, form_key(secret), max_age=age_s, secure=secure(request), samesite="Strict")
    return response


def end_session(response: Response) -> Response:
    """Take session and key back."""
    response.delete_cookie(SESSION, httponly=True, samesite="Lax")
    response.delete_cookie(FORM_KEY, samesite="Strict")
    return response


def set_language(response: Response, request: Request, language: str) -> Response:
    """Remember the language for a year."""
    response.set_cookie(
        LANGUAGE, language, max_age=_YEAR_S, httponly=True, secure=secure(request), samesite="Lax"
    )
    return response
