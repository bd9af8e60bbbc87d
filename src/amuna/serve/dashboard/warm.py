"""Warm: what pages show is found before anyone asks, at the start and whenever the data have changed."""

from __future__ import annotations

import threading
import time
from urllib.parse import parse_qsl

from flask import Flask

from amuna.access.roles import Principal, Role
from amuna.serve.dashboard.page import Visit
from amuna.serve.dashboard.pages import PAGES
from amuna.serve.dashboard.shell import content
from amuna.serve.dashboard.visits import ROOT
from amuna.serve.desk import Desk

LOOK_S = 5.0
LEAST_S = 60.0  # between two rounds: a feed that commits every second shall not keep a core busy
_AMUNA = Principal("amuna", "Amuna", Role.ADMIN, accounts=None)


def keep_warm(app: Flask, desk: Desk, stopping: threading.Event) -> None:
    """Look at every page again once the data have changed, until asked to stop."""
    seen, looked = "", -LEAST_S
    while True:
        version = desk.memo.version()
        if version != seen and time.monotonic() - looked >= LEAST_S:
            seen, looked = version, time.monotonic()
            look_at_every_page(app, desk, stopping)
        if stopping.wait(LOOK_S):
            return


def look_at_every_page(app: Flask, desk: Desk, stopping: threading.Event) -> None:
    """Open each page as nobody's browser would, so that the desk keeps what it shows."""
    for page in PAGES:
        if stopping.is_set():
            return
        for view in (page.name, *page.views):
            _look(app, desk, f"{ROOT}{view}")


def _look(app: Flask, desk: Desk, address: str) -> None:
    path, _, query = address.partition("?")
    parts = path.removeprefix(ROOT).split("/")
    with app.test_request_context(address):
        seen = Visit(desk, _AMUNA, "es", tuple(parts[1:]), dict(parse_qsl(query)))
        content(seen, parts[0], path=address)
