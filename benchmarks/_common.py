"""What the benchmarks share: arguments, data, clean panels, printing."""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from amuna.domain.panel import Panel
from amuna.domain.tables import CONSUMPTION
from amuna.feeds.feed_map import require_recognised
from amuna.feeds.files import FileFeed, columns_of
from amuna.feeds.prepare import prepare
from amuna.feeds.rules import Rules
from amuna.feeds.validate import validate
from amuna.simulation import UtilitySettings, simulate, true_consumption

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "accounts"
BARCELONA = SHARED / "barcelona_meters" / "daily.parquet"
DAY = np.timedelta64(1, "D")


def parser(description: str) -> argparse.ArgumentParser:
    """Arguments that every benchmark takes."""
    arguments = argparse.ArgumentParser(description=description)
    arguments.add_argument(
        "--json", action="store_true", help="print the figures as one JSON object on the last line"
    )
    return arguments


def read_accounts(file: Path | None) -> tuple[str, Panel]:
    """Daily consumption of a file with ConsumptionDate, AccountOID, Consumption, checked as an ingest checks it.

    Without a file: the Barcelona meters where they are, else a simulated utility.
    """
    if file is None and not BARCELONA.exists():
        return "simulated utility of 600 accounts", _simulated(600)
    path = file or BARCELONA
    feed_map = require_recognised(columns_of(path), source=str(path))
    now = datetime.now(UTC)
    parts = [
        validate(prepare(batch, feed_map, now=now), Rules(), now=now).accepted
        for batch in FileFeed(path, feed_map).batches(None)
    ]
    return path.name if file else "Barcelona meters", panel_of(pl.concat(parts).select(CONSUMPTION.names[:4]))


def _simulated(accounts: int) -> Panel:
    utility = simulate(UtilitySettings(accounts=accounts, days=730), seed=7)
    rows = true_consumption(utility)
    return panel_of(rows.with_columns(flag=pl.lit("ok")))


def panel_of(rows: pl.DataFrame) -> Panel:
    """Panel of CONSUMPTION rows flagged ok; of several versions of a day the last stands."""
    rows = rows.filter(pl.col("flag") == "ok").unique(["account_id", "day"], keep="last", maintain_order=True)
    spans = (
        rows.group_by("account_id")
        .agg(first=pl.col("day").min(), last=pl.col("day").max())
        .sort("account_id")
    )
    ids = spans["account_id"].to_numpy().astype(str)
    starts = spans["first"].to_numpy().astype("datetime64[D]")
    lengths = ((spans["last"].to_numpy().astype("datetime64[D]") - starts) / DAY).astype(np.int64) + 1
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    values = np.full(offsets[-1], np.nan)
    account = np.searchsorted(ids, rows["account_id"].to_numpy().astype(str))
    day = ((rows["day"].to_numpy().astype("datetime64[D]") - starts[account]) / DAY).astype(np.int64)
    values[offsets[account] + day] = rows["consumption_m3"].to_numpy()
    return Panel(ids, offsets, starts, values)


@contextmanager
def timed(timings: dict[str, float], name: str) -> Iterator[None]:
    """Keep the seconds that a block takes."""
    started = time.perf_counter()
    yield
    timings[name] = time.perf_counter() - started


def median_seconds(function: Callable[[], object], *, runs: int) -> float:
    """Median seconds of several runs."""
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds))


def peak_rss_mb() -> float:
    """Largest resident memory of this process so far [MB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def finish(figures: dict[str, Any], *, as_json: bool) -> None:
    """Print the JSON line last where it was asked for."""
    if as_json:
        sys.stdout.write(json.dumps(figures, allow_nan=False) + "\n")


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))
