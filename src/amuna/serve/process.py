"""`amuna serve`: one process that runs feeds, schedule and doors on its store until it is asked to stop."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from waitress import create_server, wasyncore
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
LOOK_S = 0.5


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
    doors = _open_doors(workspace, store, zone, now=now)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: live.stopping.set())
    scheduler = start_scheduler(jobs, zone=zone, now=now)
    followers = live.follow()
    opened(doors.address)
    live.stopping.wait()
    scheduler.shutdown(wait=False)
    doors.close()
    if not live.stop(followers):
        log.warning("a step did not come to a commit in %.0f s: it starts anew at the next start", GRACE_S)
        wiring.release(workspace)
        os._exit(0)


def _open_doors(
    workspace: wiring.Workspace, store: Store, zone: ZoneInfo, *, now: Callable[[], datetime]
) -> _Doors:
    logging.getLogger("waitress").setLevel(logging.ERROR)
    settings = workspace.settings
    app = create_app(
        store, now=now, utility=settings.utility_name, zone=zone, store_file=workspace.store_file
    )
    sockets: dict[int, object] = {}
    try:
        server = create_server(
            app, map=sockets, host=settings.serve_host, port=settings.serve_port, threads=HTTP_THREADS
        )
    except OSError as error:
        raise PermanentError(
            f"{settings.serve_host}:{settings.serve_port} cannot be listened on: {error.strerror}.",
            remedy="Stop what listens there, or set serve.host and serve.port in amuna.toml.",
            port=settings.serve_port,
        ) from error
    return _Doors(server, sockets)


class _Doors:
    """The web server in a thread of its own, with an end that leaves no thread and no socket behind."""

    def __init__(self, server: BaseWSGIServer, sockets: dict[int, object]) -> None:
        self.address = f"http://{server.effective_host}:{server.effective_port}"
        self._server, self._sockets = server, sockets
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._answer, name="doors", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer what is being asked, then wait for every thread that may hold a connection to the store."""
        self._server.task_dispatcher.shutdown(timeout=1)
        self._closing.set()
        answering = [thread for thread in threading.enumerate() if thread.name.startswith("waitress")]
        for thread in (self._thread, *answering):
            thread.join(timeout=2)
        wasyncore.close_all(self._sockets)

    def _answer(self) -> None:
        while not self._closing.is_set():
            wasyncore.loop(timeout=LOOK_S, map=self._sockets, count=1)
