"""The page of accounts: all of them in a grid, and one of them whole."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
import polars as pl
from dash import ClientsideFunction, Input, Output, State, dcc, html

from amuna.access.roles import Permission
from amuna.domain.text import Text
from amuna.serve.dashboard import account, account_alarms
from amuna.serve.dashboard.grids import GridColumn, asked_for, grid, serve_rows
from amuna.serve.dashboard.page import Component, Page, Visit
from amuna.serve.dashboard.parts import card
from amuna.serve.dashboard.spreadsheets import as_csv
from amuna.serve.dashboard.visits import ROOT, visit
from amuna.serve.desk import Desk
from amuna.serve.report.numbers import change, day, scaled, share, volume
from amuna.serve.report.words import WORDS

GRID = "accounts-grid"
SEARCH = "accounts-search"
SEARCHED = ("account_id", "zone_id", "segment", "champion", "status")
LINK = f"{ROOT}accounts/"
FEW = 10  # accounts that are seen at a glance, without search and filters
_ALL = Text("Todas las cuentas", "All accounts")
_YOURS = Text("Sus cuentas", "Your accounts")
_FIND = Text("Buscar cuenta, zona, segmento o modelo", "Search account, zone, segment or model")
_CLEAR = Text("Quitar filtros", "Clear filters")
_EXPORT = Text("Descargar CSV", "Download CSV")
_EXPORT_WHAT = Text(
    "Descargar como CSV las filas filtradas, con su orden",
    "Download the filtered rows as CSV, in their order",
)
_HELP = Text(
    "Ordene con un clic en el título (con Mayús, por varias columnas) y filtre debajo de él. Flechas y Enter también sirven.",
    "Sort by a click on a heading (with Shift, by several columns) and filter below it. Arrows and Enter work too.",
)


def _signed(percent: float) -> str:
    return "0\u202f%" if abs(percent) < 0.5 else change(100 + percent, 100)


def _per_cent(percent: float) -> str:
    return share(percent / 100)


def _range(ends: dict[str, float]) -> str:
    return "–".join(volume(end) for end in ends.values())


COLUMNS = (
    GridColumn("account_id", Text("Cuenta", "Account"), width=118, link=LINK),
    GridColumn(
        "mean_m3",
        Text("Media de 28 días (m³/día)", "Mean of 28 days (m³/day)"),
        kind="number",
        show=volume,
        width=112,
    ),
    GridColumn(
        "change",
        Text("Cambio frente a los 28 anteriores (%)", "Change against the 28 before (%)"),
        kind="number",
        show=_signed,
        width=126,
    ),
    GridColumn(
        "expected_m3",
        Text("Próximo periodo (m³)", "Next period (m³)"),
        kind="number",
        show=volume,
        width=106,
        tip=Text(
            "Pronóstico del próximo periodo de facturación; la mitad de las veces el consumo queda por debajo.",
            "Forecast of the next billing period; half of the times the consumption stays below it.",
        ),
    ),
    GridColumn(
        "interval",
        Text("Intervalo del 80 % (m³)", "80 % interval (m³)"),
        kind="number",
        show=_range,
        width=120,
        plain=True,
        tip=Text("8 de cada 10 veces el consumo cae aquí.", "8 times of 10 the consumption falls in here."),
    ),
    GridColumn("open_alarms", Text("Alarmas abiertas", "Open alarms"), kind="number", width=92),
    GridColumn("segment", Text("Segmento", "Segment"), width=112),
    GridColumn("zone_id", Text("Zona", "Zone"), width=108),
    GridColumn(
        "quality",
        Text("Días buenos de 90 (%)", "Good days of 90 (%)"),
        kind="number",
        show=_per_cent,
        width=102,
        tip=Text(
            "Parte de los últimos 90 días con lectura completa.",
            "Share of the last 90 days with a whole reading.",
        ),
    ),
    GridColumn(
        "mase",
        Text("Error del modelo (MASE)", "Model's error (MASE)"),
        kind="number",
        show=scaled,
        width=104,
        tip=Text(
            "Error medio en la prueba, dividido entre la diferencia usual de una semana a otra: menos es mejor.",
            "Mean error in the test, over the usual difference from one week to the next: less is better.",
        ),
    ),
    GridColumn("last_day", Text("Último día", "Last day"), kind="date", show=day, width=150),
    GridColumn("champion", Text("Modelo", "Model"), width=190),
    GridColumn("status", Text("Estado del modelo", "Model's status"), width=150),
)


def layout(seen: Visit) -> Component:
    """All accounts, or the one that the address names."""
    if seen.rest:
        return account.layout(seen, "/".join(seen.rest))
    held = seen.principal.accounts or ()
    few, title = 0 < len(held) <= FEW, _ALL if seen.principal.accounts is None else _YOURS
    tools = html.Div(
        [
            dmc.TextInput(
                id=SEARCH,
                placeholder=seen.say(_FIND),
                debounce=150,
                className="grid-search",
                **{"aria-label": seen.say(_FIND)},
            ),
            dmc.Button(seen.say(_CLEAR), id="accounts-clear", variant="subtle"),
            dmc.Button(
                seen.say(_EXPORT),
                id="accounts-export",
                variant="default",
                **{"aria-label": seen.say(_EXPORT_WHAT)},
            ),
        ],
        className="grid-tools",
        hidden=few,
    )
    table = grid(
        seen,
        GRID,
        COLUMNS,
        label=title,
        height=f"{82 + 36 * len(held)}px" if few else "max(420px, calc(100dvh - 290px))",
        link=LINK,
        remembered=not few,
        filtered=not few,
    )
    return card(seen, title, tools, table, dcc.Download(id="accounts-file"), help=None if few else _HELP)


def callbacks(dashboard: Any, desk: Desk) -> None:
    """Rows on demand, search, and the file."""
    serve_rows(dashboard, desk, GRID, columns=COLUMNS, rows=shown_rows, search=SEARCH, searched=SEARCHED)
    dashboard.clientside_callback(
        ClientsideFunction("amunaGrids", "again"),
        Output(GRID, "className"),
        Input(SEARCH, "value"),
        State(GRID, "id"),
        prevent_initial_call=True,
    )

    dashboard.clientside_callback(
        ClientsideFunction("amunaGrids", "cleared"),
        Output(SEARCH, "value"),
        Input("accounts-clear", "n_clicks"),
        State(GRID, "id"),
        prevent_initial_call=True,
    )

    @dashboard.callback(
        Output("accounts-file", "data"),
        Input("accounts-export", "n_clicks"),
        State(GRID, "getRowsRequest"),
        State(SEARCH, "value"),
        prevent_initial_call=True,
    )
    def export(_clicks: int, request: dict[str, Any] | None, words: str) -> Any:
        seen = visit(desk)
        seen.principal.require(Permission.ACCOUNTS)
        rows = asked_for(shown_rows(seen), request, search=words or "", searched=SEARCHED)
        return dcc.send_bytes(csv(seen, rows), f"amuna-{seen.say(Text('cuentas', 'accounts'))}.csv")

    account_alarms.callbacks(dashboard, desk)


def shown_rows(seen: Visit) -> pl.DataFrame:
    """The accounts that the visitor may see, with words and per cents as they are shown, so that they are filtered by."""
    seen.principal.require(Permission.ACCOUNTS)
    whole = seen.desk.memo.kept(
        f"accounts page {seen.language}",
        lambda: _worded(account.all_rows(seen.desk), seen.language),
    )
    return seen.principal.only(whole)


def csv(seen: Visit, rows: pl.DataFrame) -> bytes:
    """The rows as a file that spreadsheets open, its headings name the units."""
    ends = {
        "low80_m3": Text("Intervalo del 80 %, desde (m³)", "80 % interval, from (m³)"),
        "high80_m3": Text("Intervalo del 80 %, hasta (m³)", "80 % interval, to (m³)"),
    }
    titles: dict[str, str] = {}
    for each in COLUMNS:
        named = ends if each.name == "interval" else {each.name: each.title}
        titles |= {name: seen.say(title) for name, title in named.items()}
    return as_csv(rows.select(list(titles)).rename(titles)).encode()


def _worded(rows: pl.DataFrame, language: str) -> pl.DataFrame:
    words = {
        name: {code: text.es if language == "es" else text.en for code, text in WORDS[kind].items()}
        for name, kind in (("segment", "segment"), ("champion", "model"), ("status", "status"))
    }
    return rows.with_columns(
        *(pl.col(name).replace(mapping) for name, mapping in words.items()),
        pl.col("change", "quality") * 100,
        interval=pl.when(pl.col("low80_m3").is_not_null()).then(pl.struct("low80_m3", "high80_m3")),
    )


PAGE = Page(
    name="accounts",
    title=Text("Cuentas", "Accounts"),
    permission=Permission.ACCOUNTS,
    layout=layout,
    callbacks=callbacks,
    icon='<path d="M4 6h16M4 12h16M4 18h16"/><path d="M9 3v18"/>',
)
