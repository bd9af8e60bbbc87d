"""Group demand: the newest forecasts of zones, of what feeds them and of the utility, which add up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from amuna.domain.errors import NotFound
from amuna.domain.ports import Store
from amuna.domain.tables import GROUP_FORECASTS, QUANTILE_COLUMNS
from amuna.domain.zone_tables import ZONES
from amuna.workflows.serving import serving_run

DAY_COLUMNS = ("day", *QUANTILE_COLUMNS.values(), "mean_m3", "accounts_m3")


@dataclass(frozen=True)
class GroupDemand:
    """The newest forecast of a group of accounts.

    Parameters
    ----------
    level, group_id, name
        zone, supply or utility; the group; and what people call it.
    run_id, cutoff
        Training whose models made it, and the first day it had not seen.
    status
        `ok`; `short_history` where the group's own past is too short, so that its accounts alone tell; `partial` where
        many of its accounts have no forecast, so that its own past alone does.
    days
        The columns of DAY_COLUMNS [m³], by day. Means of the parts of a group add up to its own; medians and ends of
        intervals do not. `accounts_m3` is what its accounts' own forecasts add up to.
    """

    level: str
    group_id: str
    name: str
    run_id: str
    cutoff: date
    status: str
    days: pl.DataFrame = field(repr=False)


def group_list(store: Store, level: str | None = None) -> pl.DataFrame:
    """Every group, or those of a level: level, group_id, name, cutoff, days, mean_m3 of all of them [m³], status."""
    rows = _newest(store, {} if level is None else {"level": level})
    found = rows.group_by("level", "group_id", "cutoff", "status").agg(
        days=pl.len().cast(pl.Int64), mean_m3=pl.col("mean_m3").sum()
    )
    named = found.join(_names(store), on="group_id", how="left")
    return named.select(
        "level",
        "group_id",
        pl.col("name").fill_null(pl.col("group_id")),
        "cutoff",
        "days",
        "mean_m3",
        "status",
    ).sort("level", "group_id")


def group_days(store: Store) -> pl.DataFrame:
    """The newest forecast of every group: level, group_id, status and DAY_COLUMNS [m³], by group and day."""
    rows = _newest(store, {}).select("level", "group_id", "status", *DAY_COLUMNS)
    return rows.sort("level", "group_id", "day")


def group_demand(store: Store, level: str, group: str) -> GroupDemand:
    """The forecast of a group.

    Raises
    ------
    NotFound
        If there is none of this name at this level.
    """
    rows = _newest(store, {"level": level, "group_id": group}).sort("day")
    if rows.is_empty():
        raise NotFound("forecast of group", f"{level}/{group}")
    names = dict(_names(store).iter_rows())
    first = rows.row(0, named=True)
    return GroupDemand(
        level,
        group,
        names.get(group, group),
        first["run_id"],
        first["cutoff"],
        first["status"],
        rows.select(DAY_COLUMNS),
    )


def _newest(store: Store, where: dict[str, str]) -> pl.DataFrame:
    """Rows of the serving run's newest cutoff."""
    run_id = serving_run(store)
    newest = store.query(f"SELECT MAX(cutoff) FROM {GROUP_FORECASTS.name} WHERE run_id = ?", [run_id]).item()
    return store.read(GROUP_FORECASTS, where={"run_id": run_id, "cutoff": newest, **where})


def _names(store: Store) -> pl.DataFrame:
    return store.read(ZONES, columns=["zone_id", "name"]).rename({"zone_id": "group_id"})
