"""The dashboard, attached to the web application."""

from __future__ import annotations

from flask import Flask

from amuna.serve.desk import Desk


def register_dashboard(app: Flask, desk: Desk) -> None:
    """Serve the pages under /app/."""
