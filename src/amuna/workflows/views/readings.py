"""Readings of one account: its volumes by day and the positions of its dial."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import CONSUMPTION, READINGS
from amuna.domain.time import Interval

USUAL_DAYS = 365


def consumption_days(
    account_id: str, *, store: Store, first_day: date | None = None, last_day: date | None = None
) -> pl.DataFrame:
    """Volumes of an account: day, consumption_m3 [m³], flag, recorded_at, by day.

    Parameters
    ----------
    first_day, last_day
        Both are included; the USUAL_DAYS before the last known day, and up to that day, where None.
    """
    end = last_day or _last_day(account_id, store)
    start = first_day or end - timedelta(days=USUAL_DAYS - 1)
    names = ["day", "consumption_m3", "flag", "recorded_at"]
    if start > end:
        return CONSUMPTION.empty().select(names)
    interval = Interval(start, end + timedelta(days=1))
    return store.read(CONSUMPTION, interval, where={"account_id": account_id}, columns=names).sort("day")


def register_readings(account_id: str, *, store: Store, newest: int) -> pl.DataFrame:
    """Positions of an account's dial: observed_at, reading_m3 [m³], recorded_at; the newest so many, by time."""
    names = ["observed_at", "reading_m3", "recorded_at"]
    rows = store.read(READINGS, where={"account_id": account_id}, columns=names)
    return rows.sort("observed_at").tail(newest)


def _last_day(account_id: str, store: Store) -> date:
    found: date | None = store.query(
        f"SELECT MAX(day) FROM {CONSUMPTION.name} WHERE account_id = ?", [account_id]
    ).item()
    return date.min + timedelta(days=USUAL_DAYS) if found is None else found
