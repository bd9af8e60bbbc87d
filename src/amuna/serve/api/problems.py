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

from amuna.domain.errors import AmunaError
from amuna.domain.text import Text
from amuna.serve.api.problem_words import KINDS, fault_words, status_words
from amuna.serve.auth.language import language, say

log = logging.getLogger(__name__)

MEDIA = "application/problem+json"
_SHOWN = 200
_NO_LONGER = ', error="invalid_token"'
_FIELD = Text.both("{field}: {problem}")
_BODY = Text("el cuerpo", "body")


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
                facts = {name: value for name, value in error.facts.items() if value is not None}
                return Said(kind.code, kind.status, kind.title, error.problem, error.remedy, facts)
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
        found = error.errors(include_url=False)
        fields = [".".join(map(str, fault["loc"])) for fault in found]
        self.faults = [
            {"field": field, "problem": fault["msg"], "found": repr(fault["input"])[:_SHOWN]}
            for field, fault in zip(fields, found, strict=True)
        ]
        told = [
            _FIELD.fill(
                field=field or _BODY,
                problem=fault_words(fault["type"], fault["msg"], fault.get("ctx", {})),
            )
            for field, fault in zip(fields, found, strict=True)
        ]
        self.told = Text("; ".join(one.es for one in told), "; ".join(one.en for one in told))
        super().__init__(self.told.en)


def handle_problems(routes: APIBlueprint) -> None:
    """Answer every error of some routes as a problem."""
    routes.register_error_handler(Exception, problem_response)


def _http(error: HTTPException, status: int) -> Said:
    """What Flask, a schema or a route refused; a description that is not the class's own is in the caller's language."""
    code = HTTPStatus(status).phrase.lower().replace(" ", "-")
    title, remedy = status_words(status)
    if isinstance(error, InvalidRequest):
        return Said(code, status, title, error.told, remedy, {"faults": error.faults})
    usual = error.description in (None, type(error).description)
    detail = f"{request.method} {request.path}" if usual else error.description
    facts = {"path": request.path, "method": request.method}
    return Said(code, status, title, Text.both(detail), remedy, facts)


def _incident(error: Exception) -> Said:
    number = secrets.token_hex(4)
    log.error("incident %s at %s %s", number, request.method, request.path, exc_info=error)
    title, remedy = status_words(HTTPStatus.INTERNAL_SERVER_ERROR)
    detail = Text("Incidente {number}.", "Incident {number}.").fill(number=number)
    return Said("incident", 500, title, detail, remedy, {"incident": number})


def _seconds(value: object) -> int:
    return max(1, round(float(str(value))))
