"""Errors carry facts, a remedy and an exit code."""

from __future__ import annotations

import pytest

from amuna.domain import errors
from amuna.domain.errors import (
    AmunaError,
    ColumnMismatch,
    MissingExtra,
    PermanentError,
    StoreBusy,
    TransientError,
)
from amuna.domain.text import Text

NAMED = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type)
    and issubclass(kind, AmunaError)
    and kind not in (AmunaError, PermanentError, TransientError)
]


def test_an_error_says_what_was_found_and_what_fixes_it() -> None:
    error = ColumnMismatch(
        Text("{file}: falta day.", "{file}: no column day."),
        remedy=Text("Nómbrela en la fila {row}.", "Name it in row {row}."),
        file="a.csv",
        row=3,
    )
    assert str(error) == "a.csv: no column day. Name it in row 3."
    assert (error.problem.es, error.remedy.es) == ("a.csv: falta day.", "Nómbrela en la fila 3.")
    assert error.facts == {"file": "a.csv", "row": 3}
    assert str(AmunaError(Text.both("Broken."))) == "Broken."


def test_a_missing_library_names_its_extra() -> None:
    error = MissingExtra("keras", extra="lstm")
    assert str(error) == "keras is not installed. Install it with: pip install 'amuna[lstm]'"
    assert error.facts == {"library": "keras", "extra": "lstm"}


@pytest.mark.parametrize("kind", NAMED, ids=lambda kind: kind.__name__)
def test_every_error_is_to_be_retried_or_not(kind: type[AmunaError]) -> None:
    assert issubclass(kind, TransientError) != issubclass(kind, PermanentError)
    assert 1 <= kind.exit_code <= 78  # sysexits.h
    assert kind.__doc__


def test_a_busy_store_is_worth_a_retry() -> None:
    assert StoreBusy(Text.both("Held.")).exit_code == 75


def test_a_fact_that_is_a_list_stands_in_the_text_with_commas_and_stays_a_list() -> None:
    error = AmunaError(Text("Hay {found}.", "Found {found}."), found=["fecha", "{litros}"])
    assert error.problem == Text("Hay fecha, {litros}.", "Found fecha, {litros}.")
    assert error.facts == {"found": ["fecha", "{litros}"]}
