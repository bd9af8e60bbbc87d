"""Why the week ahead of a zone departs from its usual days: what is worth telling, and all the parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.text import Text
from amuna.domain.zone_tables import ZONE_REASONS

ABOVE, BELOW, NORMAL = "above", "below", "normal"
# Shares of the usual inflow: a departure that is none, the least reason told, and one told against the others.
NORMAL_SHARE, TOLD_SHARE, AGAINST_SHARE = 0.03, 0.01, 0.03
_OF_LARGEST = 0.25
_MOST_TOLD = 3
_UNTOLD = ("other",)


@dataclass(frozen=True)
class Reason:
    """What a reason adds to the usual inflow of a day.

    Parameters
    ----------
    code
        As `reason` of ZONE_REASONS.
    part_m3h, share
        What it adds [m³/h], and as a share of the usual inflow.
    value, usual_value
        What was measured that day and on the usual days: highest temperature [°C], rain of the day [mm], mean humidity [%],
        mean wind [km/h], 1 where schools are closed; None for other reasons.
    """

    code: str
    part_m3h: float
    share: float
    value: float | None
    usual_value: float | None


@dataclass(frozen=True)
class DayReasons:
    """A day of the week ahead beside its usual day.

    Parameters
    ----------
    day
        Local day.
    forecast_m3h, usual_m3h
        Mean inflow forecast, and usual, as `forecasting.zones.usual` tells it [m³/h].
    departure
        How far the forecast lies above the usual, as a share of it.
    standing
        above, below or normal: within 3 % of the usual.
    told
        Reasons worth telling, the strongest first; none where none stands out.
    against
        What pulls strongly the other way.
    parts
        All reasons, the strongest first; they sum to the forecast less the usual.
    """

    day: date
    forecast_m3h: float
    usual_m3h: float
    departure: float
    standing: str
    told: tuple[Reason, ...]
    against: tuple[Reason, ...]
    parts: tuple[Reason, ...]


@dataclass(frozen=True)
class ZoneReasons:
    """A zone's newest forecast, day by day.

    Parameters
    ----------
    zone_id, run_id, cutoff
        The zone, the training, and the first hour the forecast had not seen.
    days
        A week at most, without days that have no usual day to compare with.
    rows
        ZONE_REASONS rows.
    """

    zone_id: str
    run_id: str
    cutoff: datetime
    days: tuple[DayReasons, ...]
    rows: pl.DataFrame = field(repr=False)


def zone_reasons(*, store: Store, zone: str) -> ZoneReasons:
    """Reasons of the newest stored forecast of a zone; they were found when it was made, so this only reads.

    Raises
    ------
    NotEnoughData
        If no forecast of the zone with a usual day to compare with is stored.
    """
    newest = store.query(
        f"SELECT MAX(cutoff) AS cutoff FROM {ZONE_REASONS.name} WHERE zone_id = ?", [zone]
    ).item()
    if newest is None:
        raise NotEnoughData(
            Text(
                "Todavía ningún pronóstico de la zona {zone!r} tiene razones.",
                "No forecast of zone {zone!r} has reasons yet.",
            ),
            remedy=Text(
                "Entrene y pronostique con: amuna train zones, y luego amuna forecast --zone all. Una zona necesita una semana de caudales.",
                "Train and forecast with: amuna train zones, then amuna forecast --zone all. A zone needs a week of inflows.",
            ),
            zone=zone,
        )
    rows = store.read(ZONE_REASONS, where={"zone_id": zone, "cutoff": newest}).sort("day", "reason")
    days = tuple(_day(of_day) for _, of_day in rows.group_by("day", maintain_order=True))
    return ZoneReasons(zone, str(rows["run_id"][0]), newest, days, rows)


def _day(rows: pl.DataFrame) -> DayReasons:
    day, forecast, usual = rows.select("day", "forecast_m3h", "usual_m3h").row(0)
    base = usual if usual > 0 else float("inf")
    parts = sorted(
        (
            Reason(code, part, part / base, value, usually)
            for code, part, value, usually in rows.select(
                "reason", "part_m3h", "value", "usual_value"
            ).iter_rows()
        ),
        key=lambda one: -abs(one.part_m3h),
    )
    departure = (forecast - usual) / base
    standing = NORMAL if abs(departure) < NORMAL_SHARE else ABOVE if departure > 0 else BELOW
    told, against = _worth_telling(parts, standing)
    return DayReasons(day, forecast, usual, departure, standing, told, against, tuple(parts))


def _worth_telling(parts: list[Reason], standing: str) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    """Strong reasons of the departure and against it; of a normal day, strong ones that cancel each other."""
    known = [one for one in parts if one.code not in _UNTOLD]
    up, down = ([one for one in known if one.share * sign > 0] for sign in (1, -1))
    strong = [tuple(one for one in side if abs(one.share) >= AGAINST_SHARE)[:1] for side in (up, down)]
    if standing == NORMAL:
        return (strong[0], strong[1]) if all(strong) else ((), ())
    side, against = (up, strong[1]) if standing == ABOVE else (down, strong[0])
    least = max([TOLD_SHARE, *(_OF_LARGEST * abs(one.share) for one in side[:1])])
    return tuple(one for one in side if abs(one.share) >= least)[:_MOST_TOLD], against
