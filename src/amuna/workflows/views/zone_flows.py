"""Inflows of zones: whether there are any."""

from __future__ import annotations

from amuna.domain.ports import Store
from amuna.domain.zone_tables import FLOWS


def has_flows(store: Store) -> bool:
    """Whether any zone has an inflow."""
    return bool(store.query(f"SELECT COUNT(*) FROM (SELECT 1 FROM {FLOWS.name} LIMIT 1) AS one").item())
