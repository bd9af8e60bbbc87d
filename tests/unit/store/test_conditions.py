"""Intervals and where mappings as SQL."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from amuna.domain.errors import ColumnMismatch
from amuna.domain.tables import ACCOUNTS, BATCHES, CONSUMPTION, MODELS
from amuna.domain.time import Interval
from amuna.store.conditions import between, matching, within
from amuna.store.dialect import DUCKDB


def test_values_are_bound_and_never_part_of_the_text() -> None:
    condition = matching(
        ACCOUNTS, {"account_id": "'; DROP TABLE accounts; --", "segment": ["x'", None]}, DUCKDB
    )
    assert "DROP" not in condition.sql
    assert "x'" not in condition.sql
    assert condition.parameters == ("'; DROP TABLE accounts; --", ["x'"])


def test_columns_that_are_keywords_are_quoted() -> None:
    assert matching(MODELS, {"group": "g", "order": "o"}, DUCKDB).sql == ' WHERE "group" = ? AND "order" = ?'


def test_nothing_asked_is_no_clause() -> None:
    assert (
        matching(ACCOUNTS, None, DUCKDB).sql
        == matching(ACCOUNTS, {}, DUCKDB).sql
        == within(ACCOUNTS, None).sql
        == ""
    )


def test_conditions_join_with_their_parameters_in_order() -> None:
    both = matching(CONSUMPTION, {"flag": "ok"}, DUCKDB) & between(["account_id"], ["a"], ["b"])
    assert both.sql == ' WHERE "flag" = ? AND "account_id" BETWEEN ? AND ?'
    assert both.parameters == ("ok", "a", "b")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2024, 1, 1), date(2024, 1, 2), (date(2024, 1, 1), date(2024, 1, 2))),
        (
            datetime(2024, 1, 1, tzinfo=UTC),
            datetime(2024, 1, 2, tzinfo=UTC),
            (date(2024, 1, 1), date(2024, 1, 2)),
        ),
        (
            datetime(2024, 1, 1, 0, 0, 1, tzinfo=UTC),
            datetime(2024, 1, 2, 12, tzinfo=UTC),
            (date(2024, 1, 2), date(2024, 1, 3)),
        ),
    ],
)
def test_an_instant_against_days_rounds_up(start: date, end: date, expected: tuple[date, date]) -> None:
    assert within(CONSUMPTION, Interval(start, end)).parameters == expected


def test_a_day_against_instants_is_its_midnight_in_utc() -> None:
    found = within(BATCHES, Interval(date(2024, 1, 1), date(2024, 1, 2))).parameters
    assert found == (datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC))


def test_an_unknown_column_names_those_that_exist() -> None:
    with pytest.raises(ColumnMismatch, match=r"no column nothing.*account_id, segment"):
        matching(ACCOUNTS, {"nothing": 1}, DUCKDB)
