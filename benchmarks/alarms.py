"""Alarms against the truth of a simulated utility: what share is right, what share of the planted trouble is found.

    python benchmarks/alarms.py [--accounts-n 27000] [--days 500] [--look-days 60] [--json]

The models are trained on what came before the last days; then every one of these is looked at in its turn. An alarm of
high use is right where a leak behind the meter was running on its days, and explained where occupants who use more had
moved in, or a meter that stood still or a closed connection ran again; one of no use is right where the meter was stuck,
manipulated, or the connection closed.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from _common import finish, parser
from amuna import wiring
from amuna.config.settings import Settings
from amuna.domain.alarm_tables import ALARMS
from amuna.domain.ports import Store
from amuna.feeds.feed_map import require_recognised
from amuna.feeds.files import FileFeed, columns_of
from amuna.simulation import FeedFiles, UtilitySettings, simulate, write_feed
from amuna.store.duckdb_store import open_store
from amuna.workflows.alarms import raise_alarms
from amuna.workflows.ingest import ingest
from amuna.workflows.train import train_fleet

SETTINGS = Settings()
NOTICE_DAYS = 7  # of trouble before the last look, for it to count as some that could be found
STILL_DAYS = 28  # of no use, likewise
LARGE = 0.5  # share of an account's use from which on a leak counts as large
RIGHT = {"high_use": ["leak"], "no_use": ["stuck", "closure", "tamper"]}
EXPLAINED = {"high_use": ["leak", "new_occupants", "stuck", "closure"], "no_use": RIGHT["no_use"]}


def main() -> None:
    """Run and print."""
    arguments = parser(__doc__.splitlines()[0])
    arguments.add_argument("--accounts-n", type=int, default=27_000)
    arguments.add_argument("--days", type=int, default=500)
    arguments.add_argument("--look-days", type=int, default=60)
    arguments.add_argument("--seed", type=int, default=11)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), options)
    for name, value in figures.items():
        print(f"{name:28} {value}")
    finish(figures, as_json=options.json)


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Look at every one of the last days, and compare what was raised with what was planted."""
    utility = simulate(UtilitySettings(accounts=options.accounts_n, days=options.days), seed=options.seed)
    files = write_feed(utility, folder)
    end = utility.settings.start + timedelta(days=options.days)
    first = end - timedelta(days=options.look_days)
    store = open_store(folder / "store.duckdb")
    seconds = live(store, files, first, end)
    raised = store.read(ALARMS)
    events = pl.read_parquet(folder / "truth" / "events.parquet")
    use = (
        pl.scan_parquet(files.consumption)
        .group_by("AccountOID")
        .agg(m3=pl.col("Consumption").median() / 1000)
    )
    figures = judged(raised, events, use.collect(), first, end)
    store.close()
    return {"accounts": options.accounts_n, "look_days": options.look_days, **figures, "look_s": seconds}


def live(store: Store, files: FeedFiles, first: date, end: date) -> float:
    """Train on what came before the first look, then look day by day; the median seconds of a look."""
    now = datetime(end.year, end.month, end.day, 12, tzinfo=UTC)
    rows = pl.scan_parquet(files.consumption)
    for name, part in (
        ("before", rows.filter(pl.col("ConsumptionDate") < first)),
        ("after", rows.filter(pl.col("ConsumptionDate") >= first)),
    ):
        file = files.consumption.with_name(f"{name}.parquet")
        part.sink_parquet(file)
        take_in(store, file, now)
        if name == "before":
            take_in(store, files.accounts, now)
            train_fleet(
                store=store, engine=wiring.engine(SETTINGS), settings=wiring.fleet_settings(SETTINGS), now=now
            )
    price = wiring.price(SETTINGS, end)
    looks = [
        raise_alarms(store=store, now=now, price=price, end=first + timedelta(days=step)).seconds
        for step in range(1, (end - first).days + 1)
    ]
    return round(float(np.median(looks)), 2)


def take_in(store: Store, file: Path, now: datetime) -> None:
    """Ingest a file."""
    feed_map = require_recognised(columns_of(file), source=str(file), time_zone="America/Lima")
    ingest(FileFeed(file, feed_map), feed_map, store=store, rules=wiring.rules(SETTINGS), now=lambda: now)


def judged(
    raised: pl.DataFrame, events: pl.DataFrame, use: pl.DataFrame, first: date, end: date
) -> dict[str, Any]:
    """How many alarms, what share is right, and what share of the planted trouble they found."""
    out: dict[str, Any] = {}
    for kind, right in RIGHT.items():
        mine = raised.filter(pl.col("kind") == kind)
        days = (end - first).days
        out[f"{kind}_alarms_a_day"] = round(len(mine) / days, 2)
        out[f"{kind}_right"] = share(mine, events, right)
        out[f"{kind}_explained"] = share(mine, events, EXPLAINED[kind])
        top = mine.sort("money_pen", descending=True, nulls_last=True).head(max(len(mine) // 5, 1))
        out[f"{kind}_dearest_fifth_explained"] = share(top, events, EXPLAINED[kind])
    leaks = events.filter(
        (pl.col("kind") == "leak")
        & (pl.col("start") >= first)
        & (pl.col("end") >= pl.col("start") + pl.duration(days=NOTICE_DAYS))
        & (pl.col("start") < end - timedelta(days=NOTICE_DAYS))
    ).join(use.rename({"AccountOID": "account_id"}), on="account_id")
    large = leaks.filter(pl.col("m3_per_day") >= LARGE * pl.col("m3"))
    still = events.filter(
        pl.col("kind").is_in(["stuck", "closure"])
        & (pl.col("start") >= first)
        & (pl.col("end") >= pl.col("start") + pl.duration(days=STILL_DAYS))
        & (pl.col("start") < end - timedelta(days=STILL_DAYS))
    )
    for name, planted, kind in (
        ("leaks", leaks, "high_use"),
        ("large_leaks", large, "high_use"),
        ("still", still, "no_use"),
    ):
        out[f"{name}_planted"] = len(planted)
        found = planted.join(raised.filter(pl.col("kind") == kind), on="account_id", how="semi")
        out[f"{name}_found"] = round(len(found) / max(len(planted), 1), 3)
    return out


def share(alarms: pl.DataFrame, events: pl.DataFrame, kinds: list[str]) -> float:
    """Share of alarms on whose days, or in the two weeks before, an event of these kinds ran at their account."""
    planted = events.filter(pl.col("kind").is_in(kinds)).select("account_id", "start", "end")
    both = alarms.join(planted, on="account_id").filter(
        (pl.col("start") <= pl.col("last_day")) & (pl.col("end") >= pl.col("first_day") - timedelta(days=14))
    )
    return round(both["alarm_id"].n_unique() / max(len(alarms), 1), 3)


if __name__ == "__main__":
    main()
