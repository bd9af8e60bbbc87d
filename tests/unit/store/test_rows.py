"""Frames put in order before they are written."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from amuna.store.rows import ordered, reach, repeats

ROWS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2)), min_size=1, max_size=12)


@given(rows=ROWS)
def test_rows_are_sorted_and_ties_keep_their_order(rows: list[tuple[str, int]]) -> None:
    frame = pl.DataFrame(rows, schema=["account_id", "day"], orient="row").with_row_index("came")
    expected = sorted(
        ((account, day, came) for came, (account, day) in enumerate(rows)), key=lambda row: row[:2]
    )
    assert ordered(frame, ("account_id", "day")).select("account_id", "day", "came").rows() == expected


@given(rows=ROWS)
def test_the_last_row_of_each_key_is_the_one_that_does_not_repeat(rows: list[tuple[str, int]]) -> None:
    frame = pl.DataFrame(sorted(rows), schema=["account_id", "day"], orient="row")
    kept = frame.filter(~repeats(frame, ("account_id", "day")))
    assert kept.rows() == sorted(set(rows))


def test_rows_in_order_are_not_copied() -> None:
    frame = pl.DataFrame({"account_id": ["a", "a", "b"], "day": [1, 2, 1]})
    assert ordered(frame, ("account_id", "day")) is frame
    assert ordered(frame, ("day", "account_id")) is not frame


def test_without_varying_columns_every_row_but_the_last_repeats() -> None:
    frame = pl.DataFrame({"run_id": ["r", "r", "r"]})
    assert reach(frame, ("run_id",)).varying == ()
    assert ordered(frame, ()) is frame
    assert repeats(frame, ()).to_list() == [True, True, False]


def test_reach_bounds_every_key_column_and_names_those_that_vary() -> None:
    there = reach(pl.DataFrame({"run_id": ["r", "r"], "day": [3, 1]}), ("run_id", "day"))
    assert there.near.parameters == ("r", "r", 1, 3)
    assert there.varying == ("day",)
