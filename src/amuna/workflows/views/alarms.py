"""Alarms as a list: by state, kind and account, the most expensive first."""

from __future__ import annotations

from typing import Any

import polars as pl

from amuna.domain.alarm_tables import ALARMS
from amuna.domain.errors import NotFound
from amuna.domain.ports import Store

_ORDER = ("open", "seen", "closed")


def alarm_rows(
    *, store: Store, state: str | None = None, kind: str | None = None, account_id: str | None = None
) -> pl.DataFrame:
    """ALARMS rows: those open first, then those seen, and in each the most expensive first.

    Parameters
    ----------
    state, kind, account_id
        Only these; all if None.
    """
    asked = {"state": state, "kind": kind, "account_id": account_id}
    rows = store.read(ALARMS, where={name: value for name, value in asked.items() if value is not None})
    place = pl.col("state").replace_strict(_ORDER, range(len(_ORDER)), return_dtype=pl.Int8)
    return rows.sort(place, "money_pen", "alarm_id", descending=[False, True, False], nulls_last=True)


def find_alarm(alarm_id: str, *, store: Store) -> dict[str, Any]:
    """The ALARMS row of this name.

    Raises
    ------
    NotFound
        If there is none.
    """
    found = store.read(ALARMS, where={"alarm_id": alarm_id})
    if found.is_empty():
        raise NotFound("alarm", alarm_id)
    return found.row(0, named=True)
