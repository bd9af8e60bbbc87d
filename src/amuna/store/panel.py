"""Rows of daily consumption as a Panel, without ever standing in memory as rows."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl

from amuna.domain.panel import Panel
from amuna.domain.tables import CONSUMPTION
from amuna.domain.time import Interval
from amuna.store.conditions import Condition, between, matching, within
from amuna.store.dialect import Dialect, quoted
from amuna.store.session import Session
from amuna.store.versions import visible

_ACCOUNT, _DAY, _CONSUMPTION = CONSUMPTION.names[:3]


def read_panel(
    session: Session,
    interval: Interval | None,
    *,
    known_at: datetime | None,
    accounts: tuple[str, str] | None,
) -> Panel:
    """Daily consumption flagged ok, each account from its first to its last such day, NaN where a day is missing.

    The days of every account are found first, so that each row's place in the flat array is known to the database:
    rows then arrive in any order, in pieces, and are dropped into place.

    Parameters
    ----------
    session
        Database, inside a reading transaction.
    interval
        Days wanted; all if None.
    known_at
        Instant whose knowledge counts; the present if None.
    accounts
        First and last account wanted, inclusive; all if None.
    """
    rows = visible(CONSUMPTION, known_at)
    wanted = matching(CONSUMPTION, {"flag": "ok"}, session.dialect) & within(CONSUMPTION, interval)
    if accounts is not None:
        wanted &= between([_ACCOUNT], [accounts[0]], [accounts[1]])
    spans = _spans(session, rows, wanted)
    lengths = (spans["last"] - spans["first"] + 1).to_numpy()
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    values = np.full(offsets[-1], np.nan)
    bases = pl.Series(offsets[:-1]) - spans["first"]
    index = (spans[_ACCOUNT].to_list(), bases.to_list())
    placed = _placed(rows, wanted, session.dialect)
    for piece in session.stream(placed, (*rows.parameters, *wanted.parameters, *index)):
        values[piece["place"].to_numpy()] = piece["value"].to_numpy()
    starts = spans["first"].to_numpy().astype("datetime64[D]")
    return Panel(spans[_ACCOUNT].to_numpy().astype(np.str_), offsets, starts, values)


def _spans(session: Session, rows: Condition, wanted: Condition) -> pl.DataFrame:
    """First and last day of each account, as days since 1970."""
    spans = session.frame(
        f"SELECT {quoted(_ACCOUNT)}, MIN({quoted(_DAY)}) AS first, MAX({quoted(_DAY)}) AS last"
        f" FROM {rows.terms[0]} AS c{wanted.sql} GROUP BY {quoted(_ACCOUNT)}",
        (*rows.parameters, *wanted.parameters),
    )
    return spans.sort(_ACCOUNT).with_columns(pl.col("first", "last").to_physical().cast(pl.Int64))


def _placed(rows: Condition, wanted: Condition, dialect: Dialect) -> str:
    """Query of each row's place in the flat array and its value [m³]; its last parameters are accounts and bases."""
    account, texts, numbers = quoted(_ACCOUNT), dialect.sql_type(pl.String()), dialect.sql_type(pl.Int64())
    return (
        f"SELECT x.base + (c.{quoted(_DAY)} - DATE '1970-01-01') AS place, c.{quoted(_CONSUMPTION)} AS value"
        f" FROM (SELECT * FROM {rows.terms[0]} AS r{wanted.sql}) AS c"
        f" JOIN (SELECT UNNEST(CAST(? AS {texts}[])) AS {account}, UNNEST(CAST(? AS {numbers}[])) AS base) AS x"
        f" ON x.{account} = c.{account}"
    )
