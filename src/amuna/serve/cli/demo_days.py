"""The demo's utility: a simulated one whose last day was yesterday, its history taken in whole and its last days one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from amuna import wiring
from amuna.domain.ports import Feed, Store
from amuna.domain.time import parse_time_zone
from amuna.feeds.feed_map import FeedMap
from amuna.serve.ports import open_ports, this_process
from amuna.serve.scheduler import last_due, local_time
from amuna.simulation import (
    Utility,
    UtilitySettings,
    simulate,
    weather_forecast,
    weather_hours,
    write_feed,
    zone_hours,
    zone_shapes,
)
from amuna.workflows.cycle import cycle_steps, ingest_steps, update_step
from amuna.workflows.jobs import Run, RunReport, run_steps
from amuna.workflows.shards import Accounts

SEED = 1
LIVE_DAYS = 15
FULL_EVERY = 7
ZONE_DAYS = 400
AFTER = timedelta(minutes=30)


@dataclass(frozen=True)
class DemoFeed:
    """Files of the simulated utility: outlines of zones, history, and the last days by the instant they came (UTC).

    Parameters
    ----------
    zones
        Outlines of the zones, GeoJSON.
    history
        Consumption, accounts, inflows of zones and weather before the last days.
    days
        What came each morning.
    """

    zones: Path
    history: tuple[Path, ...]
    days: dict[datetime, tuple[Path, ...]]

    @property
    def trained_at(self) -> datetime:
        """The morning before the first of the last days came."""
        return min(self.days) - timedelta(days=1)


def write_demo_feed(folder: Path, *, accounts: int, days: int, now: datetime) -> DemoFeed:
    """Simulate the utility up to the last day whose rows have come by now."""
    utility = simulate(UtilitySettings(accounts=accounts, days=days, start=_start(days, now)), seed=SEED)
    files = write_feed(utility, folder, new_days=LIVE_DAYS)
    rows = pl.read_parquet(files.new_day)
    files.new_day.unlink()
    hours = _write_hours(utility, pl.read_parquet(files.truth["zone_days"]), folder)
    live: dict[datetime, tuple[Path, ...]] = {}
    for number, ((came,), part) in enumerate(rows.group_by("RecordedAt", maintain_order=True)):
        assert isinstance(came, datetime)
        file = folder / f"{came:%Y-%m-%d}.parquet"
        part.write_parquet(file)
        live[came] = (file, *hours[number + 1])
    shapes = folder / "zones.geojson"
    shapes.write_text(zone_shapes(utility), encoding="utf-8")
    return DemoFeed(shapes, (files.consumption, files.accounts, *hours[0]), dict(sorted(live.items())))


def _write_hours(utility: Utility, balance: pl.DataFrame, folder: Path) -> list[tuple[Path, Path]]:
    """Write inflows of zones and weather: those before the last days, then a pair of files for each of these.

    Each has the weather that was forecast for the days after it.
    """
    flows, weather = zone_hours(utility, balance), weather_hours(utility)
    midnights = weather["observed_at"][::24].to_list()
    last = utility.settings.days
    spans = [
        (max(0, last - ZONE_DAYS), last - LIVE_DAYS),
        *((d, d + 1) for d in range(last - LIVE_DAYS, last)),
    ]
    written = []
    for number, (first, end) in enumerate(spans):
        until = midnights[end] if end < last else midnights[-1] + timedelta(days=1)
        inside = pl.col("observed_at").is_between(midnights[first], until, closed="left")
        pair = folder / f"inflow-{number:02d}.parquet", folder / f"weather-{number:02d}.parquet"
        flows.filter(inside).write_parquet(pair[0])
        pl.concat([weather.filter(inside), weather_forecast(utility, day=end)]).write_parquet(pair[1])
        written.append(pair)
    return written


def live_through(
    feed: DemoFeed,
    store: Store,
    workspace: wiring.Workspace,
    *,
    now: datetime,
    told: Callable[[int, int], None],
) -> list[RunReport]:
    """Each of the last days as `amuna serve` lives it, once its rows have come.

    Refits, contests and monitoring are due every FULL_EVERY days and at the end; the mornings between take the new
    rows into the models.
    """
    reports = []
    for number, (came, files) in enumerate(feed.days.items()):
        told(number, len(feed.days))
        last = came == max(feed.days)
        run = Run("daily", _last_due(workspace, now) if last else came + AFTER, this_process())
        in_full = number % FULL_EVERY == FULL_EVERY - 1 or last
        reports.append(_live(run, came + AFTER, files, store, workspace, in_full=in_full))
    return reports


def _last_due(workspace: wiring.Workspace, now: datetime) -> datetime:
    """When `amuna serve` would have run the day last, so that it need not do so again at its start."""
    zone = parse_time_zone(workspace.settings.utility_time_zone)
    trigger = local_time(workspace.settings.schedule_daily, zone, setting="schedule.daily")
    return last_due(trigger, now) or now


def _live(
    run: Run,
    morning: datetime,
    files: tuple[Path, ...],
    store: Store,
    workspace: wiring.Workspace,
    *,
    in_full: bool,
) -> RunReport:

    def opened() -> list[tuple[Feed, FeedMap]]:
        return [
            (source.feed, source.feed_map)
            for source in wiring.feeds(workspace, [str(file) for file in files], feed=None, query=None)
        ]

    ports = replace(open_ports(workspace, store, now=lambda: morning), zone_search_every=None)
    feeds = {"billing": opened}
    steps = (
        cycle_steps(feeds, ports)
        if in_full
        else [*ingest_steps(feeds, ports), update_step(Accounts(), ports)]
    )
    return run_steps(steps, run, store=store, now=lambda: morning)


def _start(days: int, now: datetime) -> date:
    """First day of a history whose last rows came at the latest recording hour before now."""
    recorded = now.astimezone(UTC) - timedelta(hours=10, minutes=45)
    return recorded.date() - timedelta(days=days)
