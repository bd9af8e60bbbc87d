"""The web server: Granian's HTTP in native threads, and the Python application in the process that holds the store."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from granian.server.mt import MTServer

from amuna.domain.errors import PermanentError
from amuna.domain.text import Text

THREADS = 6
_IDLE_S = 300
_LISTENS_WITHIN_S = 15.0


@dataclass(frozen=True)
class Place:
    """Where a server listens, and the certificate it shows; without one it speaks plain HTTP."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None

    @property
    def address(self) -> str:
        """Address for a browser on this machine."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.certificate else ''}://{host}:{self.port}"


class _Granian(MTServer):  # type: ignore[misc]
    """One worker thread in this process: an embedded store cannot be opened by a second one (docs/decisions/0010)."""

    def __init__(self, place: Place, app: Flask, *, stopping: threading.Event) -> None:
        self._app, self._stopping = app, stopping
        super().__init__(
            "amuna",
            address=place.host,
            port=place.port,
            interface="wsgi",
            workers=1,
            blocking_threads=THREADS,
            blocking_threads_idle_timeout=_IDLE_S,
            log_enabled=False,
            websockets=False,
            ssl_cert=place.certificate,
            ssl_key=place.key,
        )

    def _check_gil(self) -> None:
        """Several workers would need a Python without a global lock; one does not."""

    def run(self) -> None:
        self.serve(target_loader=lambda: self._app, wrap_loader=False)

    def signal_handler_interrupt(self, *args: object, **kwargs: object) -> None:
        self._stopping.set()
        super().signal_handler_interrupt(*args, **kwargs)


def free_place(place: Place) -> Place:
    """The place with a port that is free, where it asks for any.

    Raises
    ------
    PermanentError
        If the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((place.host, place.port))
            port = int(probe.getsockname()[1])
        except OSError as error:
            raise PermanentError(
                Text(
                    "No se puede escuchar en {host}:{port}: {said}.",
                    "{host}:{port} cannot be listened on: {said}.",
                ),
                remedy=Text(
                    "Detenga lo que escucha allí, o cambie serve.host y serve.port en amuna.toml.",
                    "Stop what listens there, or set serve.host and serve.port in amuna.toml.",
                ),
                host=place.host,
                port=place.port,
                said=error.strerror,
            ) from error
    return Place(place.host, port, place.certificate, place.key)


def run_server(app: Flask, place: Place, *, stopping: threading.Event, opened: Callable[[], None]) -> None:
    """Answer until SIGTERM or Ctrl-C, which also set `stopping`; from the main thread.

    Parameters
    ----------
    opened
        Called from another thread once the door is open.
    """
    logging.getLogger("_granian").setLevel(logging.ERROR)
    server = _Granian(place, app, stopping=stopping)
    threading.Thread(target=_when_open, args=[place, opened], name="opening", daemon=True).start()
    server.run()


def _when_open(place: Place, opened: Callable[[], None]) -> None:
    until = time.monotonic() + _LISTENS_WITHIN_S
    while time.monotonic() < until:
        try:
            socket.create_connection((_reachable(place.host), place.port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            opened()
            return


def _reachable(host: str) -> str:
    """The host by which this machine reaches an address that stands for all of them."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
