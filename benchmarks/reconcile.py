"""Reconciliation of 27,000 accounts, their zones, cities and utility: 14 days, nine quantiles, against each level's own forecast.

    python benchmarks/reconcile.py [--accounts-n 27000] [--days 620] [--folds 6] [--seed 11] [--json]

Accounts and zones of a simulated utility are each forecast from their own past; then they are made to add up. Errors are of days
that no model had seen, at cutoffs 28 days apart. `seconds` runs from the forecasts and past misses in memory to reconciled
quantiles of every account and group, at the slowest cutoff; `learn_s` is the time that past misses of the accounts take, once for
each training. `peak_rss_mb` is the largest memory of the whole process, simulation and training included.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from _common import DAY, cores, finish, parser, peak_rss_mb
from amuna.domain.panel import Floats, Panel
from amuna.domain.time import Horizon
from amuna.engines.threads import ThreadEngine
from amuna.forecasting.fleet import (
    FittedFleet,
    FleetSettings,
    assemble,
    calibrate,
    calibration_sample,
    train,
)
from amuna.forecasting.intervals import QUANTILES
from amuna.forecasting.metrics import tail_matrix
from amuna.forecasting.reconcile.departures import HISTORY_DAYS, departures_of
from amuna.forecasting.reconcile.draws import coherent_day, ranks_of, read_quantiles
from amuna.forecasting.reconcile.hierarchy import Hierarchy, hierarchy_of
from amuna.forecasting.reconcile.own import own_forecasts
from amuna.forecasting.reconcile.past import DaySums, PastSums, past_sums
from amuna.forecasting.reconcile.weights import learn_weight
from amuna.forecasting.reconcile.zones import settle_zones
from amuna.simulation import UtilitySettings, simulate
from amuna.simulation.slabs import slabs
from amuna.simulation.utility import Utility

WANTED = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
HORIZON, APART = 14, 28
MIDDLE, LOW80, HIGH80 = (WANTED.index(level) for level in (0.5, 0.1, 0.9))
SETTINGS = FleetSettings(horizon=HORIZON, billing_days=HORIZON)
BARS = {"seconds": 10.0, "peak_rss_mb": 2048.0, "max_gap": 1e-6, "least_m3": 0.0}
_SLAB = 500
_ENGINE = ThreadEngine(workers=2, slab=_SLAB)
_ERRORS = (
    "zone_mae_own_m3",
    "zone_mae_bottom_up_m3",
    "zone_mae_m3",
    "zone_mean_mae_m3",
    "above_mae_own_m3",
    "above_mae_bottom_up_m3",
    "above_mae_m3",
    "above_mean_mae_m3",
    "account_mae_own_m3",
    "account_mae_m3",
    "zone_coverage80",
    "above_coverage80",
    "account_coverage80_own",
    "account_coverage80",
)


@dataclass(frozen=True)
class Fold:
    """What was forecast at a cutoff, quantiles (n, 14, 7); past days (n, 140); what came, (n, 14) [m³]; sums of zones."""

    cutoff: np.datetime64
    accounts: Floats
    recent: Floats
    observed: Floats
    days: DaySums
    past: PastSums
    learn_s: float


def main() -> None:
    """Forecast, reconcile, compare."""
    arguments = parser(__doc__.splitlines()[0])
    for name, value in (("accounts-n", 27_000), ("days", 620), ("folds", 6), ("seed", 11)):
        arguments.add_argument(f"--{name}", type=int, default=value)
    options = arguments.parse_args()
    figures = measure(options.accounts_n, days=options.days, n_folds=options.folds, seed=options.seed)
    show(figures)
    finish(figures, as_json=options.json)


def measure(accounts: int, *, days: int, n_folds: int, seed: int) -> dict[str, Any]:
    """Seconds, memory, gaps and errors."""
    utility = simulate(UtilitySettings(accounts=accounts, days=days), seed=seed)
    hierarchy = _hierarchy(utility)
    panel = _panel(utility, known_for=(n_folds - 1) * APART + HORIZON)
    results = [_reconciled(fold, hierarchy) for fold in _folds(panel, hierarchy, n_folds)]
    return {
        "seconds": round(max(result["seconds"] for result in results), 2),
        "learn_s": round(max(result["learn_s"] for result in results), 2),
        "peak_rss_mb": round(peak_rss_mb(), 0),
        "max_gap": max(result["max_gap"] for result in results),
        "least_m3": min(result["least_m3"] for result in results),
        "ordered": all(result["ordered"] for result in results),
        **{name: float(np.mean([result[name] for result in results])) for name in _ERRORS},
        "folds_not_worse": sum(
            result["zone_mae_m3"] <= min(result["zone_mae_own_m3"], result["zone_mae_bottom_up_m3"])
            for result in results
        ),
        "own_weight": float(np.mean([result["weight"] for result in results])),
        "accounts": len(panel),
        "groups": len(hierarchy.names),
        "folds": n_folds,
        "seed": seed,
        "cores": cores(),
    }


def _hierarchy(utility: Utility) -> Hierarchy:
    parents = dict(utility.zones.select("zone_id", "parent_id").iter_rows())
    zones = utility.accounts["zone_id"].to_list()
    return hierarchy_of(
        {
            "zone": np.array(zones),
            "supply": np.array([parents[zone] for zone in zones]),
            "utility": np.full(len(zones), "utility"),
        }
    )


def _panel(utility: Utility, *, known_for: int) -> Panel:
    """True use of every account, slab by slab; new ones are there, as NaN, from the first cutoff on: models must know of them."""
    days = utility.settings.days
    first = utility.traits["first_day"].astype(np.int64)
    begin = np.minimum(first, days - known_for)
    offsets = np.concatenate(([0], np.cumsum(days - begin)))
    values = np.empty(offsets[-1])
    for slab in slabs(utility, workers=1):
        rows = slice(slab.first, slab.last)
        use = np.where(np.arange(days) >= first[rows, None], slab.true_m3, np.nan)
        values[offsets[slab.first] : offsets[slab.last]] = use[np.arange(days) >= begin[rows, None]]
    starts = np.datetime64(utility.settings.start, "D") + begin * DAY
    return Panel(utility.accounts["account_id"].to_numpy().astype(np.str_), offsets, starts, values)


def _folds(panel: Panel, hierarchy: Hierarchy, count: int) -> Iterator[Fold]:
    """Models are fitted once, before the first cutoff, and carried on by updates; one fold is in memory at a time."""
    end = panel.ends.max()
    first = end - ((count - 1) * APART + HORIZON) * DAY
    fleet = _trained(panel.before(first), first)
    days = _day_sums(panel, hierarchy)
    for number in range(count):
        cutoff = first + number * APART * DAY
        if number:
            fleet = fleet.update(panel.before(cutoff).since(fleet.cutoff))
        started = time.perf_counter()
        past = _past(fleet, panel, hierarchy, cutoff)
        learn_s = time.perf_counter() - started
        yield Fold(
            cutoff,
            fleet.forecasts(Horizon(HORIZON)).quantiles,
            tail_matrix(panel.before(cutoff), HISTORY_DAYS),
            tail_matrix(panel.before(cutoff + HORIZON * DAY), HORIZON),
            DaySums(*(values[:, : -int((end - cutoff) / DAY)] for values in (days.used, days.known))),
            past,
            learn_s,
        )


def _trained(history: Panel, cutoff: np.datetime64) -> FittedFleet:
    """As `amuna train` does, slab by slab."""
    fleet = assemble(list(_ENGINE.map(lambda slab: train(slab, cutoff, SETTINGS), history)), SETTINGS)
    sample = calibration_sample(len(history), of=len(history))
    return replace(
        fleet, calibration=calibrate(fleet.take(sample), history.take(sample), SETTINGS).calibration
    )


def _day_sums(panel: Panel, hierarchy: Hierarchy) -> DaySums:
    days = int((panel.ends.max() - panel.starts.min()) / DAY)
    used, known = np.zeros((2, hierarchy.n_lowest, days))
    for first in range(0, len(panel), _SLAB):
        values = tail_matrix(panel.slab(first, min(first + _SLAB, len(panel))), days)
        groups = hierarchy.lowest[first : first + _SLAB]
        np.add.at(used, groups, np.nan_to_num(values))
        np.add.at(known, groups, np.isfinite(values))
    return DaySums(used, known)


def _past(fleet: FittedFleet, panel: Panel, hierarchy: Hierarchy, cutoff: np.datetime64) -> PastSums:
    place = {account: row for row, account in enumerate(panel.series_ids.tolist())}

    def sums(slab: Panel) -> PastSums:
        first = place[str(slab.series_ids[0])]
        rows = np.arange(first, first + len(slab))
        history = slab.before(cutoff).until(cutoff)
        return past_sums(
            fleet.take(rows), history, hierarchy.lowest[rows], hierarchy.n_lowest, settings=SETTINGS
        )

    parts = _ENGINE.map(sums, panel)
    return sum(parts, start=next(parts))


def _reconciled(fold: Fold, hierarchy: Hierarchy) -> dict[str, Any]:
    """Figures of a fold; the clock runs from quantiles, past days and past sums in memory to reconciled quantiles."""
    started = time.perf_counter()
    added = hierarchy.sums(fold.accounts[..., QUANTILES.index(0.5)])[: hierarchy.n_lowest]
    days = fold.days.complete
    own = own_forecasts(days, fold.cutoff, SETTINGS)
    weight = learn_weight(own.observed, own.past, fold.past.added(own.observed))
    zones = settle_zones(own, days, added, weight=weight)
    ranks = ranks_of(departures_of(fold.recent), rng=np.random.default_rng(2))
    bottom = np.empty((hierarchy.n_series, HORIZON, len(WANTED)))
    upper = np.empty((len(hierarchy.names), HORIZON, len(WANTED)))
    means, sums = np.empty(bottom.shape[:2]), np.empty(upper.shape[:2])
    for day, zone_draws in enumerate(zones.draws()):
        draws, mean = coherent_day(
            hierarchy, fold.accounts[:, day], zone_draws, levels=QUANTILES, ranks=ranks
        )
        bottom[:, day] = read_quantiles(draws.bottom, WANTED)
        upper[:, day] = read_quantiles(draws.upper, WANTED)
        means[:, day], sums[:, day] = mean.bottom, mean.upper
    seconds = time.perf_counter() - started
    direct = own_forecasts(hierarchy.above().sums(days), fold.cutoff, SETTINGS).middle
    return {
        "seconds": seconds,
        "learn_s": fold.learn_s,
        "max_gap": float(np.abs(sums - _added(hierarchy, means)).max()),
        "least_m3": float(min(bottom.min(), upper.min(), means.min())),
        "ordered": bool((np.diff(bottom, axis=-1) >= 0).all() and (np.diff(upper, axis=-1) >= 0).all()),
        "weight": weight,
        **_errors(fold, hierarchy, direct, bottom, upper, sums),
    }


def _added(hierarchy: Hierarchy, bottom: Floats) -> Floats:
    """The sums of the groups, added one account after the other: not the way they were made."""
    found = np.zeros((len(hierarchy.names), bottom.shape[1]))
    for level in hierarchy.groups:
        np.add.at(found, level, bottom)
    return found


def _errors(
    fold: Fold, hierarchy: Hierarchy, own: Floats, bottom: Floats, upper: Floats, sums: Floats
) -> dict[str, float]:
    """Mean absolute errors of medians and of means [m³ a day], and what 80 % intervals hold."""
    truth = hierarchy.sums(np.nan_to_num(fold.observed))
    zones, above = slice(0, hierarchy.n_lowest), slice(hierarchy.n_lowest, None)
    accounts = fold.accounts[..., QUANTILES.index(0.5)]
    added = hierarchy.sums(accounts)

    def off(forecast: Floats, observed: Floats) -> float:
        return float(np.nanmean(np.abs(forecast - observed)))

    def held(low: Floats, high: Floats, observed: Floats) -> float:
        known = np.isfinite(observed)
        return float(((observed >= low) & (observed <= high))[known].mean())

    return {
        "zone_mae_own_m3": off(own[zones], truth[zones]),
        "zone_mae_bottom_up_m3": off(added[zones], truth[zones]),
        "zone_mae_m3": off(upper[zones, :, MIDDLE], truth[zones]),
        "zone_mean_mae_m3": off(sums[zones], truth[zones]),
        "above_mae_own_m3": off(own[above], truth[above]),
        "above_mae_bottom_up_m3": off(added[above], truth[above]),
        "above_mae_m3": off(upper[above, :, MIDDLE], truth[above]),
        "above_mean_mae_m3": off(sums[above], truth[above]),
        "account_mae_own_m3": off(accounts, fold.observed),
        "account_mae_m3": off(bottom[..., MIDDLE], fold.observed),
        "zone_coverage80": held(upper[zones, :, LOW80], upper[zones, :, HIGH80], truth[zones]),
        "above_coverage80": held(upper[above, :, LOW80], upper[above, :, HIGH80], truth[above]),
        "account_coverage80_own": held(
            fold.accounts[..., QUANTILES.index(0.1)],
            fold.accounts[..., QUANTILES.index(0.9)],
            fold.observed,
        ),
        "account_coverage80": held(bottom[..., LOW80], bottom[..., HIGH80], fold.observed),
    }


def show(figures: dict[str, Any]) -> None:
    """A table for people."""
    title = f"{figures['accounts']:,} accounts, {figures['groups']} groups, {figures['folds']} cutoffs, {figures['cores']} cores"
    table = Table(title=title)
    for column in ("figure", "seen", "bar"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    shown = (
        "seconds",
        "learn_s",
        "peak_rss_mb",
        "max_gap",
        "least_m3",
        "ordered",
        *_ERRORS,
        "folds_not_worse",
    )
    for name in (*shown, "own_weight"):
        value = figures[name]
        table.add_row(
            name, str(value) if isinstance(value, bool) else f"{value:,.4g}", str(BARS.get(name, ""))
        )
    Console().print(table)


if __name__ == "__main__":
    main()
