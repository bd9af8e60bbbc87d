"""The column contract of alarms: what someone should look at, with its evidence, its money and its state."""

from __future__ import annotations

import polars as pl

from amuna.domain.table import INSTANT, Column, Table

ALARMS = Table(
    "alarms",
    (
        Column("alarm_id", pl.String, "its name: kind, account and first day"),
        Column("account_id", pl.String, "contract with a customer"),
        Column(
            "kind",
            pl.String,
            "high_use (above the interval for days), or no_use (nothing where there was use)",
        ),
        Column("first_day", pl.Date, "first day of what is unusual"),
        Column("last_day", pl.Date, "last day of it that was seen"),
        Column("observed_m3", pl.Float64, "volume of these days", "m3"),
        Column("expected_m3", pl.Float64, "volume forecast for them", "m3"),
        Column(
            "money_pen", pl.Float64, "what 30 days of the difference cost at the tariff", "PEN", nullable=True
        ),
        Column("evidence", pl.String, "the figures it rests on, as JSON"),
        Column("state", pl.String, "open, seen or closed"),
        Column("handled_by", pl.String, "who said so; empty while open, amuna where it ended by itself"),
        Column("raised_at", INSTANT, "when it was raised", "UTC"),
        Column("changed_at", INSTANT, "when its state changed last", "UTC"),
    ),
    key=("alarm_id",),
    time="first_day",
)
