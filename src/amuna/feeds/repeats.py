"""Repeats: rows that say what another row of the same batch says."""

from __future__ import annotations

import polars as pl

from amuna.domain.table import Table


def drop_repeats(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Of rows alike in every column keep the last; where the table keeps no versions, the last of each key.

    Different values under one key all stay, in their order, so that the store keeps the superseded ones.
    """
    if _keys_are_distinct(rows, table):
        return rows
    alike = list(rows.columns) if table.versioned else list(table.key)
    numbered = rows.with_row_index("_index")
    repeated = _repeated_keys(numbered, table)
    single, several = numbered.filter(~repeated), numbered.filter(repeated)
    kept = several.unique(subset=alike, keep="last", maintain_order=True)
    return pl.concat([single, kept]).sort("_index").drop("_index")


def _keys_are_distinct(rows: pl.DataFrame, table: Table) -> bool:
    """Cheaply true for rows sorted by account and time, or by time and account; else by their hashes."""
    if rows.height < 2:
        return True
    if len(table.key) == 2:
        account, time = (pl.col(name) for name in table.key)
        by_account = (account > account.shift()) | ((account == account.shift()) & (time > time.shift()))
        by_time = (time > time.shift()) | ((time == time.shift()) & (account > account.shift()))
        if any(rows.select(by_account.slice(1).all().alias("a"), by_time.slice(1).all().alias("b")).row(0)):
            return True
    return bool(rows.select(_key_hash(table)).to_series().n_unique() == rows.height)


def _key_hash(table: Table) -> pl.Expr:
    """Equal for equal keys; unequal keys that share it only cost a closer look."""
    hashed = pl.col(table.key[0]).hash(0)
    for seed, name in enumerate(table.key[1:], start=1):
        hashed = hashed.xor(pl.col(name).hash(seed))
    return hashed.alias("_hash")


def _repeated_keys(rows: pl.DataFrame, table: Table) -> pl.Series:
    return rows.select(_key_hash(table).is_duplicated()).to_series()
