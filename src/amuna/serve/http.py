"""The web application of a serving process: is it alive, is it ready, its metrics, and the doors for people and programs."""

from __future__ import annotations

import polars as pl
from flask import Blueprint, Flask, Response
from flask.typing import ResponseReturnValue

from amuna import __version__
from amuna.domain.errors import AmunaError
from amuna.serve.api.setup import new_app, register_api
from amuna.serve.auth.setup import register_auth
from amuna.serve.dashboard.setup import register_dashboard
from amuna.serve.desk import Desk
from amuna.workflows.health import HealthReport, health


def create_app(desk: Desk) -> Flask:
    """The web application over a desk."""
    app = new_app()
    register_auth(app, desk)
    register_api(app, desk)
    register_dashboard(app, desk)
    app.register_blueprint(_health(desk))
    return app


def _health(desk: Desk) -> Blueprint:
    doors = Blueprint("health", __name__)

    @doors.get("/health")
    def alive() -> ResponseReturnValue:
        return {"alive": True, "version": __version__}

    @doors.get("/ready")
    def ready() -> ResponseReturnValue:
        try:
            found = health(store=desk.store, now=desk.now())
        except AmunaError as error:
            return {"ready": False, "problem": error.problem.en, "remedy": error.remedy.en}, 503
        age_s = None if found.feeds.is_empty() else found.feeds["age_s"][0]
        return {
            "ready": True,
            "serving": found.run_id,
            "cutoff": None if found.cutoff is None else found.cutoff.isoformat(),
            "newest_batch_age_s": age_s,
            "last_run": _last_run(found),
        }

    @doors.get("/metrics")
    def metrics() -> ResponseReturnValue:
        from amuna.serve.metrics import metrics_text

        file = desk.workspace.store_file
        size = None if file is None else file.stat().st_size
        text = metrics_text(desk.store, now=desk.now(), store_bytes=size)
        return Response(text, mimetype="text/plain; version=0.0.4")

    return doors


def _last_run(found: HealthReport) -> dict[str, object] | None:
    """How the last daily run, or one that a person asked for, went."""
    whole = found.steps.filter(pl.col("step") == "")
    return None if whole.is_empty() else whole.select("job", "status", "seconds").row(0, named=True)
