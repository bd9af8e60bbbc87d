"""What is known of each local day in advance: weekday, holidays, school breaks, and clocks that were just changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import numpy as np
from dateutil.easter import easter
from numpy.typing import NDArray

from amuna.domain.errors import UnknownSetting
from amuna.domain.panel import Floats, Ints
from amuna.domain.text import Text
from amuna.forecasting.zones.seasons import season_of_year

SATURDAY, SUNDAY = 5, 6
_MARGIN = 4
_CLOCK_DAYS = 8  # until someone sets the clocks of devices after daylight saving begins or ends

# First and last day (month, day) of breaks; one that passes the new year is split.
_SCHOOL = {
    "IT": (((6, 11), (9, 12)),),
    "PE": (((1, 1), (3, 10)), ((7, 24), (8, 9)), ((12, 20), (12, 31))),
}
_HEART_OF_SUMMER = {"IT": (((8, 6), (8, 21)),), "PE": (((7, 27), (7, 30)),)}
_MonthDay = tuple[int, int]


@dataclass(frozen=True)
class Place:
    """Where the days are: what their holidays and clocks follow.

    Parameters
    ----------
    country
        ISO 3166 code, such as PE or IT.
    region
        Subdivision with holidays of its own, as the `holidays` library codes it; empty for none.
    time_zone
        Of the local day.
    """

    country: str
    region: str
    time_zone: ZoneInfo


@dataclass(frozen=True)
class Calendar:
    """What is known of each local day in advance; every array is shaped (n_days,) unless it says so.

    Parameters
    ----------
    day_type
        Weekday 0–6 (Monday is 0), every public holiday counted as a Sunday.
    weekday
        Plain weekday 0–6.
    holiday, bridge, festive
        1.0 on a public holiday; on a working day squeezed between a holiday and a day off; in the Christmas
        fortnight (23 December – 6 January) or the break in the middle of the year.
    season
        Day of the year as an angle [rad].
    distance
        Days to the nearest holiday, at most 4.
    breaks
        Shape (3, n_days): 1.0 while schools are closed; in the middle of the long break; around Christmas.
    clock
        Hours by which a clock that nobody has set yet is ahead or behind: 1 in the eight days from the start of
        daylight saving, -1 from its end, else 0.
    month
        1 to 12.
    season_of_year
        0 winter, 1 spring, 2 summer, 3 autumn, as in the hemisphere of the country.
    """

    day_type: Ints
    weekday: Ints
    holiday: Floats
    bridge: Floats
    festive: Floats
    season: Floats
    distance: Floats
    breaks: Floats
    clock: Ints
    month: Ints
    season_of_year: Ints

    @property
    def usual(self) -> NDArray[np.bool_]:
        """Days that may enter the history of a profile."""
        return (self.holiday + self.bridge) == 0.0


def calendar(first: date, n_days: int, place: Place) -> Calendar:
    """Describe `n_days` local days from `first`.

    Raises
    ------
    UnknownSetting
        If the `holidays` library knows no such country or region.
    """
    days = [first + timedelta(days=i) for i in range(-_MARGIN, n_days + _MARGIN)]
    off = _public_holidays(days, place)
    weekday = np.array([day.weekday() for day in days])
    inner = slice(_MARGIN, -_MARGIN)
    within = days[inner]
    month = np.array([day.month for day in within], dtype=np.int64)
    return Calendar(
        day_type=np.where(off, SUNDAY, weekday)[inner].astype(np.int64),
        weekday=weekday[inner].astype(np.int64),
        holiday=off[inner].astype(np.float64),
        bridge=_bridges(off, off | (weekday >= SATURDAY))[inner],
        festive=np.array([_festive(day, place.country) for day in within], dtype=np.float64),
        season=np.array([2 * np.pi * day.timetuple().tm_yday / 365.25 for day in within]),
        distance=_distance(off)[inner],
        breaks=np.array([_breaks(day, place.country) for day in within]).T,
        clock=np.array([_unset_clock(day, place.time_zone) for day in within], dtype=np.int64),
        month=month,
        season_of_year=season_of_year(month, place.country),
    )


def ordinary_days(first: date, n_days: int, place: Place) -> NDArray[np.bool_]:
    """Which of `n_days` local days from `first` are no public holiday and no bridge, as `Calendar.usual` says it."""
    days = [first + timedelta(days=i) for i in range(-1, n_days + 1)]
    off = _public_holidays(days, place)
    weekend = np.array([day.weekday() >= SATURDAY for day in days])
    return (~off & (_bridges(off, off | weekend) == 0))[1:-1]


def _public_holidays(days: list[date], place: Place) -> NDArray[np.bool_]:
    years = range(days[0].year, days[-1].year + 1)
    try:
        known = holidays.country_holidays(place.country, subdiv=place.region or None, years=years)
    except NotImplementedError as error:
        raise UnknownSetting(
            Text(
                "La biblioteca de feriados no conoce el país {country!r} con la región {region!r}.",
                "The holidays library knows no country {country!r} with region {region!r}.",
            ),
            remedy=Text(
                "Corrija utility.country o utility.region en amuna.toml: dos letras como PE, y un código de la biblioteca o nada.",
                "Correct utility.country or utility.region in amuna.toml: two letters such as PE, and a code of the library or nothing.",
            ),
            setting="utility.country",
            country=place.country,
            region=place.region,
        ) from error
    return np.array([day in known for day in days])


def _bridges(off: NDArray[np.bool_], free: NDArray[np.bool_]) -> Floats:
    """Working days between two free ones of which one is a holiday."""
    before, after = np.roll(free, 1), np.roll(free, -1)
    some = np.roll(off, 1) | np.roll(off, -1)
    return (before & after & some & ~free).astype(np.float64)


def _unset_clock(day: date, time_zone: ZoneInfo) -> int:
    return _offset(day, time_zone) - _offset(day - timedelta(days=_CLOCK_DAYS), time_zone)


def _offset(day: date, time_zone: ZoneInfo) -> int:
    """Hours of local time ahead of UTC at noon."""
    ahead = datetime.combine(day, time(12), tzinfo=time_zone).utcoffset()
    return 0 if ahead is None else int(ahead.total_seconds() // 3600)


def _breaks(day: date, country: str) -> tuple[float, float, float]:
    """Whether schools are closed, it is the middle of the long break, it is Christmas."""
    christmas = _christmas(day)
    around_easter = -3 <= (day - easter(day.year)).days <= 2
    closed = _within(day, _SCHOOL.get(country, ())) or christmas or around_easter
    return float(closed), float(_within(day, _HEART_OF_SUMMER.get(country, ()))), float(christmas)


def _festive(day: date, country: str) -> bool:
    return _christmas(day) or (country == "IT" and day.month == 8 and 8 <= day.day <= 21)


def _christmas(day: date) -> bool:
    when = (day.month, day.day)
    return when >= (12, 23) or when <= (1, 6)


def _within(day: date, spans: tuple[tuple[_MonthDay, _MonthDay], ...]) -> bool:
    return any(first <= (day.month, day.day) <= last for first, last in spans)


def _distance(off: NDArray[np.bool_]) -> Floats:
    """Days to the nearest holiday, at most 4."""
    out = np.full(off.size, 4.0)
    for gap in range(3, -1, -1):
        for step in (-gap, gap):
            near = np.roll(off, step)
            out[near] = np.minimum(out[near], gap)
    return out
