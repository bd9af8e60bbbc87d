"""The language of the command: Spanish or English, as the environment asks."""

from __future__ import annotations

import os
from collections.abc import Mapping

from amuna.domain.text import Text

WORKSPACE = Text("Espacio de trabajo", "Workspace")
DATA = Text("Datos", "Data")
FORECASTS = Text("Pronósticos", "Forecasts")
BILLS = Text("Recibos", "Bills")
LIFECYCLE = Text("Modelos en el tiempo", "Lifecycle")
LIVE = Text("En vivo", "Live")
PEOPLE = Text("Personas", "People")
WRITTEN = Text("Escrito en {file}", "Written to {file}")

_VARIABLES = ("AMUNA_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def language_of(environment: Mapping[str, str]) -> str:
    """`es` or `en`: AMUNA_LANGUAGE if it is set, else the locale's as POSIX orders its variables; English for any other."""
    asked = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    return "es" if asked.lower().startswith("es") else "en"


LANGUAGE = language_of(os.environ)


def told(words: Text) -> str:
    """The words in the language of this command."""
    return words.es if LANGUAGE == "es" else words.en
