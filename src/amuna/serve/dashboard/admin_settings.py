"""Settings in force, to be read; they are changed in amuna.toml."""

from __future__ import annotations

import polars as pl
from dash import html

from amuna.config.settings import FILE_NAME, settings_in_force
from amuna.domain.text import Text
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, card, notice, stack, table

_TITLE = Text("Ajustes en vigor", "Settings in force")
_WHERE = Text(
    f"Se cambian en {FILE_NAME}, y valen desde el próximo inicio. Las contraseñas no se muestran.",
    f"They are changed in {FILE_NAME}, and hold from the next start. Passwords are not shown.",
)


def layout(seen: Visit) -> Component:
    """Every setting, its value, its default and what it is for."""
    rows = pl.DataFrame(
        [(*row, seen.say(what)) for *row, what in settings_in_force(seen.desk.workspace.settings)],
        schema=["name", "value", "default", "help"],
        orient="row",
    )
    shown = rows.with_columns(
        default=pl.when(pl.col("value") == pl.col("default")).then(None).otherwise(pl.col("default"))
    )
    columns = (
        Column("name", Text("Ajuste", "Setting"), html.Code),
        Column(
            "value", Text("Valor", "Value"), lambda value: html.Span(value or "–", className="admin-value")
        ),
        Column("default", Text("Valor usual", "Default"), lambda value: value or "–"),
        Column("help", Text("Para qué sirve", "What it is for"), html.Span),
    )
    return stack(
        notice(seen, "info", _WHERE),
        card(seen, _TITLE, table(seen, shown, columns, caption=_TITLE)),
    )
