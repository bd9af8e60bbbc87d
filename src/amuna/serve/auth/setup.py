"""Who is asking, attached to the web application."""

from __future__ import annotations

from flask import Flask

from amuna.serve.desk import Desk


def register_auth(app: Flask, desk: Desk) -> None:
    """Tell before each request who is asking, and after it keep the browser safe."""
