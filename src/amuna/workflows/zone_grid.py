"""Inflows of zones and weather as of a cutoff, on grids of the utility's local days."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from amuna.domain.errors import NotEnoughData
from amuna.domain.panel import Floats, Ints
from amuna.domain.ports import Store
from amuna.domain.tables import WEATHER
from amuna.domain.text import Text
from amuna.domain.time import DAY, Interval
from amuna.domain.zone_tables import FLOWS, ZONES
from amuna.forecasting.zones.calendar import Calendar, Place, calendar
from amuna.forecasting.zones.grids import day_grid, fill_short_gaps
from amuna.forecasting.zones.port import ZoneData, ZoneFacts
from amuna.forecasting.zones.weather import N_VARIABLES, TrustedWeather, trusted_weather

HORIZON_HOURS = 168
WINDOW_DAYS = 1_100
SILENT = timedelta(days=120)
_HOUR = timedelta(hours=1)
_INGEST_FLOWS = Text(
    'Ingrese los caudales por hora: un origen de datos con kind = "flow", vea docs/feeds.md.',
    'Ingest hourly inflows: a feed with kind = "flow", see docs/feeds.md.',
)
# In the order of forecasting.zones.weather.
_VARIABLES = ("rain_mm", "temperature_c", "humidity_percent", "wind_kmh")


@dataclass(frozen=True)
class ZoneGrid:
    """What is known of all zones at a cutoff.

    Parameters
    ----------
    zones
        Names, in the order of the arrays.
    cutoff
        First hour that is not known.
    first
        First local day.
    flow
        Inflow of the whole local days before the cutoff [m³/h], shape (n_zones, n_days, 24).
    today
        Inflow of the hours of the cutoff's own day before it [m³/h], nan elsewhere, shape (n_zones, 24).
    days
        What is known of the whole days and the `ahead` days after them.
    weather
        Weather of all those days, and how much of it is made up.
    weather_known
        Whether any weather is known of the days before the cutoff.
    ahead
        Local days after `flow` that 168 hours from the cutoff reach into.
    facts
        People, connections and area of the zones.
    """

    zones: tuple[str, ...]
    cutoff: datetime
    first: date
    flow: Floats = field(repr=False)
    today: Floats = field(repr=False)
    days: Calendar = field(repr=False)
    weather: TrustedWeather = field(repr=False)
    weather_known: bool
    ahead: int
    facts: ZoneFacts = field(repr=False)

    @property
    def data(self) -> ZoneData:
        """What the models are given."""
        return ZoneData(self.zones, self.flow, self.days, self.weather.values, self.facts)

    @property
    def origin(self) -> date:
        """Local day of the cutoff: the first one that the models have not seen."""
        return self.first + self.flow.shape[1] * DAY


def zone_grid(
    *,
    store: Store,
    place: Place,
    cutoff: datetime | None = None,
    known_at: datetime | None = None,
    zones: tuple[str, ...] = (),
) -> ZoneGrid:
    """Lay what was known at a cutoff on grids; nothing observed at or after the cutoff is read but forecasts of weather.

    Parameters
    ----------
    place
        Holidays and time zone of the utility.
    cutoff
        First instant not known; the hour after the newest inflow without one.
    known_at
        Only rows recorded up to then; all without one.
    zones
        Zones that come first, in this order, whether or not they have inflows; others follow by name, but for those of which
        nothing came since 120 days before the newest inflow.

    Raises
    ------
    NotEnoughData
        If no zone has an inflow before the cutoff.
    """
    cutoff = _next_hour(store) if cutoff is None else cutoff
    since = cutoff - WINDOW_DAYS * DAY
    rows = store.read(
        FLOWS, Interval(since, cutoff), known_at=known_at, columns=["zone_id", "observed_at", "flow_m3h"]
    ).sort("observed_at")
    if rows.is_empty():
        raise NotEnoughData(
            Text(
                "No se conoce el caudal de ingreso de ninguna zona antes del {cutoff:%Y-%m-%d %H:%M} UTC.",
                "No zone has an inflow before {cutoff:%Y-%m-%d %H:%M} UTC.",
            ),
            remedy=_INGEST_FLOWS,
            cutoff=cutoff,
        )
    names = (*zones, *sorted(_heard_of(rows) - set(zones)))
    rows = rows.filter(pl.col("zone_id").is_in(names))
    origin = cutoff.astimezone(place.time_zone).date()
    first = min(rows.item(0, "observed_at").astimezone(place.time_zone).date(), origin - DAY)
    n_days = (origin - first).days
    ahead = ((cutoff + (HORIZON_HOURS - 1) * _HOUR).astimezone(place.time_zone).date() - origin).days + 1
    flow = flow_grid(rows, names, place.time_zone, first=first, n_days=n_days + 1)
    weather = _weather(store, cutoff, known_at, place.time_zone, first=first, n_days=n_days + ahead)
    return ZoneGrid(
        names,
        cutoff,
        first,
        fill_short_gaps(flow[:, :n_days]),
        flow[:, n_days],
        calendar(first, n_days + ahead, place),
        trusted_weather(weather),
        bool(np.isfinite(weather[:, :n_days]).any()),
        ahead,
        _facts(store, names),
    )


def hours_ahead(grid: ZoneGrid, time_zone: ZoneInfo) -> tuple[pl.Series, Ints, Ints]:
    """The 168 hours from the cutoff on, with their day from the origin and local hour on the grid.

    An hour that the clock shows twice is there twice, one that it leaves out is not.
    """
    instants = pl.datetime_range(
        grid.cutoff,
        grid.cutoff + (HORIZON_HOURS - 1) * _HOUR,
        "1h",
        time_zone="UTC",
        time_unit="us",
        eager=True,
    )
    day, hour = _places(instants, time_zone, grid.origin)
    return instants.alias("observed_at"), day, hour


def _heard_of(rows: pl.DataFrame) -> set[str]:
    """Zones of which something came lately; `rows` by time."""
    lately = rows.filter(pl.col("observed_at") >= rows.item(-1, "observed_at") - SILENT)
    return set(lately["zone_id"].to_list())


def _next_hour(store: Store) -> datetime:
    newest: datetime | None = store.query(f"SELECT MAX(observed_at) FROM {FLOWS.name}").item()
    if newest is None:
        raise NotEnoughData(
            Text("Todavía no se conoce el caudal de ingreso de ninguna zona.", "No zone has an inflow yet."),
            remedy=_INGEST_FLOWS,
        )
    return newest.astimezone(UTC) + _HOUR


def flow_grid(
    rows: pl.DataFrame, names: tuple[str, ...], time_zone: ZoneInfo, *, first: date, n_days: int
) -> Floats:
    """Inflows by zone, local day and hour, shape (n_zones, n_days, 24) [m³/h]; nan where they are not known.

    Parameters
    ----------
    rows
        zone_id, observed_at and flow_m3h; those of other days are left out.
    """
    wide = rows.pivot("zone_id", index="observed_at", values="flow_m3h").sort("observed_at")
    wide = wide.with_columns(
        pl.lit(None, pl.Float64).alias(name) for name in names if name not in wide.columns
    )
    return _laid_out(wide, names, time_zone, first=first, n_days=n_days)


def _weather(
    store: Store,
    cutoff: datetime,
    known_at: datetime | None,
    time_zone: ZoneInfo,
    *,
    first: date,
    n_days: int,
) -> Floats:
    """Mean over the places of what was observed before the cutoff, and of what was forecast for the hours after it."""
    span = Interval(
        datetime.combine(first, time(), time_zone), datetime.combine(first + n_days * DAY, time(), time_zone)
    )
    rows = store.read(
        WEATHER, span, known_at=known_at, columns=["place_id", "observed_at", "kind", *_VARIABLES]
    ).filter((pl.col("observed_at") < cutoff) | (pl.col("kind") == "forecast"))
    if rows.is_empty():
        return np.full((N_VARIABLES, n_days, 24), np.nan)
    hourly = rows.sort("observed_at", "place_id").group_by("observed_at", maintain_order=True)
    mean = hourly.agg(pl.col(_VARIABLES).mean())
    return _laid_out(mean, _VARIABLES, time_zone, first=first, n_days=n_days)


def _facts(store: Store, names: tuple[str, ...]) -> ZoneFacts:
    rows = store.read(ZONES, columns=["zone_id", "population", "connections", "area_km2"])
    known = {row[0]: row[1:] for row in rows.iter_rows()}
    table = np.array([known.get(name, (None,) * 3) for name in names], dtype=np.float64).reshape(-1, 3)
    return ZoneFacts(*table.T)


def _laid_out(
    rows: pl.DataFrame, names: tuple[str, ...], time_zone: ZoneInfo, *, first: date, n_days: int
) -> Floats:
    day, hour = _places(rows["observed_at"], time_zone, first)
    inside = (day >= 0) & (day < n_days)
    values = rows.select(pl.col(names).cast(pl.Float64)).to_numpy()
    return day_grid(day[inside], hour[inside], values[inside], n_days=n_days)


def _places(instants: pl.Series, time_zone: ZoneInfo, first: date) -> tuple[Ints, Ints]:
    """Local day counted from `first`, and local hour."""
    days, hours = _local(instants, time_zone)
    return (days - first).dt.total_days().to_numpy(), hours.to_numpy().astype(np.int64)


def _local(instants: pl.Series, time_zone: ZoneInfo) -> tuple[pl.Series, pl.Series]:
    local = instants.dt.convert_time_zone(time_zone.key)
    return local.dt.date(), local.dt.hour()
