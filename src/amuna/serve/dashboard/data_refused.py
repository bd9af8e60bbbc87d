"""The quarantine: rows that were refused, why, and what to do."""

from __future__ import annotations

import json
from typing import Any

import dash_mantine_components as dmc
import polars as pl
from dash import Input, Output, html

from amuna.access.roles import Permission
from amuna.domain.text import Text
from amuna.serve.dashboard.data_feeds import moment, short_place
from amuna.serve.dashboard.grids import BLOCK_ROWS, GridColumn, cells, grid, how_many
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import card, empty, stack
from amuna.serve.dashboard.visits import ROOT, visit
from amuna.serve.desk import Desk
from amuna.serve.report.numbers import count
from amuna.serve.report.words import WORDS, word
from amuna.workflows.views.feeds import refused_reasons, refused_rows

GRID = "refused-grid"
_TITLE = Text("Filas en cuarentena", "Rows in quarantine")
_HELP = Text(
    "Una fila que no puede ser se guarda aquí con su motivo y no entra en ningún cálculo. Corríjala en su origen y "
    "envíela de nuevo.",
    "A row that cannot be is kept here with its reason and enters no calculation. Correct it at its source and send it "
    "again.",
)
_NONE = Text("No hay filas en cuarentena.", "Nothing is in quarantine.")
_ALL = Text("Todas", "All")
COLUMNS = (
    GridColumn("reason", Text("Motivo", "Reason"), width=190, plain=True),
    GridColumn("found", Text("Se encontró", "Found"), width=130, plain=True),
    GridColumn("field", Text("Columna", "Column"), width=130, plain=True),
    GridColumn("remedy", Text("Qué hacer", "What to do"), width=400, plain=True),
    GridColumn("source", Text("Origen", "Source"), width=200, plain=True),
    GridColumn("row", Text("Fila", "Row"), kind="number", show=count, width=110, plain=True),
    GridColumn("received", Text("Recibida", "Received"), width=165, plain=True),
    GridColumn("original", Text("Fila original", "Original row"), width=520, plain=True),
)


def layout(seen: Visit) -> Component:
    """Reasons to choose from, and the rows of the one chosen."""
    reasons = refused_reasons(store=seen.desk.store)
    if reasons.is_empty():
        return card(seen, _TITLE, empty(seen, _NONE), help=_HELP)
    chosen = _chosen(seen)
    total = int(reasons["rows"].sum())
    choices = [_choice(seen, _ALL, total, "", chosen)]
    choices += [
        _choice(seen, word("reason", code), n, code, chosen)
        for code, n in reasons.select("reason", "rows").iter_rows()
    ]
    ways = html.Nav(choices, className="reasons", **{"aria-label": seen.say(Text("Motivos", "Reasons"))})
    rows = grid(seen, GRID, COLUMNS, label=_TITLE, height="max(420px, calc(100dvh - 330px))", filtered=False)
    return stack(card(seen, _TITLE, ways, rows, help=_HELP))


def _choice(seen: Visit, text: Text, rows: int, code: str, chosen: str | None) -> Component:
    here = (chosen or "") == code
    return dmc.Anchor(
        [seen.say(text), html.Span(count(rows))],
        href=f"{ROOT}data/quarantine" + (f"?reason={code}" if code else ""),
        className="reason",
        underline="never",
        refresh=False,
        **({"aria-current": "true"} if here else {}),
    )


def _chosen(seen: Visit) -> str | None:
    return seen.query.get("reason") or None


def callbacks(dashboard: Any, desk: Desk) -> None:
    """Rows on demand."""

    @dashboard.callback(
        Output(GRID, "getRowsResponse"),
        Output(f"{GRID}-count", "children"),
        Input(GRID, "getRowsRequest"),
        prevent_initial_call=True,
    )
    def block(request: dict[str, Any] | None) -> Any:
        seen = visit(desk)
        seen.principal.require(Permission.DATA)
        start = (request or {}).get("startRow") or 0
        found = refused_rows(store=desk.store, reason=_chosen(seen), start=start, rows=BLOCK_ROWS)
        rows = cells(seen, worded(seen, found.rows), COLUMNS)
        return {"rowData": rows, "rowCount": found.total}, how_many(seen, found.total, found.total)


def worded(seen: Visit, rows: pl.DataFrame) -> pl.DataFrame:
    """Refused rows with reason and remedy in words, and the value at fault on its own."""
    originals = [_parsed(text) for text in rows["original"]]
    values = [
        original.get(field) if field else None
        for original, field in zip(originals, rows["field"], strict=True)
    ]
    words = {
        kind: {code: seen.say(text) for code, text in WORDS[kind].items()} for kind in ("reason", "remedy")
    }
    return rows.with_columns(
        reason=pl.col("reason").replace(words["reason"]),
        remedy=pl.col("reason").replace(words["remedy"]),
        found=pl.Series([None if value is None else str(value) for value in values], dtype=pl.String),
        received=pl.Series([moment(seen, at) for at in rows.get_column("recorded_at")], dtype=pl.String)
        if "recorded_at" in rows.columns
        else pl.lit(""),
        source=pl.Series(
            [short_place(each, seen.desk.workspace.folder) for each in rows["source"]], dtype=pl.String
        )
        if "source" in rows.columns
        else pl.lit(""),
        original=pl.Series([_told(each) for each in originals], dtype=pl.String),
    )


def _parsed(text: str) -> dict[str, Any]:
    found = json.loads(text)
    return found if isinstance(found, dict) else {"line": text}


def _told(original: dict[str, Any]) -> str:
    """The row as it came, column by column."""
    if set(original) == {"line"}:
        return str(original["line"])
    return " · ".join(f"{name}: {'' if value is None else value}" for name, value in original.items())
