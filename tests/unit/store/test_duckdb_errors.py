"""Which DuckDB errors are worth a retry."""

from __future__ import annotations

import duckdb
import pytest

from amuna.domain.errors import AmunaError, StoreBroken, StoreBusy
from amuna.store.duckdb_errors import translate


@pytest.mark.parametrize(
    ("error", "kind", "remedy"),
    [
        (duckdb.IOException("Could not set lock on file"), StoreBusy, "stop that process"),
        (duckdb.TransactionException("Conflict on tuple deletion!"), StoreBusy, "transaction again"),
        (duckdb.TransactionException("Current transaction is aborted"), StoreBroken, "earlier statement"),
        (
            duckdb.TransactionException("Cannot write - transaction is launched in read-only mode"),
            StoreBroken,
            "only reads",
        ),
        (duckdb.InterruptException("Interrupted!"), StoreBusy, "Repeat"),
        (duckdb.OutOfMemoryException("failed to allocate"), StoreBroken, "memory limit"),
        (duckdb.IOException("write failed: No space left on device"), StoreBroken, "Free space"),
        (duckdb.SerializationException("corrupt"), StoreBroken, "restore it from a backup"),
    ],
)
def test_an_error_is_transient_or_permanent_and_names_a_remedy(
    error: duckdb.Error, kind: type[AmunaError], remedy: str
) -> None:
    found = translate(error, place="water.duckdb")
    assert type(found) is kind
    assert str(error) in found.problem.en
    assert "water.duckdb" in found.problem.en
    assert remedy in found.remedy.en
    assert found.problem.es == f"Almacén water.duckdb: {error}."
    assert found.remedy.es != found.remedy.en
