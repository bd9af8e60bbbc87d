"""A new amuna.toml: every setting with its default and what it is for."""

from __future__ import annotations

from amuna.config.explained import EXPLAINED
from amuna.config.settings import setting_rows
from amuna.domain.text import Text

_HEAD = Text(
    "Ajustes de este espacio de trabajo. Una línea que empieza con # muestra el valor usual; quite el # para cambiarlo.",
    "Settings of this workspace. A line that starts with # shows a default; remove the # to change it.",
)
_EXAMPLE = """\
# [feeds.billing]
# account = "AccountOID"
# time = "ConsumptionDate"
# value = "Consumption"
# unit = "L"
# time_zone = "America/Lima"
"""


def template(language: str) -> str:
    """Text of a new amuna.toml, every setting explained in Spanish (`es`) or English (`en`)."""

    def comment(words: Text) -> str:
        return f"# {words.es if language == 'es' else words.en}"

    lines = [comment(_HEAD)]
    section = ""
    for name, default, explanation in setting_rows():
        head, key = name.split(".", 1)
        if head != section:
            lines += ["", f"[{head}]"]
            section = head
        lines += [comment(explanation), f"# {key} = {_toml_value(default)}"]
    lines += ["", comment(EXPLAINED["places"]), comment(EXPLAINED["tariffs"])]
    lines += ["", comment(EXPLAINED["feeds"]), _EXAMPLE]
    return "\n".join(lines)


def _toml_value(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
