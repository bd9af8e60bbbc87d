"""The OpenAPI document, and a page that shows it; neither asks who reads it, and no request leaves the machine."""

from __future__ import annotations

import threading
from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response, send_from_directory
from flask_openapi3.openapi import OpenAPI

from amuna.serve.api.answers import JSON, written
from amuna.serve.api.description import ROOT

_SWAGGER = Path(str(files("flask_openapi3_swagger"))) / "templates" / "swagger"
_HERE = Path(__file__).parent
_DAY_S = 86_400


def register(app: OpenAPI) -> Blueprint:
    """The document and its page."""
    pages = Blueprint("api_documents", __name__)
    making = threading.Lock()

    @pages.get(f"{ROOT}/openapi.json")
    def document() -> Response:
        with making:
            content = written(app.api_doc)
        return Response(content, mimetype=JSON, headers={"Cache-Control": "no-cache"})

    @pages.get("/api/docs")
    def page() -> Response:
        return send_from_directory(_HERE, "documents.html")

    @pages.get("/api/docs/start.js")
    def start() -> Response:
        return send_from_directory(_HERE, "documents.js")

    @pages.get("/api/docs/swagger/<path:name>")
    def part(name: str) -> Response:
        return send_from_directory(_SWAGGER, name, max_age=_DAY_S)

    return pages
