"""Bitemporal tables: what was said of a key, and when we learned it.

A versioned table holds the present version of each key. Its earlier versions stand in a second table, each with
`superseded_at`: when the version that replaced it was recorded. So a read as of an instant needs no window function.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

from amuna.domain.ports import Written
from amuna.domain.table import Table
from amuna.store.conditions import Condition
from amuna.store.dialect import equal, listed, quoted, same
from amuna.store.rows import (
    INCOMING,
    STORED,
    Reach,
    delete_keys,
    insert,
    insert_from,
    ordered,
    overlaps,
    reach,
    repeats,
    scratch,
    stored_rows,
)
from amuna.store.schema import RECORDED_AT, SUPERSEDED_AT, superseded, value_names
from amuna.store.session import Session

_CHANGED = "amuna_changed"
_CHAIN = "amuna_chain"


def visible(table: Table, known_at: datetime | None) -> Condition:
    """The relation of the rows that were known at an instant, as a condition's only term with its parameters."""
    if known_at is None or not table.versioned:
        return Condition((quoted(table.name),))
    names = listed(table.names)
    relation = (
        f"(SELECT {names} FROM {quoted(table.name)} WHERE {RECORDED_AT} <= ? UNION ALL"
        f" SELECT {names} FROM {quoted(superseded(table))} WHERE {RECORDED_AT} <= ? AND {SUPERSEDED_AT} > ?)"
    )
    return Condition((relation,), (known_at,) * 3)


def upsert_versions(session: Session, table: Table, frame: pl.DataFrame) -> Written:
    """Write versions by key: the later-recorded wins, and all are kept.

    A row whose values are those known when it was recorded says nothing new and is not written. Of rows recorded
    at the same instant the one that came last wins.

    Parameters
    ----------
    session
        Database, inside a writing transaction.
    table
        Contract of a versioned table.
    frame
        Rows that passed the contract, shape (n_rows,), at least one.
    """
    there = reach(frame, table.key)
    frame = ordered(frame, (*there.varying, RECORDED_AT))
    again = repeats(frame, there.varying)
    if not again.any() and not overlaps(session, table, there.near):
        return Written(inserted=insert(session, table, frame))
    incoming = frame.with_columns(several=again | again.shift(fill_value=False)).with_row_index("place", 1)
    with (
        session.staged(INCOMING, incoming),
        stored_rows(session, table, there),
        scratch(session, _CHANGED, _changed(table, there)),
        scratch(session, _CHAIN, _chain(table)),
    ):
        inserted, replaced, late = session.frame(_counts()).row(0)
        _write(session, table)
    return Written(inserted, replaced, frame.height - inserted - replaced - late, late)


def _changed(table: Table, there: Reach) -> str:
    """Query of the incoming rows, without those that plainly repeat their key's present version.

    A `plain` row is its key's only one and is recorded after the present version, if there is one (`known`).
    """
    present = f"s.{RECORDED_AT}"
    plain = f"(NOT i.several AND (i.{RECORDED_AT} < {present}) IS NOT TRUE)"
    return (
        f"SELECT {listed(table.names, of='i')}, i.place, {plain} AS plain, {present} IS NOT NULL AS known"
        f" FROM {INCOMING} AS i LEFT JOIN {STORED} AS s ON {equal(there.varying, 'i', 's')}"
        f" WHERE NOT {plain} OR {present} IS NULL OR NOT ({same(value_names(table), 'i', 's')})"
    )


def _chain(table: Table) -> str:
    """Query of all versions of the keys that are not plain, in order, each with the instant that ends it.

    `tier` is 0 for an earlier version, 1 for the present one, 2 for an incoming one.
    """
    names, key = listed(table.names), listed(table.key)
    known = f"EXISTS (SELECT 1 FROM {_CHANGED} AS c WHERE NOT c.plain AND {equal(table.key, 'c', 's')})"
    order = f"PARTITION BY {key} ORDER BY {RECORDED_AT}, tier, ended, place"
    values = value_names(table)
    before = ", ".join(f"LAG({quoted(name)}) OVER chain AS {quoted('before_' + name)}" for name in values)
    repeated = " AND ".join(
        f"{quoted(name)} IS NOT DISTINCT FROM {quoted('before_' + name)}" for name in values
    )
    return f"""
        WITH versions AS (
            SELECT {names}, 0 AS tier, {SUPERSEDED_AT} AS ended, 0 AS place
            FROM {quoted(superseded(table))} AS s WHERE {known}
            UNION ALL SELECT {names}, 1, NULL, 0 FROM {STORED} AS s WHERE {known}
            UNION ALL SELECT {names}, 2, NULL, place FROM {_CHANGED} WHERE NOT plain
        ), linked AS (
            SELECT *, LAG({RECORDED_AT}) OVER chain AS before_recorded, {before}
            FROM versions WINDOW chain AS ({order})
        ), told AS (
            SELECT * FROM linked WHERE NOT (tier = 2 AND before_recorded IS NOT NULL AND {repeated})
        )
        SELECT {names}, tier, LEAD({RECORDED_AT}) OVER chain AS {SUPERSEDED_AT},
            ROW_NUMBER() OVER chain AS position,
            MAX(CASE WHEN tier = 1 THEN {RECORDED_AT} END) OVER (PARTITION BY {key}) AS present_at
        FROM told WINDOW chain AS ({order})"""


def _counts() -> str:
    """Query of how many incoming versions were new, replaced another, and came too late."""
    late, new = f"present_at > {RECORDED_AT}", "present_at IS NULL AND position = 1"
    return f"""
        WITH counted AS (
            SELECT CAST(NOT known AS INTEGER) AS new, CAST(known AS INTEGER) AS again, 0 AS late
            FROM {_CHANGED} WHERE plain
            UNION ALL SELECT CAST({new} AS INTEGER),
                CAST(NOT ({new}) AND ({late}) IS NOT TRUE AS INTEGER), CAST(({late}) IS TRUE AS INTEGER)
            FROM {_CHAIN} WHERE tier = 2
        )
        SELECT COALESCE(SUM(new), 0), COALESCE(SUM(again), 0), COALESCE(SUM(late), 0) FROM counted"""


def _write(session: Session, table: Table) -> None:
    """Put the changed rows in the place of the versions they replace, which move to the earlier ones."""
    known = session.frame(f"SELECT {listed(table.key)} FROM {_CHANGED} WHERE known")
    names, order, earlier = listed(table.names), listed(table.key), quoted(superseded(table))
    if not known.is_empty():
        there = reach(known, table.key)
        delete_keys(session, table.name, there, among=f"(SELECT * FROM {_CHANGED} WHERE known)")
        delete_keys(
            session, superseded(table), there, among=f"(SELECT * FROM {_CHANGED} WHERE known AND NOT plain)"
        )
        session.execute(
            f"INSERT INTO {earlier} ({names}, {SUPERSEDED_AT})"
            f" SELECT {listed(table.names, of='s')}, c.{RECORDED_AT} FROM {STORED} AS s"
            f" JOIN {_CHANGED} AS c ON {equal(table.key, 'c', 's')} WHERE c.plain"
        )
    session.execute(
        f"INSERT INTO {earlier} ({names}, {SUPERSEDED_AT}) SELECT {names}, {SUPERSEDED_AT} FROM {_CHAIN}"
        f" WHERE {SUPERSEDED_AT} IS NOT NULL ORDER BY {order}, {RECORDED_AT}"
    )
    insert_from(session, table, f"{_CHANGED} WHERE plain ORDER BY place")
    insert_from(session, table, f"{_CHAIN} WHERE {SUPERSEDED_AT} IS NULL ORDER BY {order}")
