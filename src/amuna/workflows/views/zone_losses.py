"""What zones lose: inflow that is measured against what their customers' meters counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from amuna.domain.panel import Floats
from amuna.domain.ports import Store
from amuna.domain.zone_tables import FLOWS, ZONES

_HOURS = 365 * 24
_COVERED = 0.8  # share of the hours of a year that must be known
_MOST = 0.95
_INFLOWS = f"""
SELECT zone_id, AVG(flow_m3h) AS mean_m3h, COUNT(*) AS hours
FROM {FLOWS.name} WHERE observed_at >= ? AND observed_at < ? GROUP BY zone_id
"""


@dataclass(frozen=True)
class Losses:
    """Share of inflow that reached no customer's meter.

    Parameters
    ----------
    known
        Whether flows tell it.
    network
        Of all measured inflow.
    zones
        Of each zone, shape (n_zones,). Zones whose own inflow is not known, or lies under their use, share what is left of
        the measured inflow; zones that no measured inflow feeds have the network's share.
    """

    known: bool
    network: float = 0.0
    zones: Floats = field(default_factory=lambda: np.zeros(0), repr=False)


NO_LOSSES = Losses(known=False)


def zone_losses(store: Store, names: Sequence[str], used_m3: Floats, first: date, zone: ZoneInfo) -> Losses:
    """Losses of the year that starts on a day.

    Parameters
    ----------
    names, used_m3
        Zones, and what their customers used in the year, shape (n_zones,) [m³].
    zone
        Time zone of the billing day.
    """
    start = datetime.combine(first, time(), zone)
    found = store.query(_INFLOWS, [start, start + timedelta(hours=_HOURS)])
    kept = found.filter(pl.col("hours") >= _COVERED * _HOURS)
    inflow = {name: float(mean) * _HOURS for name, mean, _ in kept.iter_rows()}
    parents = dict(store.read(ZONES, columns=["zone_id", "parent_id"]).iter_rows())
    used = dict(zip(names, used_m3.tolist(), strict=True))
    heads = [name for name in inflow if not any(above in inflow for above in _above(name, parents))]
    fed = sum(inflow[name] for name in heads)
    inside = [name for name in names if any(above in heads for above in (name, *_above(name, parents)))]
    network = _share(fed, sum(used[name] for name in inside))
    if network is None:
        return NO_LOSSES
    own = {name: _share(_kept(name, inflow, parents), used[name]) for name in inside if name in inflow}
    measured = {name: share for name, share in own.items() if share is not None}
    others = [name for name in inside if name not in measured]
    rest = fed - sum(used[name] / (1 - share) for name, share in measured.items())
    of_rest = _share(rest, sum(used[name] for name in others))
    shares = measured | dict.fromkeys(others, network if of_rest is None else of_rest)
    return Losses(known=True, network=network, zones=np.array([shares.get(name, network) for name in names]))


def _share(inflow_m3: float, used_m3: float) -> float | None:
    """Share of an inflow that was not used; None where that is not possible."""
    share = 1 - used_m3 / inflow_m3 if inflow_m3 > 0 else -1.0
    return share if 0 <= share < _MOST else None


def _kept(name: str, inflow: dict[str, float], parents: dict[str, str | None]) -> float:
    """What flows into a zone and not on to zones that are measured themselves [m³]."""
    return inflow[name] - sum(flow for other, flow in inflow.items() if parents.get(other) == name)


def _above(name: str, parents: dict[str, str | None]) -> list[str]:
    """Zones that feed a zone, the nearest first; a circle ends where it closes."""
    out: list[str] = []
    above = parents.get(name)
    while above is not None and above not in out:
        out.append(above)
        above = parents.get(above)
    return out
