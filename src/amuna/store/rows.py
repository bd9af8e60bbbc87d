"""Rows on their way into the store: put in order, and compared with what is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import polars as pl

from amuna.domain.table import Table
from amuna.store.conditions import Condition, between
from amuna.store.dialect import equal, listed, quoted
from amuna.store.session import Session

INCOMING = "amuna_incoming"
STORED = "amuna_stored"


@dataclass(frozen=True)
class Reach:
    """Where the keys of a frame lie.

    Parameters
    ----------
    near
        Condition that each key column lies between its least and greatest value in the frame.
    varying
        Key columns with more than one value; within `near`, they alone tell keys apart.
    """

    near: Condition
    varying: tuple[str, ...]


def reach(frame: pl.DataFrame, key: Sequence[str]) -> Reach:
    """Where the keys of a frame with at least one row lie."""
    lows, highs = frame.select(pl.col(key).min()).row(0), frame.select(pl.col(key).max()).row(0)
    varying = tuple(name for name, low, high in zip(key, lows, highs, strict=True) if low != high)
    return Reach(between(key, lows, highs), varying)


def ordered(frame: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The rows sorted by these columns, so that the database can skip blocks; ties keep their order."""
    return frame if not by or _rises(frame, by) else frame.sort(by, maintain_order=True)


def repeats(frame: pl.DataFrame, key: Sequence[str]) -> pl.Series:
    """Whether each row of a sorted frame has the same key as the row after it, shape (n_rows,)."""
    again: pl.Expr = pl.int_range(1, pl.len() + 1) < pl.len()
    for name in key:
        again &= pl.col(name) == pl.col(name).shift(-1)
    return frame.select(again.fill_null(value=False).alias("repeats"))["repeats"]


def overlaps(session: Session, table: Table, near: Condition) -> bool:
    """Whether any stored row lies near: cheap, because blocks that lie elsewhere are not read."""
    found = session.frame(f"SELECT 1 FROM {quoted(table.name)}{near.sql} LIMIT 1", near.parameters)
    return not found.is_empty()


def insert(session: Session, table: Table, frame: pl.DataFrame) -> int:
    """Append the rows; returns how many."""
    session.append(table.name, frame)
    return frame.height


def insert_from(session: Session, table: Table, source: str) -> int:
    """Append the rows of a relation, given with its conditions and order; returns how many."""
    names = listed(table.names)
    return session.execute(f"INSERT INTO {quoted(table.name)} ({names}) SELECT {names} FROM {source}")


@contextmanager
def scratch(session: Session, name: str, query: str, parameters: Sequence[object] = ()) -> Iterator[None]:
    """The query's rows as a temporary table; a failed transaction takes it along when it rolls back."""
    session.execute(f"CREATE TEMPORARY TABLE {name} AS {query}", parameters)
    if session.dialect.needs_statistics:
        session.execute(f"ANALYZE {name}")
    yield
    session.execute(f"DROP TABLE {name}")


def stored_rows(session: Session, table: Table, there: Reach) -> AbstractContextManager[None]:
    """The stored rows whose keys are among the incoming, as the temporary table `STORED`."""
    query = (
        f"SELECT {listed(table.names)} FROM {quoted(table.name)} AS s{there.near.sql} AND EXISTS"
        f" (SELECT 1 FROM {INCOMING} AS i WHERE {equal(there.varying, 'i', 's')})"
    )
    return scratch(session, STORED, query, there.near.parameters)


def delete_keys(session: Session, name: str, there: Reach, *, among: str) -> int:
    """Delete the rows whose keys are in the relation `among`; returns how many."""
    return session.execute(
        f"DELETE FROM {quoted(name)} AS s{there.near.sql} AND EXISTS"
        f" (SELECT 1 FROM {among} AS a WHERE {equal(there.varying, 'a', 's')})",
        there.near.parameters,
    )


def _rises(frame: pl.DataFrame, by: Sequence[str]) -> bool:
    """Whether each row sorts strictly after the one before it."""
    rises: pl.Expr = pl.lit(value=False)
    for name in reversed(by):
        before = pl.col(name).shift()
        rises = (pl.col(name) > before) | ((pl.col(name) == before) & rises)
    return bool(frame.select(rises.slice(1).all()).item())
