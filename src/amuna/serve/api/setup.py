"""The programming interface, attached to the web application."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request
from flask_compress import Compress
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from werkzeug.exceptions import MethodNotAllowed, NotFound

from amuna import __version__
from amuna.domain.errors import AmunaError
from amuna.serve.api import (
    about,
    accounts,
    alarms,
    bills,
    documents,
    evaluations,
    forecasts,
    groups,
    ingest,
    jobs,
    models,
    predict,
    quality,
    readings,
    zones,
)
from amuna.serve.api.description import ROOT, SECURITY_SCHEMES, operation_id
from amuna.serve.api.problems import MEDIA, Problem, problem_response, refuse_invalid
from amuna.serve.auth.troubles import trouble_page
from amuna.serve.compressed import Compressed, address
from amuna.serve.desk import Desk

_ABOUT = """Water consumption, its forecasts and what follows from them. Volumes are in cubic metres (`_m3`), money in soles
(`_pen`), durations in seconds (`_s`) or days; instants are ISO 8601 with their zone, days are dates of the utility's zone."""
_GROUPS = (
    about,
    accounts,
    readings,
    forecasts,
    bills,
    evaluations,
    alarms,
    zones,
    groups,
    models,
    quality,
    ingest,
    jobs,
    predict,
)
_COMPRESSED = (
    "application/json",
    "application/geo+json",
    "application/javascript",
    "text/javascript",
    "text/css",
    "text/html",
    "text/csv",
)
_SMALL_BYTES, _LEVEL = 1_000, 3


class _Application(OpenAPI):
    """None of its functions is asynchronous, which Flask would look for seven times in each request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def new_app() -> OpenAPI:
    """The web application, described as it grows."""
    return _Application(
        "amuna",
        info=Info(title="Amuna", version=__version__, description=_ABOUT),
        security_schemes=SECURITY_SCHEMES,
        operation_id_callback=operation_id,
        validation_error_model=Problem,
        validation_error_callback=refuse_invalid,
        doc_ui=False,
    )


def register_api(app: OpenAPI, desk: Desk) -> None:
    """Add the routes."""
    app.config.update(
        COMPRESS_ALGORITHM=["gzip"],
        COMPRESS_LEVEL=_LEVEL,
        COMPRESS_MIN_SIZE=_SMALL_BYTES,
        COMPRESS_MIMETYPES=[*_COMPRESSED, MEDIA],
        COMPRESS_STREAMS=False,
        COMPRESS_CACHE_BACKEND=Compressed,
        COMPRESS_CACHE_KEY=address,
    )
    Compress(app)
    for group in _GROUPS:
        app.register_api(group.register(desk))
    app.register_blueprint(documents.register(app))
    for kind in (NotFound, MethodNotAllowed, AmunaError):
        app.register_error_handler(kind, _outside)


def _outside(error: Exception) -> Response:
    """What goes wrong before a route is found: told as the routes of its address would, and elsewhere as a page."""
    if request.path.startswith(predict.ROOT):
        return predict.refusal(error)
    if request.path.startswith(ROOT):
        return problem_response(error)
    return trouble_page(error)
