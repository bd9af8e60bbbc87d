"""What every group of routes has in common, and what the OpenAPI document says of it."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.types import SecuritySchemesDict
from pydantic import BaseModel
from werkzeug.exceptions import BadRequest

from amuna.access.roles import Permission
from amuna.domain.text import Text
from amuna.serve.api.problems import MEDIA, handle_problems
from amuna.serve.auth.gate import principal
from amuna.serve.auth.language import say

ROOT = "/api/v1"
SECURITY_SCHEMES: SecuritySchemesDict = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token: made on the Admin page, or with amuna token make.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "amuna_session",
        "description": "The session of someone signed in with a browser.",
    },
}
MAX_BODY = 2**20
_TWICE = Text("{names}: se dijo más de una vez.", "{names}: said more than once.")
SECURITY: list[dict[str, list[str]]] = [{"token": []}, {"session": []}]
USUAL = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
Responses = dict[Any, Any]


def routes(name: str, about: str, *, needs: Permission | None = None) -> APIBlueprint:
    """A group of routes under /api/v1: errors are problems, bodies are small, and who asks is clear before what is asked.

    Parameters
    ----------
    name
        Name of the group.
    about
        What it is for, in the document.
    needs
        Permission that all of them ask for; None where being signed in is enough.
    """
    group = APIBlueprint(
        f"api_{name}",
        __name__,
        url_prefix=ROOT,
        abp_tags=[Tag(name=name, description=about)],
        abp_security=SECURITY,
        abp_responses={str(status.value): problem(status) for status in USUAL},
        operation_id_callback=operation_id,
    )
    handle_problems(group)
    group.before_request(_checked(needs))
    return group


def operation_id(*, bp_name: str = "", name: str = "", path: str = "", method: str = "") -> str:  # noqa: ARG001 (flask-openapi3's interface)
    """The name of a route's function."""
    return name


def problem(status: HTTPStatus) -> Responses:
    """A status that is answered with a problem."""
    return {
        "description": status.phrase,
        "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def answers(model: type[BaseModel], *, kept: bool = False) -> Responses:
    """Status 200 with a body; 304 where the caller may have kept it."""
    found: Responses = {HTTPStatus.OK: model}
    return found | ({HTTPStatus.NOT_MODIFIED: None} if kept else {})


def refuse_repeated() -> None:
    """Refuse a query that says something twice.

    Raises
    ------
    BadRequest
        If it does.
    """
    if request.query_string:
        twice = [name for name, values in request.args.lists() if len(values) > 1]
        if twice:
            raise BadRequest(say(_TWICE, names=", ".join(twice)))


def _checked(needs: Permission | None) -> Callable[[], None]:
    def check() -> None:
        request.max_content_length = MAX_BODY
        refuse_repeated()
        found = principal()
        if needs is not None:
            found.require(needs)

    return check
