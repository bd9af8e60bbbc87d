"""What the models page reads: found once for each state of data and models, and kept."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from amuna.serve.dashboard.page import Visit
from amuna.serve.report.numbers import day
from amuna.workflows.views.fleet import FleetFacts, fleet_facts, lineage


def facts(visit: Visit) -> FleetFacts:
    """The serving run in figures."""
    desk = visit.desk
    today = desk.now().astimezone(desk.zone).date()
    return desk.memo.kept("models facts", lambda: fleet_facts(store=desk.store, today=today))


def runs(visit: Visit) -> pl.DataFrame:
    """Every run with where it comes from."""
    store = visit.desk.store
    return visit.desk.memo.kept("models runs", lambda: lineage(store=store))


def moment(visit: Visit, at: datetime) -> str:
    """An instant in the utility's zone."""
    local = at.astimezone(visit.desk.zone)
    return f"{visit.say(day(local.date()))} {local:%H:%M}"
