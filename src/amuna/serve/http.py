"""The doors over HTTP: is it alive, is it ready, its metrics, and a page that says where things stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue

from amuna import __version__
from amuna.domain.errors import AmunaError
from amuna.domain.ports import Store
from amuna.serve.status_words import WORDS
from amuna.workflows.health import health

TEMPLATES = Path(__file__).parent / "pages"


def create_app(
    store: Store,
    *,
    now: Callable[[], datetime],
    utility: str,
    zone: ZoneInfo,
    store_file: Path | None = None,
) -> Flask:
    """The web application of a serving process; it only reads.

    Parameters
    ----------
    store
        The store this process holds.
    now
        The present instant, with a zone.
    utility
        Name shown on the page.
    zone
        Zone in which people read times.
    store_file
        File of an embedded store, whose size is a metric.
    """
    app = Flask("amuna", template_folder=str(TEMPLATES))

    @app.get("/health")
    def alive() -> ResponseReturnValue:
        return {"alive": True, "version": __version__}

    @app.get("/ready")
    def ready() -> ResponseReturnValue:
        found = health(store=store, now=now())
        age_s = None if found.feeds.is_empty() else found.feeds["age_s"][0]
        return {
            "ready": True,
            "serving": found.run_id,
            "cutoff": None if found.cutoff is None else found.cutoff.isoformat(),
            "newest_batch_age_s": age_s,
        }

    @app.get("/metrics")
    def metrics() -> ResponseReturnValue:
        from amuna.serve.metrics import metrics_text

        size = store_file.stat().st_size if store_file is not None else None
        text = metrics_text(store, now=now(), store_bytes=size)
        return Response(text, mimetype="text/plain; version=0.0.4")

    @app.get("/")
    def status() -> ResponseReturnValue:
        asked = request.args.get("lang", "")
        language = asked if asked in WORDS else request.accept_languages.best_match(list(WORDS), "en")
        found = health(store=store, now=now())
        facts = {"utility": utility, "zone": zone, "now": now(), "version": __version__}
        return render_template("status.html", found=found, words=WORDS[language], language=language, **facts)

    @app.errorhandler(AmunaError)
    def refused(error: AmunaError) -> ResponseReturnValue:
        return {"ready": False, "problem": error.problem, "remedy": error.remedy}, 503

    return app
