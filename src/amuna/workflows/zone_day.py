"""A day of the zones: judge what was forecast, train where the model is missing or a week old, forecast anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from amuna.domain.ports import Store
from amuna.domain.tables import RUNS
from amuna.domain.zone_tables import FLOWS, ZONES_RUN
from amuna.forecasting.zones.calendar import Place
from amuna.forecasting.zones.port import ZoneForecaster
from amuna.workflows.zone_forecast import forecast_zones
from amuna.workflows.zone_score import score_zones
from amuna.workflows.zone_train import SEARCH_EVERY, train_zones

MAX_AGE = timedelta(days=7)


@dataclass(frozen=True)
class ZoneDayReport:
    """What was done: zone-days judged, trainings, zones forecast, and those of them whose data is not as it should be."""

    judged: int
    trained: int
    zones: int
    impaired: int


def zone_day(
    *,
    store: Store,
    place: Place,
    forecasters: Sequence[ZoneForecaster],
    now: datetime,
    max_age: timedelta = MAX_AGE,
    search_every: timedelta | None = SEARCH_EVERY,
) -> ZoneDayReport:
    """Judge, train where it is time, forecast.

    Parameters
    ----------
    forecasters
        Models to combine where it is time to train.
    max_age
        Local days that the inflows reach beyond what the model has seen, after which it is trained again.
    search_every
        As in `train_zones`.
    """
    judged = score_zones(store=store, time_zone=place.time_zone)
    age = _model_age(store, place.time_zone)
    due = age is None or age >= max_age
    if due:
        train_zones(store=store, place=place, forecasters=forecasters, now=now, search_every=search_every)
    made = forecast_zones(store=store, place=place)
    return ZoneDayReport(judged.days, int(due), made.zones, made.zones - made.status.get("ok", 0))


def _model_age(store: Store, time_zone: ZoneInfo) -> timedelta | None:
    """Local days that the inflows reach beyond what the serving model has seen; None where none serves."""
    runs = store.read(RUNS, where={"alias": ZONES_RUN}, columns=["cutoff"])
    newest = store.query(f"SELECT MAX(observed_at) FROM {FLOWS.name}").item()
    if runs.is_empty() or newest is None:
        return None
    cutoff = runs["cutoff"][0]
    assert isinstance(cutoff, date)
    known_to = (newest + timedelta(hours=1)).astimezone(time_zone).date()
    return known_to - cutoff
