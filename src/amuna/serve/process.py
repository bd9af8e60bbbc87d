"""`amuna serve`: one process that runs feeds, schedule and doors on its store until it is asked to stop."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import Flask

from amuna import wiring
from amuna.config.settings import Settings
from amuna.domain.errors import SourceUnreadable
from amuna.domain.ports import Store
from amuna.domain.text import Text
from amuna.domain.time import parse_time_zone
from amuna.serve.dashboard.warm import keep_warm
from amuna.serve.desk import Desk, open_desk
from amuna.serve.http import create_app
from amuna.serve.live import GRACE_S, Live
from amuna.serve.scheduler import start_scheduler
from amuna.serve.server import Place, free_place, run_server

log = logging.getLogger(__name__)


def serve(
    workspace: wiring.Workspace,
    store: Store,
    *,
    now: Callable[[], datetime],
    opened: Callable[[str, Desk], bool],
) -> None:
    """Serve until SIGTERM or Ctrl-C; from the main thread.

    Parameters
    ----------
    workspace, store
        Folder with its settings, and its open store.
    now
        The present instant, with a zone.
    opened
        Told the address of the door once it is open, and the desk behind it; returns whether to stay open. What it
        raises ends the process in order, and is raised here.

    Raises
    ------
    PermanentError
        If the port is taken.
    UnknownSetting
        If a time of the schedule cannot be read.
    """
    zone = parse_time_zone(workspace.settings.utility_time_zone)
    live = Live(workspace, store, now=now)
    jobs = live.jobs()
    place = free_place(_place(workspace.folder, workspace.settings))
    desk = open_desk(workspace, store, now=now, start=live.start, refresh=live.refresh)
    app = create_app(desk)
    running: list[threading.Thread] = []
    failed: list[Exception] = []

    def start() -> None:
        scheduler = start_scheduler(jobs, zone=zone, now=now)
        running.extend(live.follow())
        running.append(_warm(app, desk, live.stopping))
        try:
            stays = opened(place.address, desk)
        except Exception as error:  # noqa: BLE001 - raised again in the main thread
            failed.append(error)
            stays = False
        if not stays:
            os.kill(os.getpid(), signal.SIGTERM)
        live.stopping.wait()
        scheduler.shutdown(wait=False)

    run_server(app, place, stopping=live.stopping, opened=start)
    stopped = live.stop(running)
    if failed:
        raise failed[0]
    if not stopped:
        log.warning("a step did not come to a commit in %.0f s: it starts anew at the next start", GRACE_S)
        wiring.release(workspace)
        os._exit(0)


def _warm(app: Flask, desk: Desk, stopping: threading.Event) -> threading.Thread:
    """A thread that keeps what pages show at hand."""
    thread = threading.Thread(target=keep_warm, args=[app, desk, stopping], name="warm pages", daemon=True)
    thread.start()
    return thread


def _place(folder: Path, settings: Settings) -> Place:
    """Where the settings say to listen.

    Raises
    ------
    SourceUnreadable
        If a file of the certificate is missing.
    """
    if not settings.serve_certificate and not settings.serve_key:
        return Place(settings.serve_host, settings.serve_port)
    files = [folder / settings.serve_certificate, folder / settings.serve_key]
    for file in files:
        if not file.is_file():
            raise SourceUnreadable(
                Text(
                    "{file} no es un archivo, así que las puertas no se pueden abrir por HTTPS.",
                    "{file} is not a file, so the doors cannot be opened over HTTPS.",
                ),
                remedy=Text(
                    "Indique en serve.certificate y serve.key archivos PEM: ambos o ninguno.",
                    "Set serve.certificate and serve.key to PEM files, both or none.",
                ),
                file=str(file),
            )
    return Place(settings.serve_host, settings.serve_port, *files)
