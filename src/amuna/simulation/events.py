"""The truth table of everything planted."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from amuna.domain.panel import Ints
from amuna.domain.table import INSTANT, Column, Table
from amuna.simulation.plan import Plan, Spells, spells_at
from amuna.simulation.settings import UtilitySettings

EVENTS = Table(
    "events",
    (
        Column("event_id", pl.Int64, "number of the event"),
        Column(
            "kind",
            pl.String,
            "leak, zone_leak, interruption, bypass, tamper, stuck, reset, replacement, new_occupants, closure, gap, "
            "estimated, missing, duplicate, late, correction, negative or absurd",
        ),
        Column("account_id", pl.String, "account concerned", nullable=True),
        Column("zone_id", pl.String, "zone concerned", nullable=True),
        Column("start", pl.Date, "first local day"),
        Column("end", pl.Date, "first local day after"),
        Column("shape", pl.String, "abrupt or incipient, of a leak", nullable=True),
        Column("m3_per_day", pl.Float64, "full size of a leak", "m3/d", nullable=True),
        Column(
            "share", pl.Float64, "share hidden by a fraud or stuck meter; factor of a move", nullable=True
        ),
        Column(
            "recorded_at", INSTANT, "when the right value of the row arrives, if late", "UTC", nullable=True
        ),
    ),
    key=("event_id",),
    time="start",
)
_LEAKS = ("leak", "zone_leak")
_OF_ZONES = ("zone_leak", "interruption")
_SHARES = ("bypass", "tamper", "stuck", "new_occupants", "closure")


def event_table(
    plan: Plan,
    dry: list[tuple[int, int]],
    account_ids: pl.Series,
    zone_ids: list[str],
    settings: UtilitySettings,
) -> pl.DataFrame:
    """Return EVENTS: every spell and every row fault of the plan, and every interruption of supply."""
    zones = pl.Series(zone_ids)
    recorded = recorded_instants(settings)
    planted = plan.spells | {"interruption": _interruptions(dry)}
    frames = [
        _event_frame(kind, spells, zones if kind in _OF_ZONES else account_ids, recorded, settings)
        for kind, spells in planted.items()
    ]
    return EVENTS.check(pl.concat(frames).with_row_index("event_id").cast({"event_id": pl.Int64}))


def recorded_instants(settings: UtilitySettings) -> Ints:
    """Instant at which the rows of each day are normally recorded, shape (n_days,) [µs since 1970, UTC]."""
    zone = ZoneInfo(settings.time_zone)
    hour = time(settings.recorded_hour, tzinfo=zone)
    next_days = (settings.start + timedelta(days=i + 1) for i in range(settings.days))
    return np.array([round(datetime.combine(day, hour).timestamp()) * 1_000_000 for day in next_days])


def days_of(positions: Ints, settings: UtilitySettings) -> pl.Series:
    """Return the local days at these positions."""
    return pl.Series(np.datetime64(settings.start, "D") + positions.astype("timedelta64[D]"))


def _event_frame(
    kind: str, spells: Spells, names: pl.Series, recorded: Ints, settings: UtilitySettings
) -> pl.DataFrame:
    is_zone = kind in _OF_ZONES
    concerned = names.gather(spells.place)
    shape = pl.Series(np.where(spells.incipient, "incipient", "abrupt"), dtype=pl.String)
    arrives = pl.Series(recorded[spells.arrival]).cast(INSTANT)
    late = pl.Series(spells.arrival >= spells.end)
    return pl.DataFrame(
        {
            "kind": pl.Series([kind] * len(spells), dtype=pl.String),
            "account_id": None if is_zone else concerned,
            "zone_id": concerned if is_zone else None,
            "start": days_of(spells.start, settings),
            "end": days_of(spells.end, settings),
            "shape": shape if kind in _LEAKS else None,
            "m3_per_day": spells.amount if kind in _LEAKS else None,
            "share": spells.amount if kind in _SHARES else None,
            "recorded_at": arrives.to_frame("a").select(pl.when(late).then("a"))["a"],
        },
        schema={name: column for name, column in EVENTS.empty().schema.items() if name != "event_id"},
    )


def _interruptions(dry: list[tuple[int, int]]) -> Spells:
    place, day = np.array(dry, dtype=np.int64).reshape(-1, 2).T
    return spells_at(place, day, day + 1, np.zeros(len(place)))
