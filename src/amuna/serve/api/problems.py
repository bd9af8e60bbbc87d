"""Problems: every error of the programming interface as RFC 9457 says, in the caller's language, with what fixes it."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NoReturn

import orjson
from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field, ValidationError
from werkzeug.exceptions import HTTPException

from amuna.domain.errors import AmunaError, SignInNeeded
from amuna.domain.text import Text
from amuna.serve.api.problem_words import KINDS, STATUSES, Kind
from amuna.serve.auth.language import language, say
from amuna.serve.auth.words import refused

log = logging.getLogger(__name__)

MEDIA = "application/problem+json"
_SHOWN = 200
_NO_LONGER = ', error="invalid_token"'
_OWN_WORDS = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)


class Problem(BaseModel):
    """What went wrong (RFC 9457), and what fixes it."""

    type: str = Field(description="Names the kind of problem; it never changes.")
    title: str = Field(description="The kind of problem, in the caller's language.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What was found, and what was expected.")
    remedy: str = Field(description="What fixes it; empty where nothing is known to.")
    facts: dict[str, Any] = Field(description="Named facts for programs.")


@dataclass(frozen=True)
class Said:
    """A problem before it is written down.

    Parameters
    ----------
    code
        Names the kind of problem.
    status
        The HTTP status.
    title, detail, remedy
        In both languages.
    facts
        Named facts for programs.
    """

    code: str
    status: int
    title: Text
    detail: Text
    remedy: Text
    facts: dict[str, Any]


def said(error: Exception) -> Said:
    """What to tell the caller of an error; one that nobody foresaw gets an incident number, and goes to the log."""
    if isinstance(error, AmunaError):
        for kind in KINDS:
            if isinstance(error, kind.error):
                return _known(error, kind)
    if (
        isinstance(error, HTTPException)
        and error.code is not None
        and error.code < HTTPStatus.INTERNAL_SERVER_ERROR
    ):
        return _http(error, error.code)
    return _incident(error)


def problem_response(error: Exception) -> Response:
    """An error as application/problem+json."""
    found = said(error)
    content = {
        "type": f"urn:amuna:problem:{found.code}",
        "title": say(found.title),
        "status": found.status,
        "detail": say(found.detail),
        "remedy": say(found.remedy),
        "facts": found.facts,
    }
    response = Response(orjson.dumps(content, default=str), status=found.status, mimetype=MEDIA)
    response.headers.update(headers_of(error, found.status))
    response.headers["Content-Language"] = language()
    response.vary.add("Accept-Language")
    return response


def headers_of(error: Exception, status: int) -> dict[str, str]:
    """What the status asks to be told besides the body."""
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, HTTPException):
        kept = ("Allow", "Retry-After", "WWW-Authenticate")
        headers |= {name: value for name, value in error.get_headers() if name in kept}
    if status == HTTPStatus.UNAUTHORIZED:
        told = isinstance(error, AmunaError) and "reason" in error.facts
        headers["WWW-Authenticate"] = f'Bearer realm="amuna"{_NO_LONGER if told else ""}'
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        facts = error.facts if isinstance(error, AmunaError) else {}
        headers.setdefault("Retry-After", str(_seconds(facts.get("retry_after_s", 5))))
    return headers


def refuse_invalid(error: ValidationError) -> NoReturn:
    """Refuse a query, path or body that breaks its schema; the handler of its routes tells it in their way.

    Raises
    ------
    InvalidRequest
        Always.
    """
    raise InvalidRequest(error) from error


class InvalidRequest(HTTPException):
    """A request that breaks the schema of its query, path or body."""

    code = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, error: ValidationError) -> None:
        self.faults = [
            {
                "field": ".".join(map(str, fault["loc"])),
                "problem": fault["msg"],
                "found": repr(fault["input"])[:_SHOWN],
            }
            for fault in error.errors(include_url=False, include_context=False)
        ]
        super().__init__(
            "; ".join(f"{fault['field'] or 'body'}: {fault['problem']}" for fault in self.faults)
        )


def handle_problems(routes: APIBlueprint) -> None:
    """Answer every error of some routes as a problem."""
    routes.register_error_handler(Exception, problem_response)


def _known(error: AmunaError, kind: Kind) -> Said:
    facts = {name: value for name, value in error.facts.items() if value is not None}
    words = {name: _worded(value) for name, value in facts.items()}
    detail = kind.detail.fill(**words) if kind.detail else error.problem
    if isinstance(error, SignInNeeded) and "reason" in facts:
        detail = refused(error)
    remedy = kind.remedy or error.remedy
    return Said(kind.code, kind.status, kind.title, detail, remedy, facts)


def _worded(value: object) -> Text | str:
    return STATUSES.things.get(str(value), str(value))


def _http(error: HTTPException, status: int) -> Said:
    title, remedy = STATUSES.of(status)
    asked = f"{request.method} {request.path}"
    told = asked if status in _OWN_WORDS else error.description or asked
    detail = Text(told, told)
    facts: dict[str, Any] = {"path": request.path, "method": request.method}
    if isinstance(error, InvalidRequest):
        facts = {"faults": error.faults}
    return Said(HTTPStatus(status).phrase.lower().replace(" ", "-"), status, title, detail, remedy, facts)


def _incident(error: Exception) -> Said:
    number = secrets.token_hex(4)
    log.error("incident %s at %s %s", number, request.method, request.path, exc_info=error)
    title, remedy = STATUSES.of(HTTPStatus.INTERNAL_SERVER_ERROR)
    detail = Text(f"Incidente {number}.", f"Incident {number}.")
    return Said("incident", 500, title, detail, remedy, {"incident": number})


def _seconds(value: object) -> int:
    return max(1, round(float(str(value))))
