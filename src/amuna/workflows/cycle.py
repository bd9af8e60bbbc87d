"""Cycle: a utility's day, and the whole fleet anew, as steps that may be run again; schedulers of any kind run these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from amuna.domain.ports import Engine, Feed, Registry, Store
from amuna.domain.tables import CONSUMPTION, RUNS
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.rules import Rules
from amuna.forecasting.fleet import FleetSettings
from amuna.lifecycle.policy import RefitPolicy
from amuna.workflows.alarms import Price, raise_alarms
from amuna.workflows.evaluate import evaluate
from amuna.workflows.forecast import forecast
from amuna.workflows.ingest import ingest
from amuna.workflows.jobs import Step
from amuna.workflows.monitor import monitor
from amuna.workflows.progress import Progress, silent
from amuna.workflows.promote import promote
from amuna.workflows.reconcile import reconcile
from amuna.workflows.refit import refit
from amuna.workflows.registered import keep
from amuna.workflows.shards import Accounts, shards
from amuna.workflows.train import train_fleet
from amuna.workflows.update import update
from amuna.workflows.views.zone_flows import has_flows
from amuna.workflows.zone_registered import keep_zones

if TYPE_CHECKING:
    from amuna.forecasting.zones.calendar import Place
    from amuna.forecasting.zones.port import ZoneForecaster

SHARD_ACCOUNTS = 5_000
DAY = (
    "ingest",
    "update",
    "evaluate",
    "alarms",
    "refit",
    "promote",
    "reconcile",
    "monitor",
    "zones",
    "register",
)
"""Steps of a day in their order: of `amuna serve`, `amuna cycle` and the DAG `amuna_daily`."""
TRAINING = ("train", "forecast", "reconcile", "alarms", "zones", "register")
"""Steps of the whole fleet anew in their order: of `amuna serve` and the DAG `amuna_weekly`."""


@dataclass(frozen=True)
class Ports:
    """What the steps of a run work with.

    Parameters
    ----------
    store, engine, settings, rules
        Where rows are, where series are computed, how a fleet is trained, which values are possible.
    policy
        Who is refitted, and what a refit must show before it serves.
    now
        The present instant, with a zone.
    registry
        Where trainings are kept besides the store; None for nowhere.
    progress
        Told how far a step is; may raise Stopped between two commits.
    min_coverage, failed_share, keep_days
        As in `ingest`, `train_fleet` and `update`.
    refit_engine
        Where the few accounts of a refit are computed; as `engine` if None.
    price
        What volumes of 30 days cost, for the money of alarms; None where no tariff is known.
    place
        Holidays and local day of the zones; None where zones are not forecast.
    zone_models
        Makes the models of zones to combine.
    zone_registry
        As `registry`, for the trainings of zones.
    zone_search_every
        As `search_every` in `train_zones`.
    """

    store: Store
    engine: Engine
    settings: FleetSettings
    rules: Rules
    policy: RefitPolicy
    now: Callable[[], datetime]
    registry: Registry | None = None
    progress: Progress = silent
    min_coverage: float = 20 / 24
    failed_share: float = 0.5
    keep_days: int = 30
    refit_engine: Engine | None = None
    price: Price | None = None
    place: Place | None = None
    zone_models: Callable[[], Sequence[ZoneForecaster]] = tuple
    zone_search_every: timedelta | None = None
    zone_registry: Registry | None = None


Opened = Callable[[], list[tuple[Feed, FeedMap]]]
"""Opens a feed of amuna.toml: the sources it has at that moment, and what their columns mean."""


@dataclass(frozen=True)
class FeedReport:
    """What was new in a feed; counts are rows."""

    sources: int
    read: int
    new: int
    quarantined: int


Feeds = Mapping[str, Opened]
"""Feeds by name."""


def cycle_steps(feeds: Feeds, ports: Ports) -> list[Step]:
    """The steps of a day, in their order."""
    ranges = ranges_of(ports.store)
    return [step for name in DAY for step in steps_of(name, ports, feeds=feeds, ranges=ranges)]


def training_steps(ports: Ports) -> list[Step]:
    """The whole fleet anew, from the data that is there."""
    return [step for name in TRAINING for step in steps_of(name, ports)]


def steps_of(
    name: str, ports: Ports, *, feeds: Feeds | None = None, ranges: Sequence[Accounts] = (Accounts(),)
) -> list[Step]:
    """What a name in `DAY` or `TRAINING` stands for: one step, or one for each feed or range of accounts.

    Parameters
    ----------
    feeds
        To take in.
    ranges
        Accounts that `update`, `refit` and `promote` go through.
    """
    made: dict[str, Callable[[], list[Step]]] = {
        "ingest": lambda: ingest_steps(feeds or {}, ports),
        "update": lambda: [update_step(accounts, ports) for accounts in ranges],
        "evaluate": lambda: [Step("evaluate", lambda: evaluate(store=ports.store))],
        "alarms": lambda: [alarms_step(ports)],
        "refit": lambda: [Step("refit", _refit(each, ports), _named(each)) for each in ranges],
        "promote": lambda: [Step("promote", _promote(each, ports), _named(each)) for each in ranges],
        "reconcile": lambda: [reconcile_step(ports)],
        "monitor": lambda: [_monitor_step(ports)],
        "zones": lambda: zone_steps(ports),
        "register": lambda: [_register_step(ports)],
        "train": lambda: [_train_step(ports)],
        "forecast": lambda: [_forecast_step(ports)],
    }
    steps = made[name]()
    return steps if name in ("ingest", "zones", "register") else [_of_accounts(each, ports) for each in steps]


def ingest_steps(feeds: Feeds, ports: Ports) -> list[Step]:
    """One step for each feed; one that does not answer keeps none of the others waiting."""
    return [
        Step("ingest", _ingest(opened, ports), shard=name, needed=False) for name, opened in feeds.items()
    ]


def refresh_steps(ports: Ports) -> list[Step]:
    """What follows when rows came in: into the models, or the first training where none serves yet."""
    if ports.store.count(RUNS, where={"alias": "champion"}) == 0:
        return training_steps(ports)
    return [*(update_step(accounts, ports) for accounts in ranges_of(ports.store)), alarms_step(ports)]


def update_step(accounts: Accounts, ports: Ports) -> Step:
    """New days of some accounts into the serving models."""

    def run() -> object:
        return update(
            store=ports.store,
            settings=ports.settings,
            now=ports.now(),
            accounts=accounts,
            keep_days=ports.keep_days,
        )

    return Step("update", run, shard=_named(accounts))


def alarms_step(ports: Ports) -> Step:
    """Accounts that someone should look at."""

    def run() -> object:
        return raise_alarms(store=ports.store, now=ports.now(), price=ports.price)

    return Step("alarms", run, needed=False)


def reconcile_step(ports: Ports) -> Step:
    """Zones, what feeds them and the utility, so that all adds up."""

    def run() -> object:
        return reconcile(store=ports.store, engine=ports.engine, settings=ports.settings)

    return Step("reconcile", run, needed=False)


def zone_steps(ports: Ports) -> list[Step]:
    """Zones judged, trained once a week and forecast, whatever became of the accounts; nothing where no inflow is known."""
    place = ports.place
    if place is None:
        return []

    def run() -> object:
        if not has_flows(ports.store):
            return None
        from amuna.workflows.zone_day import zone_day

        return zone_day(
            store=ports.store,
            place=place,
            forecasters=ports.zone_models(),
            now=ports.now(),
            search_every=ports.zone_search_every,
        )

    return [Step("zones", run, needed=False, alone=True)]


def _of_accounts(step: Step, ports: Ports) -> Step:
    """The step, which has nothing to do where inflows of zones are known and no consumption is."""

    def run() -> object:
        return None if _zones_alone(ports.store) else step.run()

    return replace(step, run=run)


def _zones_alone(store: Store) -> bool:
    used = store.query(f"SELECT COUNT(*) FROM (SELECT 1 FROM {CONSUMPTION.name} LIMIT 1) AS one").item()
    return not used and has_flows(store)


def _train_step(ports: Ports) -> Step:
    def run() -> object:
        return train_fleet(
            store=ports.store,
            engine=ports.engine,
            settings=ports.settings,
            now=ports.now(),
            failed_share=ports.failed_share,
            progress=ports.progress,
        )

    return Step("train", run)


def _forecast_step(ports: Ports) -> Step:
    """What the models that serve since just now expect: nobody shall wait for the next new day to see it."""

    def run() -> object:
        settings = ports.settings
        return forecast(store=ports.store, horizon=settings.horizon, billing_days=settings.billing_days)

    return Step("forecast", run)


def _register_step(ports: Ports) -> Step:
    def run() -> None:
        keep(store=ports.store, registry=ports.registry)
        keep_zones(store=ports.store, registry=ports.zone_registry)

    return Step("register", run, needed=False, alone=True)


def _monitor_step(ports: Ports) -> Step:
    return Step("monitor", lambda: monitor(store=ports.store, now=ports.now()), needed=False)


def ranges_of(store: Store) -> list[Accounts]:
    """Ranges of at most SHARD_ACCOUNTS accounts: what one transaction takes in."""
    accounts = store.query(f"SELECT COUNT(DISTINCT account_id) FROM {CONSUMPTION.name}").item()
    return shards(store, -(-accounts // SHARD_ACCOUNTS))


def _ingest(opened: Opened, ports: Ports) -> Callable[[], FeedReport]:
    def run() -> FeedReport:
        reports = [
            ingest(
                feed,
                feed_map,
                store=ports.store,
                rules=ports.rules,
                now=ports.now,
                min_coverage=ports.min_coverage,
                progress=ports.progress,
            )
            for feed, feed_map in opened()
        ]
        return FeedReport(
            sources=len(reports),
            read=sum(report.read for report in reports),
            new=sum(report.inserted + report.replaced for report in reports),
            quarantined=sum(report.quarantined for report in reports),
        )

    return run


def _refit(accounts: Accounts, ports: Ports) -> Callable[[], object]:
    return lambda: refit(
        store=ports.store,
        engine=ports.refit_engine or ports.engine,
        settings=ports.settings,
        policy=ports.policy,
        now=ports.now(),
        accounts=accounts,
    )


def _promote(accounts: Accounts, ports: Ports) -> Callable[[], object]:
    return lambda: promote(
        store=ports.store,
        settings=ports.settings,
        policy=ports.policy,
        now=ports.now(),
        accounts=accounts,
    )


def _named(accounts: Accounts) -> str:
    return "" if accounts == Accounts() else str(accounts)
