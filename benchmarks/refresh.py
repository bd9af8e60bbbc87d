"""Keeping a fleet fresh: daily updates with refits where models broke, against refitting every model every day.

    python benchmarks/refresh.py [--accounts-n 27000] [--days 730] [--base 0.2] [--every 73] [--accounts FILE] [--json]

A utility's first days are its history, the others arrive day by day. One store takes each day in, updates, judges,
refits and promotes. Another refits everything: on every day it would take hours, so it does so on every
`--every`-th day, which is timed and compared with the first store's forecasts made on the same day.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from _common import finish, panel_of, parser
from amuna import wiring
from amuna.config.settings import Settings
from amuna.domain.ports import Batch, Store
from amuna.domain.tables import CONSUMPTION, FORECASTS
from amuna.feeds.feed_map import require_recognised
from amuna.forecasting.metrics import seasonal_scale
from amuna.simulation import SimulationFeed, UtilitySettings, simulate
from amuna.store.duckdb_store import open_store
from amuna.workflows.forecast import forecast
from amuna.workflows.ingest import ingest
from amuna.workflows.promote import promote
from amuna.workflows.refit import refit
from amuna.workflows.train import train_fleet
from amuna.workflows.update import update
from fleet import warm

SETTINGS = Settings()
FLEET = wiring.fleet_settings(SETTINGS)
POLICY = wiring.refit_policy(SETTINGS)
BARS = {"cost_ratio": 20.0, "mase_gap": 0.01}


@dataclass
class Clock:
    """Seconds by step, a list of one value for each day."""

    days: dict[str, list[float]] = field(default_factory=dict)

    def add(self, step: str, seconds: float) -> None:
        """Keep a time."""
        self.days.setdefault(step, []).append(seconds)

    def mean(self, step: str) -> float:
        """Mean seconds of a step on a day."""
        return float(np.mean(self.days[step])) if step in self.days else 0.0


class Rows:
    """A feed of rows at hand."""

    def __init__(self, rows: pl.DataFrame, kind: str) -> None:
        self.name = "stream"
        self._rows, self._kind = rows, kind

    def batches(self, since: str | None) -> Iterator[Batch]:
        """The rows as one batch."""
        yield Batch(self.name, f"after {since}", self._rows, self._kind)

    def acknowledge(self, watermark: str) -> None:
        """Nothing to do."""


def main() -> None:
    """Stream a utility through both stores and print what they cost and how well they forecast."""
    arguments = parser(__doc__.splitlines()[0])
    arguments.add_argument("--accounts-n", type=int, default=27_000)
    arguments.add_argument("--days", type=int, default=730)
    arguments.add_argument("--base", type=float, default=0.2, help="share of the days that is history")
    arguments.add_argument("--every", type=int, default=73, help="days between full refits that are timed")
    arguments.add_argument("--accounts", type=Path, help="a Parquet or CSV file instead of the simulator")
    arguments.add_argument("--folder", type=Path, help="where to work; a temporary folder by default")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        warm(Path(folder) / "warm")
        figures = measure(Path(folder), days_of(options), options)
    show(figures)
    finish(figures, as_json=options.json)


def days_of(options: argparse.Namespace) -> Iterator[Batch]:
    """What was recorded with each day, in order; the first batch may hold the accounts."""
    if options.accounts is None:
        utility = simulate(UtilitySettings(accounts=options.accounts_n, days=options.days), seed=7)
        yield from SimulationFeed(utility, by="day").batches(None)
        return
    file: Path = options.accounts
    rows = pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file, try_parse_dates=True)
    for index, part in enumerate(rows.sort("ConsumptionDate").partition_by("ConsumptionDate")):
        yield Batch(file.name, str(index), part.with_row_index("_row", 2).cast({"_row": pl.Int64}))


def measure(folder: Path, batches: Iterator[Batch], options: argparse.Namespace) -> dict[str, Any]:
    """Run both stores side by side."""
    fresh, full = (
        open_store(folder / "fresh.duckdb", memory="4GB"),
        open_store(folder / "full.duckdb", memory="4GB"),
    )
    daily, whole = Clock(), Clock()
    base = round(options.base * options.days)
    waiting: list[Batch] = []
    made: dict[date, pl.DataFrame] = {}
    counts = {"refitted": 0, "promoted": 0, "rolled_back": 0, "kept": 0}
    streamed = -base
    for batch in batches:
        now = datetime(2030, 1, 1, tzinfo=UTC) + timedelta(days=streamed)
        waiting.append(batch)
        if batch.kind == "consumption":
            streamed += 1
        if streamed < 0:
            continue
        if streamed == 0:
            for store in (fresh, full):
                take_in(store, waiting, now)
            start(fresh, now)
            waiting = []
            continue
        began = time.perf_counter()
        take_in(fresh, [batch], now)
        daily.add("fetch", time.perf_counter() - began)
        refresh(fresh, daily, counts, now)
        if streamed % options.every == 0:
            take_in(full, waiting[:-1], now)
            began = time.perf_counter()
            take_in(full, waiting[-1:], now)
            whole.add("fetch", time.perf_counter() - began)
            cutoff = refit_everything(full, whole, now)
            made[cutoff] = forecasts_of(fresh, cutoff).join(
                forecasts_of(full, cutoff), on=["account_id", "day"], suffix="_full"
            )
            waiting = []
            progress(streamed, daily, whole, counts)
    gap, ours, theirs, baseline, judged = compare(fresh, made)
    cost, full_cost = sum(map(daily.mean, STEPS)), sum(map(whole.mean, STEPS))
    return {
        "accounts": fresh.query(f"SELECT COUNT(DISTINCT account_id) FROM {CONSUMPTION.name}").item(),
        "days_streamed": streamed,
        "full_refits_timed": len(made),
        **{f"{step}_s": round(daily.mean(step), 4) for step in STEPS},
        **{f"full_{step}_s": round(whole.mean(step), 4) for step in STEPS},
        "cost_ratio": full_cost / cost,
        "mase": ours,
        "full_mase": theirs,
        "last_week_mase": baseline,
        "mase_gap": gap,
        "judged": judged,
        **counts,
    }


STEPS = ("fetch", "refresh", "evaluate")


def take_in(store: Store, batches: list[Batch], now: datetime) -> None:
    """Ingest batches; those of consumption as one."""
    for kind in ("accounts", "consumption"):
        rows = [batch.rows for batch in batches if batch.kind == kind]
        if not rows:
            continue
        joined = pl.concat(rows)
        columns = tuple(column for column in joined.columns if column != "_row")
        feed_map = require_recognised(columns, source="stream")
        ingest(Rows(joined, kind), feed_map, store=store, rules=wiring.rules(SETTINGS), now=lambda: now)


def start(store: Store, now: datetime) -> None:
    """Train on the history and forecast."""
    train_fleet(store=store, engine=wiring.engine(SETTINGS), settings=FLEET, now=now, failed_share=1.0)
    forecast(store=store, horizon=SETTINGS.forecast_horizon, billing_days=SETTINGS.forecast_billing_days)


def refresh(store: Store, clock: Clock, counts: dict[str, int], now: datetime) -> None:
    """A day of the live loop: update, refit, promote. Judging forecasts and contests is its evaluation."""
    started = time.perf_counter()
    updated = update(store=store, settings=FLEET, now=now, keep_days=SETTINGS.forecast_keep_days)
    seconds = time.perf_counter() - started
    started = time.perf_counter()
    promoted = promote(store=store, settings=FLEET, policy=POLICY, now=now)
    clock.add("evaluate", updated.judging_seconds + time.perf_counter() - started)
    started = time.perf_counter()
    refitted = refit(
        store=store, engine=wiring.refit_engine(SETTINGS), settings=FLEET, policy=POLICY, now=now
    )
    clock.add("refresh", seconds - updated.judging_seconds + time.perf_counter() - started)
    counts["refitted"] += refitted.refitted
    for name in ("promoted", "rolled_back", "kept"):
        counts[name] += getattr(promoted, name)


def refit_everything(store: Store, clock: Clock, now: datetime) -> date:
    """A day of the other way: search, fit, backtest and forecast every account anew. Returns the cutoff.

    Its evaluation is the backtest, which is part of the training.
    """
    started = time.perf_counter()
    trained = train_fleet(
        store=store, engine=wiring.engine(SETTINGS), settings=FLEET, now=now, failed_share=1.0
    )
    forecast(store=store, horizon=SETTINGS.forecast_horizon, billing_days=SETTINGS.forecast_billing_days)
    clock.add("refresh", time.perf_counter() - started)
    clock.add("evaluate", 0.0)
    return trained.cutoff


def compare(store: Store, made: dict[date, pl.DataFrame]) -> tuple[float, float, float, float, int]:
    """Mean MASE of both, and of last week, over the accounts and cutoffs whose next days are known.

    Returns the gap as a share, both means, last week's, and the number of (account, cutoff) judged.
    """
    rows = store.read(CONSUMPTION, where={"flag": "ok"}, columns=list(CONSUMPTION.names[:4]))
    history = panel_of(rows)
    ours, theirs, baseline = [], [], []
    for cutoff, both in made.items():
        scale = seasonal_scale(history.before(np.datetime64(cutoff)))
        scales = pl.DataFrame({"account_id": history.series_ids, "scale": scale}).filter(
            pl.col("scale").is_finite() & (pl.col("scale") > 0)
        )
        weeks = ((pl.col("day") - pl.lit(cutoff)).dt.total_days() // 7 + 1) * 7
        observed = rows.select("account_id", "day", observed="consumption_m3")
        judged = (
            both.join(observed, on=["account_id", "day"])
            .with_columns(week_before=pl.col("day") - pl.duration(days=weeks))
            .join(
                observed.rename({"day": "week_before", "observed": "last_week"}),
                on=["account_id", "week_before"],
                how="left",
            )
            .join(scales, on="account_id")
        )
        gap = {
            name: ((pl.col("observed") - pl.col(name)).abs() / pl.col("scale")).mean()
            for name in ("forecast_m3", "forecast_m3_full", "last_week")
        }
        means = judged.group_by("account_id").agg(**gap)
        ours += means["forecast_m3"].to_list()
        theirs += means["forecast_m3_full"].to_list()
        baseline += means["last_week"].drop_nulls().to_list()
    mean, full_mean = float(np.mean(ours)), float(np.mean(theirs))
    return mean / full_mean - 1, mean, full_mean, float(np.mean(baseline)), len(ours)


def forecasts_of(store: Store, cutoff: date) -> pl.DataFrame:
    return store.read(FORECASTS, where={"cutoff": cutoff}, columns=["account_id", "day", "forecast_m3"])


def progress(day: int, daily: Clock, whole: Clock, counts: dict[str, int]) -> None:
    """A line on standard error."""
    ours = {step: round(daily.days[step][-1], 2) for step in STEPS}
    theirs = {step: round(whole.days[step][-1], 2) for step in STEPS}
    sys.stderr.write(f"day {day}: {ours} against {theirs}; {counts}\n")


def show(figures: dict[str, Any]) -> None:
    """Print the table."""
    print(
        f"{figures['accounts']:,} accounts, {figures['days_streamed']} days streamed, {figures['full_refits_timed']} full refits"
    )
    print(f"{'seconds a day':24}{'live loop':>12}{'refit all':>12}")
    for step in STEPS:
        print(f"{step:24}{figures[f'{step}_s']:12.3f}{figures[f'full_{step}_s']:12.3f}")
    print(f"cost ratio {figures['cost_ratio']:.1f} (bar {BARS['cost_ratio']:g})")
    print(
        f"mean MASE {figures['mase']:.4f} against {figures['full_mase']:.4f}: {figures['mase_gap']:+.2%}"
        f" (bar {BARS['mase_gap']:.0%}); last week {figures['last_week_mase']:.4f}"
    )
    print(
        f"refitted {figures['refitted']:,}, promoted {figures['promoted']:,},"
        f" kept {figures['kept']:,}, rolled back {figures['rolled_back']:,}"
    )


if __name__ == "__main__":
    main()
