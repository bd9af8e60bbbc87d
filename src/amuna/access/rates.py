"""Rate limits: so many requests a minute for each name, in memory."""

from __future__ import annotations

import math
from datetime import timedelta

from amuna.access.lockout import too_many
from amuna.domain.text import Text

WINDOW_S = 60.0
REMEMBERED = 50_000


class RateLimit:
    """Counts by name and minute; a new minute starts from nothing, so memory is that of one minute's names.

    Parameters
    ----------
    per_minute
        Most that is taken; 0 for no limit.
    what
        What is counted, for the refusal: in Spanish a masculine plural.
    """

    def __init__(self, per_minute: int, *, what: Text) -> None:
        self._per_minute, self._what = per_minute, what
        self._minute = 0
        self._counts: dict[str, int] = {}

    def take(self, name: str, now_s: float) -> None:
        """Count one; `now_s` is any clock that does not go back [s].

        Raises
        ------
        TooMany
            If the name has had its share of this minute.
        """
        if not self._per_minute:
            return
        minute = int(now_s // WINDOW_S)
        if minute != self._minute or len(self._counts) > REMEMBERED:
            self._minute, self._counts = minute, {}
        count = self._counts.get(name, 0) + 1
        self._counts[name] = count
        if count > self._per_minute:
            left = math.ceil((minute + 1) * WINDOW_S - now_s)
            raise too_many(self._what, after=timedelta(seconds=left))
