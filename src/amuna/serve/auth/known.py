"""The passes in memory: what each request is answered from without asking the store."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from amuna.access.passes import Pass
from amuna.domain.errors import AmunaError
from amuna.domain.ports import Store
from amuna.workflows.passes import access_state, all_passes, last_erasure
from amuna.workflows.sessions import prolong

log = logging.getLogger(__name__)

LOOK_S = 3.0


class Known:
    """Sessions and tokens by the hash of their secret. What another process changes is seen within LOOK_S seconds.

    Parameters
    ----------
    store
        Where they are kept.
    now
        The present instant.
    erased
        Called after an account was erased, here or elsewhere.
    """

    def __init__(self, store: Store, now: Callable[[], datetime], *, erased: Callable[[], None]) -> None:
        self._store, self._now, self._erased = store, now, erased
        self._last_erasure: str | None = None
        self._passes: dict[str, Pass] = {}
        self._added: dict[str, Pass] = {}
        self._state = ""
        self._looked = -LOOK_S
        self._looking = threading.Lock()

    def find(self, secret_hash: str) -> Pass | None:
        """The pass of a secret, whether or not it still holds."""
        if time.monotonic() - self._looked >= LOOK_S:
            self._look()
        return self._passes.get(secret_hash)

    def add(self, secret_hash: str, held: Pass) -> None:
        """Take in a pass that was just made."""
        self._added[secret_hash] = self._passes[secret_hash] = held

    def reread(self) -> None:
        """Read every pass anew, after this process has changed a user, a session or a token."""
        with self._looking:
            self._read(access_state(store=self._store, now=self._now()))

    def used(self, secret_hash: str, held: Pass) -> None:
        """Begin a session's idle time anew; a store that is busy or away is told another time."""
        longer = held.prolonged(self._now())
        if longer is None:
            return
        self._passes[secret_hash] = longer
        try:
            prolong(secret_hash, longer, store=self._store)
        except AmunaError as error:
            log.warning("a session could not be prolonged: %s", error)

    def _look(self) -> None:
        """Read the passes where they changed; one thread looks, and the others go on with what was known."""
        if not self._looking.acquire(blocking=self._looked < 0):
            return
        try:
            if time.monotonic() - self._looked >= LOOK_S:
                state = access_state(store=self._store, now=self._now())
                if state != self._state:
                    self._read(state)
        except AmunaError as error:
            log.warning("users could not be read, so what was known holds on: %s", error)
        finally:
            self._looked = time.monotonic()
            self._looking.release()

    def _read(self, state: str) -> None:
        """Read every pass; one that is added meanwhile stays."""
        self._added = {}
        self._passes = all_passes(store=self._store, now=self._now()) | self._added
        self._state = state
        erasure = last_erasure(store=self._store)
        if erasure != self._last_erasure:
            self._last_erasure = erasure
            self._erased()
