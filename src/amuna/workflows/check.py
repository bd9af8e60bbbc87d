"""Check: what came in. Gaps, zeros, outliers, corrections, refused rows and what was decided about registers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, CONSUMPTION, QUARANTINE, REGISTER_EVENTS


@dataclass(frozen=True)
class CheckReport:
    """What is in the store and how good it is.

    Parameters
    ----------
    accounts, first_day, last_day, rows
        What the daily consumption covers; the days are None where there is none.
    flags
        Days by flag: ok, partial, estimated, reset.
    missing_days, zero_days, outlier_days, corrected_days
        Days without a row between each account's first and last; of 0 m³; above ten times the account's mean;
        and with an earlier version.
    duplicate_rows
        Rows that said again what the store knew.
    silent_accounts
        Accounts without a row in the last seven days of the store.
    refused
        Quarantined rows by reason.
    registers
        Decisions about registers that went back or jumped.
    worst
        Accounts with the largest share of missing days: account_id, days, missing, zeros, outliers.
    """

    accounts: int
    first_day: date | None
    last_day: date | None
    rows: int
    flags: dict[str, int]
    missing_days: int
    zero_days: int
    outlier_days: int
    corrected_days: int
    duplicate_rows: int
    silent_accounts: int
    refused: dict[str, int]
    registers: dict[str, int]
    worst: pl.DataFrame


_ACCOUNTS = f"""
WITH days AS (
    SELECT account_id, day, consumption_m3,
           AVG(consumption_m3) OVER (PARTITION BY account_id) AS mean_m3
    FROM {CONSUMPTION.name} WHERE flag = 'ok'
)
SELECT account_id, MIN(day) AS first, MAX(day) AS last, COUNT(*) AS days,
       SUM(CASE WHEN consumption_m3 = 0 THEN 1 ELSE 0 END) AS zeros,
       SUM(CASE WHEN consumption_m3 > 10 * mean_m3 THEN 1 ELSE 0 END) AS outliers
FROM days GROUP BY account_id
"""


def check(*, store: Store) -> CheckReport:
    """Look through what came in."""
    accounts = store.query(_ACCOUNTS).with_columns(
        missing=(pl.col("last") - pl.col("first")).dt.total_days() + 1 - pl.col("days")
    )
    corrected = store.query(f"SELECT COUNT(*) FROM {CONSUMPTION.name}_superseded").item()
    duplicates = store.query(
        f"SELECT COALESCE(SUM(rows_duplicate), 0) FROM {BATCHES.name} WHERE COALESCE(kind, '') <> 'weather'"
    ).item()
    return CheckReport(
        accounts=len(accounts),
        first_day=accounts["first"].min(),  # type: ignore[arg-type]
        last_day=accounts["last"].max(),  # type: ignore[arg-type]
        rows=store.count(CONSUMPTION),
        flags=_counts(store, CONSUMPTION.name, "flag"),
        missing_days=int(accounts["missing"].sum()),
        zero_days=int(accounts["zeros"].sum()),
        outlier_days=int(accounts["outliers"].sum()),
        corrected_days=int(corrected),
        duplicate_rows=int(duplicates),
        silent_accounts=_silent(accounts),
        refused=_counts(store, QUARANTINE.name, "reason"),
        registers=_counts(store, REGISTER_EVENTS.name, "decision"),
        worst=accounts.sort(
            pl.col("missing") / (pl.col("days") + pl.col("missing")), "account_id", descending=[True, False]
        )
        .select("account_id", "days", "missing", "zeros", "outliers")
        .head(10),
    )


def _silent(accounts: pl.DataFrame) -> int:
    week_ago = pl.col("last").max() - pl.duration(days=7)
    return int(accounts.select((pl.col("last") <= week_ago).sum()).item())


def quarantine(*, store: Store, reason: str | None = None, limit: int = 50) -> pl.DataFrame:
    """Refused rows, newest first, with reason, detail and original text."""
    where = {} if reason is None else {"reason": reason}
    rows = store.read(QUARANTINE, where=where)
    return rows.sort("recorded_at", "source", "row", descending=[True, False, False]).head(limit)


def _counts(store: Store, table: str, column: str) -> dict[str, int]:
    rows = store.query(
        f"SELECT {column}, COUNT(*) AS n FROM {table} GROUP BY {column} ORDER BY n DESC, {column}"
    )
    return dict(rows.iter_rows())
