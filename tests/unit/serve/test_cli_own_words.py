"""What Typer itself says, in Spanish."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from amuna.serve.cli.own_words import spanish


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        ("No such option: --nope", "No existe la opción --nope."),
        (
            "No such option: --acounts (Possible options: --accounts, --days)",
            "No existe la opción --acounts. ¿Quiso decir --accounts, --days?",
        ),
        ("No such command 'xx'.", "No existe el comando 'xx'."),
        ("No such command 'x.y'. Did you mean 'xy'?", "No existe el comando 'x.y'. ¿Quiso decir 'xy'?"),
        ("Missing command.", "Falta el comando."),
        ("Missing argument 'table'.", "Falta el argumento 'table'."),
        ("Missing option '--from' / '-f'.", "Falta la opción '--from' / '-f'."),
        ("Got unexpected extra argument(s) (b c)", "Sobra en la línea: b c."),
        ("Option '--seed' requires an argument.", "La opción '--seed' necesita un valor."),
        ("Option '--json' does not take a value.", "La opción '--json' no lleva ningún valor."),
        (
            "Invalid value for '--days': Input should be a valid integer, unable to parse string as an integer",
            "Valor incorrecto de '--days': debe ser un número entero.",
        ),
        (
            "Invalid value for '--base': Input should be less than or equal to 1",
            "Valor incorrecto de '--base': debe ser 1 o menos.",
        ),
        (
            "Invalid value for '--to': Value error, 'argument' is not one of 'a', 'b'.",
            "Valor incorrecto de '--to': 'argument' no es ninguno de: 'a', 'b'.",
        ),
        ("Invalid value for FILE: {tal} cual", "Valor incorrecto de FILE: {tal} cual"),
        ("Something quite new.", "Something quite new."),
    ],
)
def test_wrong_command_lines(english: str, expected: str) -> None:
    assert spanish(english) == expected


SAID: dict[str, tuple[str, ...]] = {
    "--help": ("Uso:", "[OPCIONES]", "COMANDO", "Opciones", "Muestra esta ayuda", "por defecto"),
    "export": ("Uso:", "para ver la ayuda", "Falta el argumento"),
    "simulate x --accounts x": ("Valor incorrecto de '--accounts'", "número entero"),
    "simulate x --accounts 0": ("debe ser 1 o más",),
    "simulate x --format xml": ("'xml' no es ninguno de: 'parquet', 'csv'.",),
    "simulate x --seed": ("La opción '--seed' necesita un valor.",),
    "status --json=3": ("La opción '--json' no lleva ningún valor.",),
    "status --jsn": ("No existe la opción --jsn.", "¿Quiso decir --json?"),
    "status more": ("Sobra en la línea: more.",),
    "statu": ("No existe el comando 'statu'.", "¿Quiso decir 'status'"),
}
RUN_EACH = """
import sys
from amuna.serve.cli.main import main
for line in sys.argv[1:]:
    sys.argv = ["amuna", *line.split()]
    try:
        main()
    except SystemExit as ended:
        print("\\f", ended.code, end="\\f", flush=True)
"""


def test_the_command_in_spanish_has_no_english_of_its_own() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", RUN_EACH, *SAID],
        env=os.environ | {"AMUNA_LANGUAGE": "es", "COLUMNS": "160"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=True,
    )
    shown, codes = ran.stdout.split("\f")[::2], ran.stdout.split("\f")[1::2]
    assert [int(code) for code in codes] == [0, *[2] * (len(SAID) - 1)]
    for text, expected in zip(shown, SAID.values(), strict=False):
        for words in expected:
            assert words in text
    for english in ("Usage", "Options", "OPTIONS", "ARGS", "Try", "Invalid", "Missing", "such", "default:"):
        assert english not in ran.stdout
