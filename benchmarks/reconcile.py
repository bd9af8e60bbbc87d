"""Reconciliation of 27,000 accounts, their zones, cities and utility: 14 days, nine quantiles, against each level's own forecast.

    python benchmarks/reconcile.py [--accounts-n 27000] [--days 500] [--folds 3] [--json]

Accounts and zones of a simulated utility are each forecast from their own past; then they are made to add up. Errors are of days
that no model had seen, at cutoffs 14 days apart.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from _common import DAY, cores, finish, panel_of, parser, peak_rss_mb
from amuna.domain.panel import Floats, Panel, panel_from_matrix
from amuna.domain.time import Horizon
from amuna.forecasting.fleet import FittedFleet, FleetSettings, fit_fleet
from amuna.forecasting.intervals import QUANTILES
from amuna.forecasting.metrics import tail_matrix
from amuna.forecasting.reconcile.departures import HISTORY_DAYS, departures_of
from amuna.forecasting.reconcile.draws import coherent_quantiles, ranks_of
from amuna.forecasting.reconcile.hierarchy import Hierarchy, hierarchy_of
from amuna.simulation import UtilitySettings, simulate, true_consumption

BARS = {"seconds": 10.0, "peak_rss_mb": 2048.0, "max_gap": 1e-6, "least_m3": 0.0}
WANTED = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
HORIZON = 14
_HISTORY_DAYS = 400


_ERRORS = (
    "zone_mae_direct_m3",
    "zone_mae_bottom_up_m3",
    "zone_mae_m3",
    "zone_mean_mae_m3",
    "account_mae_own_m3",
    "account_mae_m3",
    "zone_coverage80",
    "account_coverage80",
)


@dataclass(frozen=True)
class Fold:
    """What was forecast at a cutoff, quantiles (n, 14, 7); past days (n, 140); and what came, (n, 14) [m³]."""

    accounts: Floats
    groups: Floats
    past: Floats
    observed: Floats


def main() -> None:
    """Forecast, reconcile, compare."""
    arguments = parser(__doc__.splitlines()[0])
    arguments.add_argument("--accounts-n", type=int, default=27_000)
    arguments.add_argument("--days", type=int, default=500)
    arguments.add_argument("--folds", type=int, default=3)
    options = arguments.parse_args()
    figures = measure(options.accounts_n, days=options.days, n_folds=options.folds)
    show(figures)
    finish(figures, as_json=options.json)


def measure(accounts: int, *, days: int, n_folds: int) -> dict[str, Any]:
    """Seconds, memory, gaps and errors."""
    utility = simulate(UtilitySettings(accounts=accounts, days=days), seed=11)
    rows = true_consumption(utility).with_columns(flag=pl.lit("ok"))
    panel = panel_of(rows)
    panel = panel.until(panel.ends.max())
    panel = panel.take(np.flatnonzero(panel.lengths >= _HISTORY_DAYS))
    zones = dict(utility.accounts.select("account_id", "zone_id").iter_rows())
    parents = dict(utility.zones.select("zone_id", "parent_id").iter_rows())
    hierarchy = _hierarchy([zones[account] for account in panel.series_ids.tolist()], parents)
    made = list(_folds(panel, hierarchy, n_folds))
    results = [_reconciled(fold, hierarchy) for fold in made]
    return {
        "seconds": round(max(result["seconds"] for result in results), 2),
        "peak_rss_mb": round(results[0]["peak_rss_mb"], 0),
        "max_gap": max(result["max_gap"] for result in results),
        "least_m3": min(result["least_m3"] for result in results),
        "ordered": all(result["ordered"] for result in results),
        **{name: float(np.mean([result[name] for result in results])) for name in _ERRORS},
        "accounts": len(panel),
        "groups": len(hierarchy.names),
        "folds": n_folds,
        "cores": cores(),
    }


def _hierarchy(zone_ids: list[str], parents: dict[str, str]) -> Hierarchy:
    supply = [parents[zone] for zone in zone_ids]
    return hierarchy_of(
        {"zone": np.array(zone_ids), "supply": np.array(supply), "utility": np.full(len(supply), "utility")}
    )


def _folds(panel: Panel, hierarchy: Hierarchy, count: int) -> Iterator[Fold]:
    """Models are fitted once, before the first cutoff, and carried on by updates."""
    end = panel.ends.max()
    matrix = tail_matrix(panel.until(end), _HISTORY_DAYS)
    groups = hierarchy.sums(np.nan_to_num(matrix))
    start = end - _HISTORY_DAYS * DAY
    above = panel_from_matrix(np.array([f"{level}:{name}" for level, name in hierarchy.names]), start, groups)
    first = end - count * HORIZON * DAY
    settings = FleetSettings(horizon=HORIZON, billing_days=HORIZON)
    fleets = [fit_fleet(each.before(first), first, settings) for each in (panel, above)]
    for number in range(count):
        cutoff = first + number * HORIZON * DAY
        if number:
            fleets = [
                _carried(fleet, each, cutoff) for fleet, each in zip(fleets, (panel, above), strict=True)
            ]
        at = _HISTORY_DAYS - (count - number) * HORIZON
        quantiles = [fleet.forecasts(Horizon(HORIZON)).quantiles for fleet in fleets]
        yield Fold(*quantiles, matrix[:, at - HISTORY_DAYS : at], matrix[:, at : at + HORIZON])


def _carried(fleet: FittedFleet, panel: Panel, cutoff: np.datetime64) -> FittedFleet:
    return fleet.update(panel.before(cutoff).since(fleet.cutoff))


def _reconciled(fold: Fold, hierarchy: Hierarchy) -> dict[str, Any]:
    """Figures of a fold; the clock runs from past days and quantiles in memory to reconciled quantiles."""
    started = time.perf_counter()
    rng = np.random.default_rng(1)
    bottom_ranks = ranks_of(departures_of(fold.past), rng=rng)
    upper_ranks = ranks_of(departures_of(hierarchy.sums(np.nan_to_num(fold.past))), rng=rng)
    days = [
        coherent_quantiles(
            hierarchy,
            fold.accounts[:, day],
            fold.groups[:, day],
            levels=QUANTILES,
            bottom_ranks=bottom_ranks,
            upper_ranks=upper_ranks,
            wanted=WANTED,
        )
        for day in range(HORIZON)
    ]
    seconds = time.perf_counter() - started
    memory = peak_rss_mb()
    bottom = np.stack([quantiles.bottom for quantiles, _ in days], axis=1)
    upper = np.stack([quantiles.upper for quantiles, _ in days], axis=1)
    means = np.concatenate([mean.bottom for _, mean in days], axis=1)
    sums = np.concatenate([mean.upper for _, mean in days], axis=1)
    gaps = [np.abs(sums - _added(hierarchy, means)).max()]
    return {
        "seconds": seconds,
        "peak_rss_mb": memory,
        "max_gap": float(max(gaps)),
        "least_m3": float(min(bottom.min(), upper.min(), means.min())),
        "ordered": bool((np.diff(bottom, axis=-1) >= 0).all() and (np.diff(upper, axis=-1) >= 0).all()),
        **_errors(fold, hierarchy, bottom, upper, sums),
    }


def _added(hierarchy: Hierarchy, bottom: Floats) -> Floats:
    """The sums of the groups, added one account after the other: not the way they were made."""
    found = np.zeros((len(hierarchy.names), bottom.shape[1]))
    for level in hierarchy.groups:
        np.add.at(found, level, bottom)
    return found


def _errors(
    fold: Fold, hierarchy: Hierarchy, bottom: Floats, upper: Floats, sums: Floats
) -> dict[str, float]:
    """Mean absolute errors of zones and accounts [m³ a day], and what their 80 % intervals hold."""
    truth = hierarchy.sums(np.nan_to_num(fold.observed))
    zones = hierarchy.groups[0].max() + 1
    middle, low, high = WANTED.index(0.5), WANTED.index(0.1), WANTED.index(0.9)
    added = hierarchy.sums(fold.accounts[..., QUANTILES.index(0.5)])

    def off(forecast: Floats, observed: Floats) -> float:
        return float(np.nanmean(np.abs(forecast - observed)))

    def held(quantiles: Floats, observed: Floats) -> float:
        known = np.isfinite(observed)
        inside = (observed >= quantiles[..., low]) & (observed <= quantiles[..., high])
        return float(inside[known].mean())

    return {
        "zone_mae_direct_m3": off(fold.groups[:zones, :, QUANTILES.index(0.5)], truth[:zones]),
        "zone_mae_bottom_up_m3": off(added[:zones], truth[:zones]),
        "zone_mae_m3": off(upper[:zones, :, middle], truth[:zones]),
        "zone_mean_mae_m3": off(sums[:zones], truth[:zones]),
        "account_mae_own_m3": off(fold.accounts[..., QUANTILES.index(0.5)], fold.observed),
        "account_mae_m3": off(bottom[..., middle], fold.observed),
        "zone_coverage80": held(upper[:zones], truth[:zones]),
        "account_coverage80": held(bottom, fold.observed),
    }


def show(figures: dict[str, Any]) -> None:
    """A table for people."""
    title = f"{figures['accounts']:,} accounts, {figures['groups']} groups, {figures['folds']} cutoffs, {figures['cores']} cores"
    table = Table(title=title)
    for column in ("figure", "seen", "bar"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for name in ("seconds", "peak_rss_mb", "max_gap", "least_m3", "ordered", *_ERRORS):
        value = figures[name]
        table.add_row(
            name, str(value) if isinstance(value, bool) else f"{value:,.4g}", str(BARS.get(name, ""))
        )
    Console().print(table)


if __name__ == "__main__":
    main()
