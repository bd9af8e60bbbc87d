"""Reconcile: forecasts of zones, of what feeds them and of the utility that add up, stored beside those of the accounts.

What is forecast is what accounts use. The metered inflow of a zone holds losses besides, and is forecast apart (zone_forecast).
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from amuna.domain.errors import NotEnoughData
from amuna.domain.panel import Floats, Ints, Panel
from amuna.domain.ports import Engine, Store
from amuna.domain.tables import FORECASTS, GROUP_FORECASTS, QUANTILE_COLUMNS, UNZONED
from amuna.domain.text import Text
from amuna.domain.time import Interval
from amuna.forecasting.fleet import FittedFleet, FleetSettings
from amuna.forecasting.reconcile.draws import read_quantiles
from amuna.forecasting.reconcile.own import own_forecasts
from amuna.forecasting.reconcile.past import COMPLETE, DaySums, PastSums, past_sums
from amuna.forecasting.reconcile.weights import learn_weight
from amuna.forecasting.reconcile.zones import SettledZones, settle_zones
from amuna.workflows.group_places import GroupPlaces, group_places
from amuna.workflows.serving import Serving, account_blocks, generations, load_fleet
from amuna.workflows.views.demand import UNKNOWN, demand

log = logging.getLogger(__name__)
OK, SHORT_HISTORY, PARTIAL = STATUSES = ("ok", "short_history", "partial")


@dataclass(frozen=True)
class ReconcileReport:
    """What a reconciliation did.

    Parameters
    ----------
    run_id, cutoff
        The serving run and the first day forecast.
    accounts, groups, days
        Accounts whose forecasts were added up, groups of all levels, and days ahead.
    status
        Groups by status.
    own_weight
        Weight of the zones' own forecasts in their shares of the total, 0 to 1; the rest is the accounts'.
    seconds
        Time taken [s].
    """

    run_id: str
    cutoff: date
    accounts: int
    groups: int
    days: int
    status: dict[str, int]
    own_weight: float
    seconds: float


def reconcile(
    *, store: Store, engine: Engine, settings: FleetSettings, keep_days: int = 30
) -> ReconcileReport:
    """Forecast every group of accounts from its own past and from its accounts, and store what adds up.

    Parameters
    ----------
    settings
        Most days ahead, and past cutoffs from which the weights are learned.
    keep_days
        Forecasts made longer ago than this are removed [days].

    Raises
    ------
    NotEnoughData
        If nothing was trained, or nothing forecast yet.
    """
    started = time.perf_counter()
    runs = generations(store)
    run = runs[-1]
    ahead = _ahead(store, run, settings.horizon)
    settings = replace(settings, horizon=ahead, billing_days=ahead)
    blocks = [block for each in runs for block in account_blocks(store, each)]
    places = group_places(store, [account for block in blocks for account in block])
    days = _days(store, run, places)
    own = own_forecasts(days.complete, np.datetime64(run.cutoff), settings)
    weight = _known_weight(store, run)
    if weight is None:
        past = _past(store, engine, run, blocks, places, settings)
        weight = learn_weight(own.observed, own.past, past.added(own.observed))
    added, counted = _added(store, run, places, ahead)
    partial = counted < COMPLETE * days.usual[:, -1]
    zones = settle_zones(own, days.complete, np.where(partial[:, None], np.nan, added), weight=weight)
    worst = np.where(partial, STATUSES.index(PARTIAL), np.where(own.short, STATUSES.index(SHORT_HISTORY), 0))
    rows = _rows(run, places, zones, added, worst).with_columns(own_weight=pl.lit(weight))
    with store.transaction():
        store.delete(GROUP_FORECASTS, where={"run_id": run.run_id, "cutoff": run.cutoff})
        store.upsert(GROUP_FORECASTS, rows.select(GROUP_FORECASTS.names))
        _forget_old(store, run.cutoff - timedelta(days=keep_days))
    status = rows.unique(["level", "group_id"])["status"].value_counts().sort("status")
    report = ReconcileReport(
        run_id=run.run_id,
        cutoff=run.cutoff,
        accounts=int(counted.sum()),
        groups=len(places.hierarchy.names),
        days=ahead,
        status=dict(status.iter_rows()),
        own_weight=weight,
        seconds=time.perf_counter() - started,
    )
    log.info("reconciled accounts=%d groups=%d seconds=%.1f", report.accounts, report.groups, report.seconds)
    return report


def _ahead(store: Store, run: Serving, most: int) -> int:
    """Days that the stored forecasts of the run reach."""
    last: date | None = store.query(
        f"SELECT MAX(day) FROM {FORECASTS.name} WHERE run_id = ? AND cutoff = ?", [run.run_id, run.cutoff]
    ).item()
    if last is None:
        raise NotEnoughData(
            Text(
                "El entrenamiento {run_id} no tiene pronósticos desde el {cutoff}.",
                "Run {run_id} has no forecast from {cutoff} on.",
            ),
            remedy=Text("Pronostique primero: amuna forecast.", "Forecast first: amuna forecast."),
            run_id=run.run_id,
            cutoff=run.cutoff,
        )
    return min(most, (last - run.cutoff).days + 1)


def _days(store: Store, run: Serving, places: GroupPlaces) -> DaySums:
    """What the zones' accounts used on every day before the cutoff."""
    rows = (
        demand(store)
        .sums.filter(pl.col("day") < run.cutoff)
        .with_columns(zone=pl.col("zone_id").replace(UNKNOWN, UNZONED))
    )
    rows = rows.filter(pl.col("zone").is_in(places.zones)).sort("zone", "day", "segment")
    first: date = rows["day"].min()  # type: ignore[assignment]
    number = {zone: place for place, zone in enumerate(places.zones)}
    zone = rows["zone"].replace_strict(number, return_dtype=pl.Int64).to_numpy()
    day = (rows["day"] - first).dt.total_days().to_numpy()
    sums = np.zeros((2, len(places.zones), (run.cutoff - first).days))
    for out, name in zip(sums, ("total_m3", "accounts"), strict=True):
        np.add.at(out, (zone, day), rows[name].to_numpy())
    return DaySums(sums[0], sums[1])


def _known_weight(store: Store, run: Serving) -> float | None:
    """The weight that was learned when the run was first reconciled; None before that."""
    found = store.query(
        f"SELECT own_weight FROM {GROUP_FORECASTS.name} WHERE run_id = ? ORDER BY cutoff DESC LIMIT 1",
        [run.run_id],
    )
    return None if found.is_empty() else float(found.item())


def _past(
    store: Store,
    engine: Engine,
    run: Serving,
    blocks: list[list[str]],
    places: GroupPlaces,
    settings: FleetSettings,
) -> PastSums:
    """What forecasts of the accounts added up to at past cutoffs, one block of accounts in memory at a time."""
    shape = (len(places.zones), settings.origins, settings.horizon)
    found = PastSums(np.zeros(shape), np.zeros(shape))
    for block in blocks:
        fleet = load_fleet(store, run.run_id, accounts=block)
        panel = store.panel(Interval(date.min, run.cutoff), accounts=(block[0], block[-1]))
        panel = panel.take(np.flatnonzero(np.isin(panel.series_ids, block)))
        for part in engine.map(_Slab(fleet, np.datetime64(run.cutoff), places, settings), panel):
            found += part
    return found


@dataclass(frozen=True)
class _Slab:
    """What is computed of each slab of a block of accounts."""

    fleet: FittedFleet
    cutoff: np.datetime64
    places: GroupPlaces
    settings: FleetSettings

    def __call__(self, slab: Panel) -> PastSums:
        """Past sums of the slab's accounts by zone."""
        rows = np.searchsorted(self.fleet.series_ids, slab.series_ids)
        groups = self.places.of(slab.series_ids)
        n_zones = len(self.places.zones)
        return past_sums(
            self.fleet.take(rows), slab.until(self.cutoff), groups, n_zones, settings=self.settings
        )


def _added(store: Store, run: Serving, places: GroupPlaces, ahead: int) -> tuple[Floats, Floats]:
    """What the accounts' point forecasts add up to, shape (n_zones, n_days) [m³], and how many accounts, (n_zones,)."""
    rows = store.query(
        f"SELECT account_id, day, forecast_m3 FROM {FORECASTS.name} WHERE run_id = ? AND cutoff = ? AND day < ?",
        [run.run_id, run.cutoff, run.cutoff + timedelta(days=ahead)],
    )
    accounts = rows["account_id"].unique()
    zone = pl.Series(places.of(accounts.to_numpy().astype(np.str_)))
    sums = (
        rows.join(pl.DataFrame({"account_id": accounts, "zone": zone}), on="account_id")
        .group_by("zone", "day")
        .agg(pl.col("forecast_m3").sort().sum(), accounts=pl.len())
    )
    added = np.zeros((len(places.zones), ahead))
    counted = np.zeros(len(places.zones))
    lead = (sums["day"] - run.cutoff).dt.total_days().to_numpy()
    added[sums["zone"].to_numpy(), lead] = sums["forecast_m3"].to_numpy()
    np.maximum.at(counted, sums["zone"].to_numpy(), sums["accounts"].to_numpy().astype(np.float64))
    return added, counted


def _rows(run: Serving, places: GroupPlaces, zones: SettledZones, added: Floats, worst: Ints) -> pl.DataFrame:
    """GROUP_FORECASTS rows of all levels, but for the weight; a group's status is that of its worst zone."""
    hierarchy = places.hierarchy
    draws = np.stack([hierarchy.sums(day) for day in zones.draws()], axis=1)
    quantiles = read_quantiles(draws, tuple(QUANTILE_COLUMNS))
    means = hierarchy.sums(np.stack([day.mean(axis=1) for day in zones.draws()], axis=1))
    status = np.zeros(len(hierarchy.names), dtype=np.int64)
    for level in hierarchy.groups:
        np.maximum.at(status, level, worst)
    n_days = means.shape[1]
    columns = {
        "level": np.repeat([level for level, _ in hierarchy.names], n_days),
        "group_id": np.repeat([name for _, name in hierarchy.names], n_days),
        "day": np.tile(np.datetime64(run.cutoff, "D") + np.arange(n_days), len(hierarchy.names)),
        **{name: quantiles[..., place].ravel() for place, name in enumerate(QUANTILE_COLUMNS.values())},
        "mean_m3": means.ravel(),
        "accounts_m3": hierarchy.sums(added).ravel(),
        "status": np.repeat(np.array(STATUSES)[status], n_days),
    }
    return pl.DataFrame(columns).with_columns(run_id=pl.lit(run.run_id), cutoff=pl.lit(run.cutoff))


def _forget_old(store: Store, before: date) -> None:
    old = store.query(f"SELECT DISTINCT cutoff FROM {GROUP_FORECASTS.name} WHERE cutoff < ?", [before])
    if len(old):
        store.delete(GROUP_FORECASTS, where={"cutoff": old["cutoff"].to_list()})
