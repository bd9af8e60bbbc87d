"""What a page says of an error: the visitor's words where it has its own, the error's in their language elsewhere."""

from __future__ import annotations

import pytest

from amuna.domain.errors import (
    AmunaError,
    ColumnMismatch,
    NotFound,
    PermanentError,
    RegistryUnreachable,
    StoreBusy,
)
from amuna.domain.text import Text
from amuna.serve.dashboard.troubles import trouble
from amuna.serve.dashboard.upload_troubles import upload_trouble

FOUND = Text("Se encontró {found!r}.", "Found {found!r}.")
DO = Text("Escriba otro.", "Write another.")


@pytest.mark.parametrize("kind", [PermanentError, RegistryUnreachable])
def test_an_error_without_words_of_the_page_is_told_in_its_own(kind: type[AmunaError]) -> None:
    told = trouble(kind(FOUND, remedy=DO, found="{braces}"))
    assert told == (
        "No se pudo hacer: Se encontró '{braces}'. Escriba otro.",
        "It could not be done: Found '{braces}'. Write another.",
    )


def test_what_a_visitor_cannot_see_and_a_busy_store_have_words_of_the_page() -> None:
    assert trouble(NotFound("account", "A1")).es.startswith(
        "No existe, o no está entre lo que usted puede ver"
    )
    assert trouble(StoreBusy(FOUND, remedy=DO, found=1)).es.startswith("El almacén de datos no responde")


def test_a_file_without_known_columns_is_told_without_its_place_on_the_server() -> None:
    error = ColumnMismatch(FOUND, remedy=DO, file="/srv/uploads/1.csv", row=1, found=["a", "{b}"])
    told = upload_trouble(error)
    assert told.es.startswith("No se reconoce qué significan las columnas a, {b}.")
    assert told.en.startswith("What the columns a, {b} mean is not recognised.")
    assert "/srv" not in told.es + told.en
