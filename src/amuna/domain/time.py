"""Time: half-open intervals, horizons, and folds that cannot look ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from amuna.domain.errors import UnknownTimeZone
from amuna.domain.text import Text

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Interval:
    """A half-open interval, start <= t < end, of local billing days or of UTC instants."""

    start: date | datetime
    end: date | datetime

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"An interval ends at or after its start; got {self.start} to {self.end}.")


@dataclass(frozen=True)
class Horizon:
    """How far ahead: a number of steps and the length of one. Never an instant."""

    steps: int
    step: timedelta = DAY

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"A horizon has at least one step; got {self.steps}.")


@dataclass(frozen=True)
class Fold:
    """Train on what was known at the cutoff; test on the interval after it.

    Parameters
    ----------
    cutoff
        First day that may not be used: training sees t < cutoff.
    test
        Days on which the forecasts are judged; starts at the cutoff or later.
    """

    cutoff: date
    test: Interval

    def __post_init__(self) -> None:
        if self.test.start < self.cutoff:
            raise ValueError(
                f"A test interval starts at its cutoff {self.cutoff} or later; got {self.test.start}."
            )


def parse_time_zone(name: str) -> ZoneInfo:
    """Return the IANA time zone of that name.

    Raises
    ------
    UnknownTimeZone
        If the database has no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownTimeZone(
            Text("No se conoce la zona horaria '{found}'.", "Unknown time zone '{found}'."),
            remedy=Text(
                "Use un nombre de la IANA como America/Lima o UTC.",
                "Use an IANA name such as America/Lima or UTC.",
            ),
            found=name,
        ) from error
