"""Writing rows by key into a table without versions."""

from __future__ import annotations

import polars as pl

from amuna.domain.ports import Written
from amuna.domain.table import Table
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
from amuna.store.schema import value_names
from amuna.store.session import Session

_CHANGED = "amuna_changed"


def upsert_rows(session: Session, table: Table, frame: pl.DataFrame) -> Written:
    """Write rows by key. Of several rows with one key in the frame the last counts; the others are superseded.

    Parameters
    ----------
    session
        Database, inside a writing transaction.
    table
        Contract of a table without versions.
    frame
        Rows that passed the contract, shape (n_rows,), at least one.
    """
    there = reach(frame, table.key)
    frame = ordered(frame, there.varying)
    lost = repeats(frame, there.varying)
    rows = frame.filter(~lost) if lost.any() else frame
    if not overlaps(session, table, there.near):
        return Written(inserted=insert(session, table, rows), superseded=frame.height - rows.height)
    with (
        session.staged(INCOMING, rows.with_row_index("place")),
        stored_rows(session, table, there),
        scratch(session, _CHANGED, _changed(table, there)),
    ):
        inserted, replaced = session.frame(
            f"SELECT COUNT(*) FILTER (WHERE NOT known), COUNT(*) FILTER (WHERE known) FROM {_CHANGED}"
        ).row(0)
        if replaced:
            delete_keys(session, table.name, there, among=f"(SELECT * FROM {_CHANGED} WHERE known)")
        insert_from(session, table, f"{_CHANGED} ORDER BY place")
    return Written(inserted, replaced, rows.height - inserted - replaced, frame.height - rows.height)


def _changed(table: Table, there: Reach) -> str:
    """Query of the incoming rows that say something new, and whether their key is known."""
    known = f"s.{quoted(table.key[0])} IS NOT NULL"
    return (
        f"SELECT {listed(table.names, of='i')}, i.place, {known} AS known FROM {INCOMING} AS i"
        f" LEFT JOIN {STORED} AS s ON {equal(there.varying, 'i', 's')}"
        f" WHERE NOT ({known}) OR NOT ({same(value_names(table), 'i', 's')})"
    )
