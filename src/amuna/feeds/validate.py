"""Validate prepared rows: those that enter the store, and those refused with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from amuna.domain.table import INSTANT, Table
from amuna.domain.tables import ACCOUNTS, CONSUMPTION, QUARANTINE, READINGS
from amuna.domain.zone_tables import FLOWS
from amuna.feeds.prepare import Prepared, is_missing
from amuna.feeds.problems import JUMP, Problem, missing_name, problems_of
from amuna.feeds.refused import refused_rows
from amuna.feeds.repeats import drop_repeats
from amuna.feeds.rules import Rules

_TABLES = {"consumption": CONSUMPTION, "register": READINGS, "accounts": ACCOUNTS, "flow": FLOWS}


@dataclass(frozen=True)
class Counts:
    """Rows read = accepted + quarantined + duplicate."""

    read: int
    accepted: int
    quarantined: int
    duplicate: int


@dataclass(frozen=True)
class Checked:
    """What a batch became.

    Parameters
    ----------
    table
        Contract of the accepted rows: CONSUMPTION, READINGS, ACCOUNTS or FLOWS.
    accepted
        Rows for the store. Several versions of one key stand in the order in which the last one wins.
    quarantined
        QUARANTINE rows.
    counts
        How many of each.
    """

    table: Table
    accepted: pl.DataFrame
    quarantined: pl.DataFrame
    counts: Counts


def validate(
    prepared: Prepared,
    rules: Rules,
    *,
    now: datetime,
    batch_id: str = "",
    typical: pl.DataFrame | None = None,
) -> Checked:
    """Part the rows into accepted and quarantined; drop those that repeat another in every respect.

    Parameters
    ----------
    prepared
        Rows under the contract's names.
    rules
        What is possible.
    now
        When the rows are checked, with a zone; nothing may lie after it.
    batch_id
        Batch that both kinds of rows belong to.
    typical
        Columns `account_id` and `median_m3` [m³/day], known from the store; without them a jump is judged by the
        account's own days in the batch, where they are enough.
    """
    problems = problems_of(prepared, rules, now=now)
    fault = _first_fault(prepared, problems, rules, typical=typical)
    table = _TABLES[prepared.feed_map.kind]
    bad = fault.is_not_null()
    values = prepared.values.filter(~bad) if bad.any() else prepared.values
    kept = drop_repeats(values, table)
    quarantined = _quarantine(prepared, problems, fault, now=now, batch_id=batch_id)
    accepted = kept.with_columns(pl.lit(batch_id).alias("batch_id")) if "batch_id" in table.names else kept
    n_refused = 0 if prepared.batch.refused is None else prepared.batch.refused.height
    counts = Counts(
        read=prepared.values.height + n_refused,
        accepted=accepted.height,
        quarantined=quarantined.height,
        duplicate=values.height - kept.height,
    )
    return Checked(table, table.check(accepted), quarantined, counts)


def _first_fault(
    prepared: Prepared, problems: list[Problem], rules: Rules, *, typical: pl.DataFrame | None
) -> pl.Series:
    """Index of the first problem of each row, null where there is none, shape (n_rows,)."""
    values = prepared.values
    fields = {problem.field for problem in problems}
    empty = [is_missing(prepared.batch.rows[field]).alias(missing_name(field)) for field in sorted(fields)]
    values = values.with_columns(*empty, _medians(values, rules, typical=typical))
    faults = [
        pl.when(problem.applies).then(pl.lit(index, dtype=pl.Int8)) for index, problem in enumerate(problems)
    ]
    return values.select(pl.coalesce(faults).alias("fault")).to_series()


def _medians(values: pl.DataFrame, rules: Rules, *, typical: pl.DataFrame | None) -> pl.Series:
    """Median day of the account [m³] beside each row large enough to be a jump; null elsewhere."""
    empty = pl.Series(JUMP, [None], dtype=pl.Float64).new_from_index(0, values.height)
    if "consumption_m3" not in values.columns:
        return empty
    volume = pl.col("consumption_m3")
    suspects = values.select((volume > rules.jump_floor_m3).fill_null(value=False).arg_true()).to_series()
    if suspects.is_empty():
        return empty
    accounts = values["account_id"].gather(suspects)
    own = (
        values.filter(
            pl.col("account_id").is_in(accounts.unique().implode()) & (volume > 0) & volume.is_finite()
        )
        .group_by("account_id")
        .agg(volume.median().alias("own"), pl.len().alias("days"))
        .select("account_id", pl.when(pl.col("days") >= rules.jump_days).then("own").alias("own"))
    )
    known = own.with_columns(known=pl.lit(None, dtype=pl.Float64))
    if typical is not None:
        known = own.join(typical.select("account_id", known="median_m3"), on="account_id", how="left")
    medians = known.select("account_id", median=pl.coalesce("known", "own"))
    found = pl.DataFrame({"account_id": accounts}).join(
        medians, on="account_id", how="left", maintain_order="left"
    )
    return empty.scatter(suspects, found["median"])


def _quarantine(
    prepared: Prepared, problems: list[Problem], fault: pl.Series, *, now: datetime, batch_id: str
) -> pl.DataFrame:
    parts = [refused_rows(prepared.batch, problems, fault)]
    if prepared.batch.refused is not None:
        parts.append(prepared.batch.refused)
    rows = pl.concat(parts).sort("row", maintain_order=True)
    stamped = rows.with_columns(
        pl.lit(now).cast(INSTANT).alias("recorded_at"), pl.lit(batch_id).alias("batch_id")
    )
    return QUARANTINE.check(stamped)
