"""Answers: JSON written at once, and a tag that spares both sides an answer that the caller has already."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from hashlib import blake2b
from http import HTTPStatus
from typing import Annotated, Any, ClassVar

import orjson
import polars as pl
from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field

from amuna import __version__
from amuna.access.roles import Principal
from amuna.serve.desk import Desk

JSON = "application/json"
DECIMALS = 4  # of a volume forecast [m³]: a tenth of a litre
_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
_KEPT = "private, no-cache"
_NEVER_KEPT = "no-store"


_SCHEMA_OF: Any = cache(vars(BaseModel)["model_json_schema"].__func__)


class Asked(BaseModel):
    """Query, path or body of a request: what is not known is refused."""

    model_config = ConfigDict(extra="forbid")

    # flask-openapi3 makes the schema of a query anew for each request, which takes longer than all the rest.
    model_json_schema: ClassVar[Any] = classmethod(_SCHEMA_OF)


Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2199, 12, 31))]


def answer(
    content: object, *, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    """Content as JSON that nobody keeps."""
    response = Response(written(content), status=status, mimetype=JSON)
    response.headers["Cache-Control"] = _NEVER_KEPT
    response.headers.update(headers or {})
    return response


def kept_answer(desk: Desk, who: Principal, make: Callable[[], object], *, memo: str = "") -> Response:
    """What `make` finds, with a tag that holds until data or models change; 304 where the caller has it already.

    Ask for permission first: a caller who may not see it shall not learn that it is unchanged.

    Parameters
    ----------
    memo
        Name under which the desk keeps what `make` rests on: while it still shows the version before, there is no tag.
    """
    tag = tag_of(desk, who)
    if tag in request.headers.get("If-None-Match", ""):
        return Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag, "Cache-Control": _KEPT})
    content = make()
    body = content if isinstance(content, bytes) else written(content)
    response = Response(body, content_type=JSON)
    response.headers.add("Cache-Control", _KEPT)
    if not memo or desk.memo.is_current(memo):
        response.headers.add("ETag", tag)
    return response


def written(content: object) -> bytes:
    """Content as JSON: instants with their zone, days as dates, NaN as null."""
    return orjson.dumps(content, option=_OPTIONS)


def tag_of(desk: Desk, who: Principal) -> str:
    """A weak tag of what this caller gets at this address: it changes with the data, the models and their sight."""
    sight = "" if who.accounts is None else ",".join(sorted(who.accounts))
    asked = request.environ
    address = f"{asked['PATH_INFO']}?{asked['QUERY_STRING']}"
    parts = (__version__, desk.memo.version(), address, who.user_id, who.role, sight)
    return f'W/"{blake2b("|".join(parts).encode(), digest_size=12).hexdigest()}"'


def records(frame: pl.DataFrame, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """Rows as objects; only these columns if named."""
    return (frame if names is None else frame.select(*names)).to_dicts()
