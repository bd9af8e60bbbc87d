"""Lock-out: after a few failed sign-ins a name waits, each time twice as long."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

from amuna.domain.errors import TooMany
from amuna.domain.text import Text

FREE_FAILURES = 5
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
FORGIVEN_AFTER = timedelta(hours=24)
REMEMBERED = 20_000
_FAILED = Text("inicios de sesión fallidos", "failed sign-ins")


class Lockout:
    """Failures by name, in memory; the oldest are forgotten where there are more than `REMEMBERED` names.

    Names of nobody are counted as those of users: the answer tells no difference.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[int, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, name: str, now: datetime) -> None:
        """Refuse while the name waits.

        Raises
        ------
        TooMany
            If it does; `facts["retry_after_s"]` says for how long [s].
        """
        failures, last = self._failures.get(name, (0, now))
        left = last + _wait(failures) - now
        if failures >= FREE_FAILURES and left > timedelta(0):
            raise too_many(_FAILED, after=left)

    def failed(self, name: str, now: datetime) -> None:
        """Count a failure."""
        with self._lock:
            failures, last = self._failures.pop(name, (0, now))
            self._failures[name] = (1 if now - last > FORGIVEN_AFTER else failures + 1, now)
            while len(self._failures) > REMEMBERED:
                self._failures.popitem(last=False)

    def succeeded(self, name: str) -> None:
        """Forget the name's failures."""
        with self._lock:
            self._failures.pop(name, None)


def too_many(what: Text, *, after: timedelta) -> TooMany:
    """The refusal of what came too often; in Spanish a masculine plural."""
    seconds = max(1, round(after.total_seconds()))
    return TooMany(
        Text("Demasiados {what}.", "Too many {what}."),
        remedy=Text("Intente otra vez en {retry_after_s} segundos.", "Try again in {retry_after_s} seconds."),
        retry_after_s=seconds,
        what=what,
    )


def _wait(failures: int) -> timedelta:
    doublings = min(max(failures - FREE_FAILURES, 0), 16)
    return min(FIRST_WAIT * 2**doublings, LONGEST_WAIT)
