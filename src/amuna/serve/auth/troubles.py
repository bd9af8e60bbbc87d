"""What people are told where an address leads nowhere or something fails: a page in their language, never a stack trace."""

from __future__ import annotations

import logging
import secrets
from http import HTTPStatus

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from amuna.domain.errors import AmunaError, NotAllowed, NotFound, SignInNeeded, TooMany, TransientError
from amuna.serve.auth.identify import access
from amuna.serve.auth.language import language, say
from amuna.serve.auth.words import STATUSES, WORDS, refused

log = logging.getLogger(__name__)

_DASH_FILES, _DASH_ASKED = "/app/_dash-component-suites/", "/app/_dash-update-component"
_STATUS_OF = (
    (SignInNeeded, HTTPStatus.UNAUTHORIZED),
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (TooMany, HTTPStatus.TOO_MANY_REQUESTS),
    (TransientError, HTTPStatus.SERVICE_UNAVAILABLE),
)


def register_troubles(app: Flask) -> None:
    """Answer every error that no door of its own answers."""
    app.register_error_handler(Exception, trouble_page)


def trouble_page(error: Exception) -> Response:
    """An error as a page."""
    status = _status(error)
    problem = say(refused(error)) if isinstance(error, TooMany) else _told(error, status)
    page = render_template(
        "access/trouble.html",
        say=lambda key, /, **named: say(WORDS[key], **named),
        language=language(),
        utility=access().desk.workspace.settings.utility_name,
        here="",
        problem=problem,
    )
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.facts["retry_after_s"])
    return response


def _status(error: Exception) -> int:
    if isinstance(error, HTTPException):
        return error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if isinstance(error, AmunaError):
        return next(
            (status for kind, status in _STATUS_OF if isinstance(error, kind)), HTTPStatus.BAD_REQUEST
        )
    if request.path.startswith(_DASH_FILES):
        return HTTPStatus.NOT_FOUND
    return HTTPStatus.BAD_REQUEST if request.path == _DASH_ASKED else HTTPStatus.INTERNAL_SERVER_ERROR


def _told(error: Exception, status: int) -> str:
    if status == HTTPStatus.FORBIDDEN and isinstance(error, HTTPException) and error.description:
        return error.description
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        number = secrets.token_hex(4)
        log.error("incident %s at %s %s", number, request.method, request.path, exc_info=error)
        return say(STATUSES[500], number=number)
    if not isinstance(error, HTTPException | AmunaError):
        log.warning("refused %s %s: %r", request.method, request.path, error)
    return say(STATUSES.get(status, STATUSES[400]))
