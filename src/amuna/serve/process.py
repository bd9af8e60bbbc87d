"""`amuna serve`: one process that runs feeds, schedule and doors on its store until it is asked to stop."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from waitress import create_server
from waitress.server import BaseWSGIServer

from amuna import wiring
from amuna.domain.errors import PermanentError
from amuna.domain.ports import Store
from amuna.domain.time import parse_time_zone
from amuna.serve.http import create_app
from amuna.serve.live import GRACE_S, Live
from amuna.serve.scheduler import start_scheduler

log = logging.getLogger(__name__)

HTTP_THREADS = 4


def serve(
    workspace: wiring.Workspace, store: Store, *, now: Callable[[], datetime], opened: Callable[[str], None]
) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Parameters
    ----------
    workspace, store
        Folder with its settings, and its open store.
    now
        The present instant, with a zone.
    opened
        Told the address of the door once it is open.

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
    server = _listening(workspace, store, zone, now=now)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: live.stopping.set())
    threading.Thread(target=server.run, name="doors", daemon=True).start()
    scheduler = start_scheduler(jobs, zone=zone, now=now)
    followers = live.follow()
    opened(f"http://{server.effective_host}:{server.effective_port}")
    live.stopping.wait()
    scheduler.shutdown(wait=False)
    _close(server)
    if not live.stop(followers):
        log.warning("a step did not come to a commit in %.0f s: it starts anew at the next start", GRACE_S)
        wiring.release(workspace)
        os._exit(0)


def _listening(
    workspace: wiring.Workspace, store: Store, zone: ZoneInfo, *, now: Callable[[], datetime]
) -> BaseWSGIServer:
    settings = workspace.settings
    app = create_app(
        store, now=now, utility=settings.utility_name, zone=zone, store_file=workspace.store_file
    )
    try:
        return create_server(app, host=settings.serve_host, port=settings.serve_port, threads=HTTP_THREADS)
    except OSError as error:
        raise PermanentError(
            f"{settings.serve_host}:{settings.serve_port} cannot be listened on: {error.strerror}.",
            remedy="Stop what listens there, or set serve.host and serve.port in amuna.toml.",
            port=settings.serve_port,
        ) from error


def _close(server: BaseWSGIServer) -> None:
    """Answer what was asked, and wait for the threads that did: they hold connections to the store."""
    server.close()
    server.task_dispatcher.shutdown()
    for thread in threading.enumerate():
        if thread.name.startswith("waitress"):
            thread.join(timeout=1)
