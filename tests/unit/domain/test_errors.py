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

NAMED = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type)
    and issubclass(kind, AmunaError)
    and kind not in (AmunaError, PermanentError, TransientError)
]


def test_an_error_says_what_was_found_and_what_fixes_it() -> None:
    error = ColumnMismatch("No column day.", remedy="Name it in the feed map.", file="a.csv", row=3)
    assert str(error) == "No column day. Name it in the feed map."
    assert error.facts == {"file": "a.csv", "row": 3}
    assert str(AmunaError("Broken.")) == "Broken."


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
    assert StoreBusy("Held.").exit_code == 75
