"""Drift as it was found last; nothing is measured anew."""

from __future__ import annotations

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import DRIFT


def last_drift(*, store: Store) -> pl.DataFrame:
    """DRIFT rows of the last look, those that drifted first; none before the first look."""
    rows = store.query(
        f"SELECT {', '.join(chr(34) + name + chr(34) for name in DRIFT.names)} FROM {DRIFT.name}"
        f" WHERE cutoff = (SELECT MAX(cutoff) FROM {DRIFT.name})"
    )
    return rows.sort("drifted", "kind", "measure", "part", descending=[True, False, False, False])
