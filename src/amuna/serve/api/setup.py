"""The programming interface, attached to the web application."""

from __future__ import annotations

from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI

from amuna import __version__
from amuna.serve.desk import Desk


def new_app() -> OpenAPI:
    """The web application, described as it grows."""
    return OpenAPI("amuna", info=Info(title="Amuna", version=__version__))


def register_api(app: OpenAPI, desk: Desk) -> None:
    """Add the routes."""
