"""Words in two languages, and the errors made of them."""

from __future__ import annotations

from amuna.domain.errors import NotFound, PermanentError
from amuna.domain.text import Text


def test_places_are_filled_in_each_language_with_its_own_words() -> None:
    told = Text("{n:,} de {thing}", "{n:,} of {thing}").fill(n=27000, thing=Text("agua", "water"))

    assert told == ("27,000 de agua", "27,000 of water")


def test_text_without_words_is_nothing() -> None:
    assert not Text.both("")
    assert Text.both(0)


def test_an_error_fills_its_words_from_its_facts_and_keeps_facts_plain() -> None:
    error = PermanentError(
        Text("{file}: {what} con {{llaves}}", "{file}: {what} with {{braces}}"),
        remedy=Text("Revise {file}.", "Check {file}."),
        file="{a}.csv",
        what=Text("fila", "row"),
    )

    assert error.problem.es == "{a}.csv: fila con {llaves}"
    assert str(error) == "{a}.csv: row with {braces} Check {a}.csv."
    assert error.facts == {"file": "{a}.csv", "what": "row"}


def test_what_is_not_found_is_named_in_both_languages() -> None:
    error = NotFound("zone", "Z{1}")

    assert error.problem.es == "No se encuentra aquí la zona 'Z{1}', o no está a su vista."
    assert error.problem.en == "There is no zone 'Z{1}' here, or it is not yours to see."
