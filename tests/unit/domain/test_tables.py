"""The contracts check what enters and what is written."""

from __future__ import annotations

import polars as pl
import pytest

from amuna.domain import tables
from amuna.domain.errors import ColumnMismatch
from amuna.domain.table import Column, Table

TAPS = Table(
    "taps",
    (
        Column("tap_id", pl.String, "tap"),
        Column("flow_m3h", pl.Float64, "flow", "m3/h"),
        Column("note", pl.String, "remark", nullable=True),
    ),
    key=("tap_id",),
)
GOOD = pl.DataFrame({"note": ["x", None], "flow_m3h": [1.0, 2.0], "tap_id": ["a", "b"]})
ALL = [table for table in vars(tables).values() if isinstance(table, Table)]


def test_a_good_frame_comes_back_in_the_contracts_order() -> None:
    assert TAPS.check(GOOD).columns == ["tap_id", "flow_m3h", "note"]
    assert TAPS.check(TAPS.empty()).is_empty()


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (GOOD.drop("note"), "missing columns: note; unknown columns: none"),
        (GOOD.with_columns(extra=pl.lit(1)), "missing columns: none; unknown columns: extra"),
        (GOOD.with_columns(pl.col("flow_m3h").cast(pl.Int64)), "flow_m3h: expected Float64, found Int64"),
        (GOOD.with_columns(tap_id=pl.col("note")), "tap_id: 1 nulls where none may be"),
    ],
)
def test_a_frame_that_breaks_the_contract_is_refused(frame: pl.DataFrame, message: str) -> None:
    with pytest.raises(ColumnMismatch, match=message) as refused:
        TAPS.check(frame)
    assert refused.value.remedy
    assert refused.value.facts["table"] == "taps"


def test_rows_become_a_checked_frame() -> None:
    frame = TAPS.frame([{"tap_id": "a", "flow_m3h": 1.0, "note": None}])
    assert frame.schema == TAPS.empty().schema
    with pytest.raises(ColumnMismatch, match="nulls"):
        TAPS.frame([{"tap_id": None, "flow_m3h": 1.0, "note": None}])


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_every_contract_is_sound(table: Table) -> None:
    assert len(set(table.names)) == len(table.names)
    assert table.key
    nullable = {column.name for column in table.columns if column.nullable}
    assert set(table.key) <= set(table.names) - nullable
    assert not table.time or table.time in table.names
    assert not table.versioned or "recorded_at" in table.names
    for column in table.columns:
        assert column.help, column.name
        assert not column.name.endswith("_m3") or column.unit == "m3", column.name


def test_names_are_unique() -> None:
    assert len({table.name for table in ALL}) == len(ALL) > 5
