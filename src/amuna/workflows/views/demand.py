"""Demand: what all accounts, a zone, a segment or one account used day by day, and what is expected of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, CONSUMPTION, FORECASTS, QUANTILE_COLUMNS, RUNS
from amuna.workflows.outlook import HIGH80, LOW80, MIDDLE, Outlook, complete_days, outlook

UNKNOWN = "unknown"  # zone or segment of accounts that have none
PLACES = f"""
SELECT account_id, zone_id, segment, DENSE_RANK() OVER (ORDER BY zone_id, segment) AS place FROM {ACCOUNTS.name}
"""
# Accounts are summed by the number of their place: the database then groups millions of rows by integers, which is
# ten times quicker than by texts.
_SUMS = f"""
WITH places AS ({PLACES}), sums AS (
    SELECT p.place, c.day, COUNT(*) AS accounts, SUM(c.consumption_m3) AS total_m3
    FROM {CONSUMPTION.name} AS c LEFT JOIN places AS p ON p.account_id = c.account_id
    WHERE c.flag = 'ok' GROUP BY p.place, c.day
)
SELECT COALESCE(p.zone_id, '{UNKNOWN}') AS zone_id, COALESCE(p.segment, '{UNKNOWN}') AS segment,
       s.day, s.accounts, s.total_m3
FROM sums AS s LEFT JOIN (SELECT DISTINCT place, zone_id, segment FROM places) AS p ON p.place = s.place
"""


@dataclass(frozen=True)
class Part:
    """Whose demand: `all`, or the `zone`, `segment` or `account` of this name."""

    kind: str = "all"
    name: str = ""


@dataclass(frozen=True)
class Demand:
    """Daily sums of all accounts.

    Parameters
    ----------
    sums
        zone_id, segment, day, accounts (known that day), total_m3.
    first, cutoff
        First day known, and the first day not known of enough accounts for their total to count; both None where the
        store is empty.
    """

    sums: pl.DataFrame = field(repr=False)
    first: date | None
    cutoff: date | None

    def names(self, kind: str) -> list[str]:
        """Zones or segments, in order; accounts without one last."""
        found = self.sums[COLUMN[kind]].unique().sort().to_list()
        return [name for name in found if name != UNKNOWN] + [UNKNOWN] * (UNKNOWN in found)


COLUMN = {"zone": "zone_id", "segment": "segment"}


def demand(store: Store) -> Demand:
    """The daily sums, by zone and segment."""
    sums = store.query(_SUMS).sort("day", "zone_id", "segment")
    known = complete_days(_summed(sums)).drop_nulls("total_m3")
    if known.is_empty():
        return Demand(sums, None, None)
    return Demand(sums, known["day"][0], known["day"][-1] + timedelta(days=1))


def part_days(found: Demand, part: Part) -> pl.DataFrame:
    """What a part used on each day before the cutoff: day, accounts, total_m3 (null where too few are known)."""
    rows = found.sums if part.kind == "all" else found.sums.filter(pl.col(COLUMN[part.kind]) == part.name)
    return _until(complete_days(_summed(rows)), found.cutoff)


def account_days(store: Store, account_id: str, cutoff: date | None) -> pl.DataFrame:
    """The same of one account: `accounts` is 1 on the days that are known."""
    where = {"account_id": account_id, "flag": "ok"}
    rows = store.read(CONSUMPTION, where=where, columns=["day", "consumption_m3"]).sort("day")
    days = rows.select("day", accounts=pl.lit(1, pl.Int64), total_m3="consumption_m3")
    return _until(days, cutoff)


def _summed(sums: pl.DataFrame) -> pl.DataFrame:
    return sums.group_by("day").agg(pl.col("accounts", "total_m3").sum()).sort("day")


def _until(days: pl.DataFrame, cutoff: date | None) -> pl.DataFrame:
    """Every day from the first known one to the cutoff, also those of which nothing is known."""
    if days.is_empty() or cutoff is None or days["day"][0] >= cutoff:
        return days.clear()
    calendar = pl.select(day=pl.date_range(days["day"][0], cutoff, closed="left"))
    joined = calendar.join(days, on="day", how="left", maintain_order="left")
    return joined.with_columns(pl.col("accounts").fill_null(0))


def part_outlook(days: pl.DataFrame, found: Demand, horizon: int) -> Outlook:
    """The forecast of a part as a series of its own, and how earlier ones did; empty where history is too short."""
    return outlook(days, found.cutoff or date.min, 0 if found.cutoff is None else horizon)


def outlooks(found: Demand, kind: str, horizon: int) -> pl.DataFrame:
    """What each zone or segment used in the last days and is expected to use in the next ones, as many.

    Returns
    -------
    polars.DataFrame
        `name`, `accounts`, `before_m3` (null where a day is not known), and `low80_m3`, `forecast_m3`, `high80_m3` of
        the sum of the next days; null where history is too short.
    """
    rows = [_ahead(found, Part(kind, name), horizon) for name in found.names(kind)]
    measures = ("before_m3", "low80_m3", "forecast_m3", "high80_m3")
    schema = {"name": pl.String, "accounts": pl.Int64} | dict.fromkeys(measures, pl.Float64)
    return pl.DataFrame(rows, schema=schema, orient="row")


def _ahead(found: Demand, part: Part, horizon: int) -> tuple[object, ...]:
    days = part_days(found, part)
    if days.is_empty() or found.cutoff is None:
        return part.name, 0, None, None, None, None
    ahead = outlook(days, found.cutoff, horizon, tests=0).horizon_m3
    last = days.tail(horizon)
    before = None if last["total_m3"].null_count() else last["total_m3"].sum()
    return part.name, last["accounts"].max(), before, ahead.get(LOW80), ahead.get(MIDDLE), ahead.get(HIGH80)


def account_forecast(store: Store, account_id: str) -> pl.DataFrame:
    """The newest forecast of an account by the model that serves: day and the quantile columns of FORECASTS [m³]."""
    rows = store.query(
        f"SELECT * FROM {FORECASTS.name} WHERE account_id = ? AND run_id IN"
        f" (SELECT run_id FROM {RUNS.name} WHERE alias = 'champion')",
        [account_id],
    )
    newest = rows.filter(pl.col("cutoff") == pl.col("cutoff").max())
    return newest.select("day", *QUANTILE_COLUMNS.values()).sort("day")


def wide(forecast: pl.DataFrame) -> pl.DataFrame:
    """The forecast of an Outlook in the shape of `account_forecast`."""
    columns = {str(quantile): column for quantile, column in QUANTILE_COLUMNS.items()}
    if forecast.is_empty():
        return pl.DataFrame(schema={"day": pl.Date} | dict.fromkeys(columns.values(), pl.Float64))
    days = forecast.pivot(on="quantile", index="day", values="total_m3")
    return days.rename(columns).select("day", *columns.values()).sort("day")
