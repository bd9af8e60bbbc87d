"""The desk: what every door of a serving process works with."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast
from zoneinfo import ZoneInfo

from amuna import wiring
from amuna.domain.alarm_tables import ALARMS
from amuna.domain.errors import TransientError
from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, DECISIONS, RUNS, UPDATES
from amuna.domain.zone_tables import ZONE_FORECASTS, ZONES_RUN
from amuna.wiring.zones import zone_place
from amuna.workflows.views.book import Book, read_book

if TYPE_CHECKING:
    from amuna.forecasting.zones.calendar import Place

Result = TypeVar("Result")

LOOK_S = 1.0
MOST_KEPT = 500  # visitors choose periods and parts, so names never end
_ZONES_RUN = f"(SELECT MAX(run_id) FROM {RUNS.name} WHERE alias = '{ZONES_RUN}')"
# Zones may be forecast anew at the same cutoff by the same run; their sum tells, in whole litres so that its order does not.
_VERSION = (
    f"SELECT (SELECT MAX(committed_at) FROM {BATCHES.name}), (SELECT MAX(updated_at) FROM {UPDATES.name}),"
    f" (SELECT MAX(decided_at) FROM {DECISIONS.name}), (SELECT MAX(run_id) FROM {RUNS.name} WHERE alias = 'champion'),"
    f" (SELECT MAX(changed_at) FROM {ALARMS.name}), (SELECT MAX(last_day) FROM {ALARMS.name}),"
    f" {_ZONES_RUN}, (SELECT SUM(CASE WHEN forecast_m3h < 1e9 THEN CAST(forecast_m3h * 1000 AS BIGINT) END)"
    f" FROM {ZONE_FORECASTS.name} WHERE run_id = {_ZONES_RUN})"
)


class Memo:
    """Results that hold until the store's data or models change.

    What was found before keeps being shown while it is found anew, by one thread, after a change.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._making: dict[str, threading.Lock] = {}
        self._kept: dict[str, tuple[str, Any]] = {}
        self._version, self._looked = "", -LOOK_S
        self._forgotten = 0
        self.trouble: TransientError | None = None

    def version(self) -> str:
        """Names the present state of data and models; looked up at most once in LOOK_S seconds.

        While the store does not answer, it is the last state that was known, and `trouble` tells why.
        """
        if time.monotonic() - self._looked >= LOOK_S:
            self._looked = time.monotonic()
            try:
                self._version = f"{self._forgotten} {self._store.query(_VERSION).row(0)}"
                self.trouble = None
            except TransientError as error:
                self.trouble = error
        return self._version

    def forget(self) -> None:
        """Drop everything: after an erasure nothing of it may be shown again."""
        with self._lock:
            self._forgotten += 1
            self._kept.clear()
        self._looked = -LOOK_S

    def look_again(self) -> None:
        """Look at the store at the next request, however lately it was looked at: something has been written."""
        self._looked = -LOOK_S

    def is_current(self, name: str) -> bool:
        """Whether what is kept under a name is of the present version."""
        found = self._kept.get(name)
        return found is not None and found[0] == self._version

    def kept(self, name: str, make: Callable[[], Result]) -> Result:
        """What `make` found for this name at the present version, or the version before while it is made anew."""
        version = self.version()
        with self._lock:
            found = self._kept.get(name)
            making = self._making.setdefault(name, threading.Lock())
        if found is not None and (found[0] == version or making.locked()):
            return cast("Result", found[1])
        with making:
            found = self._kept.get(name)
            if found is None or found[0] != version:
                epoch = self._forgotten
                found = (version, make())
                if epoch == self._forgotten:
                    self._keep(name, found)
        return cast("Result", found[1])

    def _keep(self, name: str, found: tuple[str, Any]) -> None:
        """Keep a result as the newest; what was made longest ago gives way where there are too many."""
        with self._lock:
            self._kept.pop(name, None)
            self._kept[name] = found
            while len(self._kept) > MOST_KEPT:
                oldest = next(iter(self._kept))
                del self._kept[oldest]
                self._making.pop(oldest, None)


@dataclass(frozen=True)
class Desk:
    """What every door of a serving process works with.

    Parameters
    ----------
    workspace
        Folder with its settings.
    store
        The store this process holds.
    now
        The present instant, with a zone.
    zone
        Zone in which people read times.
    memo
        Results kept until data or models change.
    start
        Trains the whole fleet in the background and returns when it was asked for: `run_at` of its rows in JOBS, whose
        job is `train`. None where this process only answers.
    refresh
        Takes rows that came in by a door into the models, in the background.
    """

    workspace: wiring.Workspace
    store: Store
    now: Callable[[], datetime]
    zone: ZoneInfo
    memo: Memo = field(repr=False)
    start: Callable[[], datetime] | None = None
    refresh: Callable[[], None] = lambda: None

    @property
    def place(self) -> Place:
        """What the days of zones follow: the utility's holidays and its clock."""
        return zone_place(self.workspace.settings)

    def took_in(self) -> None:
        """Rows came in by a door: pages and models follow."""
        self.memo.look_again()
        self.refresh()

    def book(self) -> Book:
        """The newest forecast of every account."""
        return self.memo.kept("book", lambda: read_book(self.store))


def open_desk(
    workspace: wiring.Workspace,
    store: Store,
    *,
    now: Callable[[], datetime],
    start: Callable[[], datetime] | None = None,
    refresh: Callable[[], None] = lambda: None,
) -> Desk:
    """A desk over an open store."""
    zone = ZoneInfo(workspace.settings.utility_time_zone)
    return Desk(workspace, store, now, zone, Memo(store), start, refresh)
