"""What PostgreSQL's refusals mean, told in both languages."""

from __future__ import annotations

import adbc_driver_manager
import pytest

pytest.importorskip("psycopg")

from amuna.domain.errors import AmunaError, StoreBroken, StoreBusy
from amuna.store.postgres_errors import translate

PLACE = "postgresql://ana@db/agua"


def refused(words: str, state: str | None = None) -> AmunaError:
    kind, code = adbc_driver_manager.OperationalError, adbc_driver_manager.AdbcStatusCode.IO
    return translate(kind(words, status_code=code, sqlstate=state), place=PLACE)


@pytest.mark.parametrize(
    ("words", "kind", "cause", "remedy"),
    [
        ("FATAL: no password supplied", StoreBroken, "pide una contraseña", "entorno: ${NOMBRE}."),
        ('FATAL: role "ana{}" does not exist', StoreBroken, "no acepta a ese usuario", "créelo"),
        ('FATAL: database "agua" does not exist', StoreBroken, "esa base de datos", "créela"),
        ("FATAL: sorry, too many clients already", StoreBusy, "más conexiones", "Cierre otras conexiones"),
        ("port 1 failed: Connection refused", StoreBusy, "no responde", "Compruebe que el servidor"),
    ],
)
def test_a_refusal_without_a_state_is_told_with_the_servers_words(
    words: str, kind: type[AmunaError], cause: str, remedy: str
) -> None:
    found = refused(words)
    assert type(found) is kind
    assert cause in found.problem.es
    assert remedy in found.remedy.es
    for told in found.problem:
        assert words.removeprefix("FATAL: ") in told
        assert PLACE in told


def test_a_state_decides_before_the_words() -> None:
    assert "falta un derecho" in refused("ERROR: permission denied for table x", "42501").problem.es
    again = refused("ERROR: deadlock detected", "40P01")
    assert (again.problem.es, again.remedy.es) == (
        f"Almacén {PLACE}: deadlock detected.",
        "Ejecute la transacción de nuevo.",
    )
