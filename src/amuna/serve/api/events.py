"""Server-sent events that follow a job: few at a time, since each holds a thread of the server, and none for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from flask import Response

from amuna.domain.errors import AmunaError, TransientError
from amuna.domain.text import Text
from amuna.serve.api.answers import written
from amuna.workflows.views.jobs import UNDER_WAY

MOST = 3
LONGEST_S = 60.0
LOOK_S = 1.0
BEAT_S = 15.0
AGAIN_MS = 2_000


class Streams:
    """The streams that are open.

    Parameters
    ----------
    most
        How many may be at a time.
    longest_s, look_s, beat_s
        How long one lasts, how often it looks, and after what silence it says that it is alive [s].
    """

    def __init__(
        self,
        most: int = MOST,
        *,
        longest_s: float = LONGEST_S,
        look_s: float = LOOK_S,
        beat_s: float = BEAT_S,
    ) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._longest_s, self._look_s, self._beat_s = longest_s, look_s, beat_s

    def open(self, look: Callable[[], dict[str, Any]]) -> Response:
        """A stream of what `look` finds, until its status says that it has ended.

        Raises
        ------
        TransientError
            If too many are open.
        """
        if not self._free.acquire(blocking=False):
            raise TransientError(
                Text("Demasiados clientes siguen un trabajo.", "Too many clients follow a job."),
                remedy=Text(
                    "Intente más tarde, o consulte el trabajo cada pocos segundos.",
                    "Try again later, or ask for the job itself every few seconds.",
                ),
                retry_after_s=LONGEST_S,
            )
        response = Response(self._events(look), mimetype="text/event-stream")
        response.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        response.call_on_close(self._free.release)
        return response

    def _events(self, look: Callable[[], dict[str, Any]]) -> Iterator[bytes]:
        yield b"retry: %d\n\n" % AGAIN_MS
        until, beat, last = time.monotonic() + self._longest_s, time.monotonic(), b""
        while time.monotonic() < until:
            try:
                found = look()
            except AmunaError:  # the store is away: the client asks again, and is told why
                return
            content = written(found)
            if content != last:
                yield b"event: job\ndata: " + content + b"\n\n"
                last, beat = content, time.monotonic()
            elif time.monotonic() - beat >= self._beat_s:
                yield b": still here\n\n"
                beat = time.monotonic()
            if found["status"] not in UNDER_WAY:
                yield b"event: end\ndata: {}\n\n"
                return
            time.sleep(self._look_s)
