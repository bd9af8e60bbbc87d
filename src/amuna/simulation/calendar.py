"""Days: weekdays, public holidays, bridge days and school holidays."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
import numpy as np
import polars as pl
from numpy.typing import NDArray

from amuna.domain.errors import UnknownSetting
from amuna.domain.panel import Floats
from amuna.domain.text import Text
from amuna.simulation.patterns import PATTERNS
from amuna.simulation.settings import UtilitySettings

Flags = NDArray[np.bool_]

_PEAK_DAY_SOUTH = 45  # mid February, when Lima is warmest


def calendar(settings: UtilitySettings) -> pl.DataFrame:
    """Return one row per day: `day`, `weekday` (0 is Monday), `holiday` (name or null), `bridge`, `school_break`.

    A bridge day is a working day whose neighbours are a public holiday and a weekend.

    Raises
    ------
    UnknownSetting
        If the `holidays` library does not know the country.
    """
    days = [settings.start + timedelta(days=i) for i in range(settings.days)]
    names = _public_holidays(settings.country, range(days[0].year - 1, days[-1].year + 2))
    return pl.DataFrame(
        {
            "day": days,
            "weekday": [day.weekday() for day in days],
            "holiday": [names.get(day) for day in days],
            "bridge": [_is_bridge(day, names) for day in days],
            "school_break": [_in_break(day, settings) for day in days],
        },
        schema={
            "day": pl.Date,
            "weekday": pl.Int64,
            "holiday": pl.String,
            "bridge": pl.Boolean,
            "school_break": pl.Boolean,
        },
    )


def season(days: pl.Series, settings: UtilitySettings) -> Floats:
    """Yearly wave that is 1 at the height of summer and -1 half a year later, shape (n_days,)."""
    peak = _PEAK_DAY_SOUTH if settings.latitude < 0 else _PEAK_DAY_SOUTH + 182
    return np.cos(2 * np.pi * (days.dt.ordinal_day().to_numpy() - peak) / 365.25)


def pattern_days(days: pl.DataFrame, settings: UtilitySettings) -> Floats:
    """Return the factor of every pattern on every day, shape (n_patterns, n_days)."""
    holiday, bridge, at_home = _flags(days)
    weekday = days["weekday"].to_numpy()
    wave = season(days["day"], settings)
    factors = np.empty((len(PATTERNS), len(days)))
    for i, pattern in enumerate(PATTERNS):
        factors[i] = np.array(pattern.week)[weekday] * np.where(holiday, pattern.holiday, 1)
        factors[i] *= np.where(bridge, pattern.bridge, 1) * np.where(at_home, pattern.school_break, 1)
        factors[i] *= 1 + pattern.summer * wave
    return factors


def away_factors(days: pl.DataFrame) -> Floats:
    """Return how much likelier than usual a spell of absence starts on each day, shape (n_days,)."""
    holiday, bridge, at_home = _flags(days)
    return np.asarray(1 + 3.0 * (holiday | bridge) + 0.6 * at_home)


def _flags(days: pl.DataFrame) -> tuple[Flags, Flags, Flags]:
    """Return holiday, bridge and school break as arrays, shape (n_days,) each."""
    columns = (days["holiday"].is_not_null(), days["bridge"], days["school_break"])
    holiday, bridge, at_home = (np.asarray(column.to_numpy(), dtype=np.bool_) for column in columns)
    return holiday, bridge, at_home


def _public_holidays(country: str, years: range) -> dict[date, str]:
    try:
        return dict(holidays.country_holidays(country, years=years, language="en_US"))
    except NotImplementedError as error:
        raise UnknownSetting(
            Text(
                "La biblioteca de feriados no conoce el país '{found}'.",
                "The holidays library knows no country '{found}'.",
            ),
            remedy=Text(
                "Indique en country un código ISO 3166 como PE.",
                "Set country to an ISO 3166 code such as PE.",
            ),
            setting="country",
            found=country,
        ) from error


def _is_bridge(day: date, names: dict[date, str]) -> bool:
    if day.weekday() >= 5 or day in names:
        return False
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    return (before in names and after.weekday() == 5) or (after in names and before.weekday() == 6)


def _in_break(day: date, settings: UtilitySettings) -> bool:
    return any(first <= (day.month, day.day) <= last for first, last in settings.school_breaks)
