"""A weather server on this machine that answers in Open-Meteo's shape, and misbehaves on command."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

TEMPLATE = json.loads((Path(__file__).parent / "open_meteo.json").read_text(encoding="utf-8"))
Fault = Callable[[BaseHTTPRequestHandler], None]
Change = Callable[[dict[str, Any]], None]


class WeatherServer:
    """What the server was asked, what it does wrong next, and how it changes its answers."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.faults: deque[Fault | None] = deque()
        self.always: Fault | None = None
        self.change: Change = lambda _: None
        self.warmer_c = 0.0
        self.url = ""

    def answer(self, path: str, asked: dict[str, str]) -> dict[str, Any]:
        """Hours from the template, repeated for as many days as are asked for."""
        today = self.now.date()
        if path == "/v1/archive":
            first, last = (date.fromisoformat(asked[name]) for name in ("start_date", "end_date"))
        else:
            first = today - timedelta(days=int(asked["past_days"]))
            last = today + timedelta(days=int(asked["forecast_days"]) - 1)
        body = deepcopy(TEMPLATE)
        n_hours = ((last - first).days + 1) * 24
        start = datetime(first.year, first.month, first.day, tzinfo=UTC)
        hours = [start + timedelta(hours=i) for i in range(n_hours)]
        for name, values in body["hourly"].items():
            body["hourly"][name] = (
                [f"{hour:%Y-%m-%dT%H:%M}" for hour in hours]
                if name == "time"
                else [values[i % 24] for i in range(n_hours)]
            )
        body["hourly"]["temperature_2m"] = [
            value + self.warmer_c * (hour >= self.now)
            for value, hour in zip(body["hourly"]["temperature_2m"], hours, strict=True)
        ]
        self.change(body)
        return body


@contextmanager
def weather_server(now: datetime) -> Iterator[WeatherServer]:
    """Serve on a free port of this machine until the end of the block."""
    weather = WeatherServer(now)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlparse(self.path)
            parameters = {name: values[0] for name, values in parse_qs(asked.query).items()}
            weather.requests.append((asked.path, parameters))
            fault = weather.faults.popleft() if weather.faults else weather.always
            if fault:
                fault(self)
            else:
                send(self, 200, json.dumps(weather.answer(asked.path, parameters)))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    weather.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield weather
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(
    handler: BaseHTTPRequestHandler, status: int, text: str, *, kind: str = "application/json", **headers: str
) -> None:
    body = text.encode()
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def broken(status: int = 500, **headers: str) -> Fault:
    return lambda handler: send(handler, status, "oops", kind="text/plain", **headers)


def refusing(reason: str) -> Fault:
    return lambda handler: send(handler, 400, json.dumps({"error": True, "reason": reason}))


def slow(seconds: float) -> Fault:
    def wait(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return wait


def truncated(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 200, json.dumps(TEMPLATE)[:200])


def html(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 200, "<html><body>Please log in</body></html>", kind="text/html")
