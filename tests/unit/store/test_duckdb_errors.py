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
        (duckdb.CatalogException("in-memory database in read-only mode!"), StoreBroken, "another file"),
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
    assert found.problem.es.startswith("Almacén water.duckdb: ")
    assert str(error) in found.problem.es
    assert found.remedy.es != found.remedy.en


def test_what_people_meet_is_said_in_plain_words_in_both_languages() -> None:
    found = translate(duckdb.IOException("write: No space left on device"), place="a{b}.duckdb")
    assert found.problem == (
        "Almacén a{b}.duckdb: no queda espacio en el disco (write: No space left on device).",
        "Store a{b}.duckdb: no space is left on the disk (write: No space left on device).",
    )
