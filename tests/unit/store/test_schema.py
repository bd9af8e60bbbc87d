"""The tables in SQL."""

from __future__ import annotations

import pytest

from amuna.domain.tables import CONSUMPTION, MODELS, TABLES
from amuna.store.dialect import DUCKDB, equal, listed, quoted, same
from amuna.store.migrations import MIGRATIONS
from amuna.store.schema import create_statements, stored_columns, value_names


def test_every_contract_has_a_table_and_versioned_ones_have_two() -> None:
    expected = {table.name for table in TABLES} | {
        f"{table.name}_superseded" for table in TABLES if table.versioned
    }
    assert set(stored_columns()) == expected
    assert len(create_statements(DUCKDB)) == len(expected)


def test_a_table_is_spelled_from_its_contract() -> None:
    (statement,) = create_statements(DUCKDB, (MODELS,))
    assert statement.startswith('CREATE TABLE IF NOT EXISTS "models" ("run_id" VARCHAR NOT NULL')
    assert '"order" VARCHAR NOT NULL' in statement
    assert '"parameters" DOUBLE[] NOT NULL' in statement
    assert '"sigma2" DOUBLE,' in statement


def test_values_of_a_version_leave_out_when_and_from_which_batch_it_came() -> None:
    assert value_names(CONSUMPTION) == ("consumption_m3", "flag")


def test_migrations_are_numbered_without_gaps() -> None:
    assert [migration.number for migration in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


@pytest.mark.parametrize(("name", "expected"), [("order", '"order"'), ('a"b', '"a""b"')])
def test_identifiers_are_quoted(name: str, expected: str) -> None:
    assert quoted(name) == expected


def test_conditions_over_no_columns_are_true() -> None:
    assert equal((), "a", "b") == same((), "a", "b") == "TRUE"
    assert listed(("x", "y"), of="s") == 's."x", s."y"'
