"""Accounts at a glance: one row for each, with what it uses, what is expected of it, and how well that is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from amuna.domain.alarm_tables import ALARMS
from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, CONSUMPTION, EVIDENCE, MODELS, PERIOD_FORECASTS, RUNS

RECENT_DAYS = 28
QUALITY_DAYS = 90

ACCOUNT_ROW = {
    "account_id": pl.String,
    "segment": pl.String,
    "zone_id": pl.String,
    "last_day": pl.Date,
    "mean_m3": pl.Float64,
    "change": pl.Float64,
    "period_from": pl.Date,
    "period_days": pl.Int32,
    "expected_m3": pl.Float64,
    "low80_m3": pl.Float64,
    "high80_m3": pl.Float64,
    "champion": pl.String,
    "status": pl.String,
    "mase": pl.Float64,
    "quality": pl.Float64,
    "open_alarms": pl.Int64,
}
"""Columns of `account_rows`.

`mean_m3` is the mean of the last 28 days of the store [m³/day], `change` that mean over the one of the 28 days before, less
one; `expected_m3` with `low80_m3` and `high80_m3` the volume of the next `period_days` days from `period_from` on [m³] with
its 80 % interval; `mase` the champion's on the backtest; `quality` the share of the last 90 days, or of those since the
account's first, that are known and good. Null is what is not known.
"""


def account_rows(*, store: Store, accounts: Sequence[str] | None = None) -> pl.DataFrame:
    """A row for each account that is listed or has consumption, sorted by account; its columns are ACCOUNT_ROW's.

    Parameters
    ----------
    accounts
        Only these; all if None. Those that are not known are left out.
    """
    of = _Of(accounts)
    use = _use(store, of)
    listed = store.read(ACCOUNTS, where=of.where, columns=["account_id", "segment", "zone_id"])
    ids = pl.concat([listed["account_id"], use["account_id"]]).unique().sort()
    rows = pl.DataFrame({"account_id": ids})
    for part in (listed, use, _models(store, of), _period(store, of), _alarms(store, of)):
        rows = rows.join(part, on="account_id", how="left", maintain_order="left")
    rows = rows.with_columns(pl.col("open_alarms").fill_null(0))
    return rows.select(pl.col(name).cast(dtype) for name, dtype in ACCOUNT_ROW.items())


class _Of:
    """Which accounts are asked for, as conditions of the store."""

    def __init__(self, accounts: Sequence[str] | None) -> None:
        self.where: dict[str, object] = {} if accounts is None else {"account_id": list(accounts)}
        self.term = "" if accounts is None else " AND account_id IN (SELECT UNNEST(CAST(? AS VARCHAR[])))"
        self.parameters: list[object] = [] if accounts is None else [list(accounts)]


def _use(store: Store, of: _Of) -> pl.DataFrame:
    """Recent use against the days of the whole store, so that an account fallen silent shows as such."""
    last: date | None = store.query(f"SELECT MAX(day) FROM {CONSUMPTION.name} WHERE flag = 'ok'").item()
    end = (last or date(1970, 1, 1)) + timedelta(days=1)
    recent, before, quality = (
        end - timedelta(days=days) for days in (RECENT_DAYS, 2 * RECENT_DAYS, QUALITY_DAYS)
    )
    found = store.query(
        "SELECT account_id, MIN(day) AS first_day, MAX(CASE WHEN flag = 'ok' THEN day END) AS last_day,"
        " AVG(CASE WHEN flag = 'ok' AND day >= ? THEN consumption_m3 END) AS mean_m3,"
        " AVG(CASE WHEN flag = 'ok' AND day >= ? AND day < ? THEN consumption_m3 END) AS before_m3,"
        " COUNT(CASE WHEN flag = 'ok' AND day >= ? THEN 1 END) AS good_days"
        f" FROM {CONSUMPTION.name} WHERE day < ?{of.term} GROUP BY account_id",
        [recent, before, recent, quality, end, *of.parameters],
    )
    since = pl.max_horizontal("first_day", pl.lit(quality))
    return found.select(
        "account_id",
        "last_day",
        "mean_m3",
        change=pl.when(pl.col("before_m3") > 0).then(pl.col("mean_m3") / pl.col("before_m3") - 1),
        quality=pl.col("good_days") / (pl.lit(end) - since).dt.total_days(),
    )


def _models(store: Store, of: _Of) -> pl.DataFrame:
    """What serves each account, and its champion's mean MASE over the backtest's cutoffs."""
    return store.query(
        "SELECT m.account_id, m.champion, m.status, e.mase"
        f" FROM (SELECT * FROM {MODELS.name} WHERE run_id IN ({_SERVES}){of.term}) m"
        f" LEFT JOIN (SELECT account_id, AVG(mase) AS mase FROM {EVIDENCE.name}"
        f" WHERE run_id IN ({_SERVES}) AND model = 'champion'{of.term} GROUP BY account_id) e"
        " ON e.account_id = m.account_id",
        of.parameters * 2,
    )


def _period(store: Store, of: _Of) -> pl.DataFrame:
    """The newest forecast of each account's billing period by the run that serves."""
    return store.query(
        "SELECT p.account_id, p.cutoff AS period_from, p.days AS period_days,"
        " p.forecast_m3 AS expected_m3, p.low80_m3, p.high80_m3 FROM ("
        " SELECT *, ROW_NUMBER() OVER (PARTITION BY account_id ORDER BY cutoff DESC, days DESC) AS place"
        f" FROM {PERIOD_FORECASTS.name} WHERE run_id IN ({_SERVES}){of.term}) p WHERE p.place = 1",
        of.parameters,
    )


def _alarms(store: Store, of: _Of) -> pl.DataFrame:
    return store.query(
        f"SELECT account_id, COUNT(*) AS open_alarms FROM {ALARMS.name} WHERE state <> 'closed'{of.term}"
        " GROUP BY account_id",
        of.parameters,
    )


_SERVES = f"SELECT run_id FROM {RUNS.name} WHERE alias = 'champion'"
