"""Similar accounts: quartiles of those of the same segment and zone, never of fewer than ten."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from amuna.billing.advice import ENOUGH_PEERS, FLOOR_DAYS, FLOOR_KNOWN, PEER_DAYS, PEER_KNOWN, Peers
from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, CONSUMPTION


def similar_accounts(
    store: Store, account: str, *, segment: str | None, zone_id: str | None, end: date
) -> Peers | None:
    """Quartiles over the accounts of the same segment and zone in the days before `end`, the account itself left out.

    None where the segment is not known, or fewer than ENOUGH_PEERS are known well enough.
    """
    if segment is None:
        return None
    zone, place = (" AND a.zone_id = ?", [zone_id]) if zone_id is not None else ("", [])
    floors = end - timedelta(days=FLOOR_DAYS)
    rows = store.query(
        "SELECT AVG(c.consumption_m3) AS mean, MIN(CASE WHEN c.day >= ? THEN c.consumption_m3 END) AS floor,"
        " SUM(CASE WHEN c.day >= ? THEN 1 ELSE 0 END) AS floor_days"
        f" FROM {CONSUMPTION.name} AS c JOIN {ACCOUNTS.name} AS a ON a.account_id = c.account_id"
        f" WHERE a.segment = ?{zone} AND c.account_id <> ? AND c.flag = 'ok' AND c.day >= ? AND c.day < ?"
        " GROUP BY c.account_id HAVING COUNT(*) >= ?",
        [floors, floors, segment, *place, account, end - timedelta(days=PEER_DAYS), end, PEER_KNOWN],
    )
    floor = rows.filter(pl.col("floor_days") >= FLOOR_KNOWN)["floor"]
    if len(rows) < ENOUGH_PEERS or len(floor) < ENOUGH_PEERS:
        return None
    low, middle, high = (float(rows["mean"].quantile(q, "linear") or 0.0) for q in (0.25, 0.5, 0.75))
    return Peers(len(rows), (low, middle, high), float(floor.quantile(0.5, "linear") or 0.0))
