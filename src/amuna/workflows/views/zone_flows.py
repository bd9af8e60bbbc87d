"""Inflows of zones: whether there are any, and since when."""

from __future__ import annotations

from datetime import date

from amuna.domain.ports import Store
from amuna.domain.zone_tables import FLOWS


def has_flows(store: Store) -> bool:
    """Whether any zone has an inflow."""
    return bool(store.query(f"SELECT COUNT(*) FROM (SELECT 1 FROM {FLOWS.name} LIMIT 1) AS one").item())


def first_flow_day(store: Store) -> date | None:
    """Day, in UTC, of the first inflow of any zone."""
    first = store.query(f"SELECT MIN(observed_at) AS first FROM {FLOWS.name}").item()
    return None if first is None else first.date()
