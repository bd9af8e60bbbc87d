"""Grids: long tables whose rows are sorted, filtered and searched on the server and come as they are scrolled to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import dash_ag_grid as dag
import polars as pl
from dash import Input, Output, State, html

from amuna.domain.text import Text
from amuna.serve.dashboard.grid_rows import matching, ordered
from amuna.serve.dashboard.grid_words import SPANISH
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.visits import visit
from amuna.serve.desk import Desk
from amuna.serve.report.numbers import NONE, count

BLOCK_ROWS = 100
_ROOM = 1_100  # pixels below which the columns are stretched over the whole width
_FILTERS = {"text": "agTextColumnFilter", "number": "agNumberColumnFilter", "date": "agDateColumnFilter"}
_THEME = (
    "themeQuartz.withParams({backgroundColor: 'var(--surface)', foregroundColor: 'var(--ink)',"
    " borderColor: 'var(--line)', headerBackgroundColor: 'var(--surface)', headerTextColor: 'var(--quiet)',"
    " accentColor: 'var(--accent)', oddRowBackgroundColor: 'var(--surface)', menuBackgroundColor: 'var(--surface)',"
    " rowHoverColor: 'var(--info-ground)', fontFamily: 'inherit', fontSize: 14, headerFontSize: 13,"
    " headerFontWeight: 500, spacing: 6, wrapperBorderRadius: 8, browserColorScheme: 'inherit'})"
)
_SHOWN = Text("{found} de {total} filas", "{found} of {total} rows")
_ALL = Text("{total} filas", "{total} rows")
_ONE = Text("1 fila", "1 row")


@dataclass(frozen=True)
class GridColumn:
    """A column of a grid.

    Parameters
    ----------
    name
        Column of the frame.
    title
        Its heading, with the unit.
    kind
        text, number or date: how it is filtered, and on which side it stands.
    show
        From a value that is known to what is shown.
    width
        In pixels.
    link
        Address that the value is put behind, as `/app/accounts/`.
    plain
        Whether it can neither be sorted nor filtered.
    tip
        What the heading means.
    """

    name: str
    title: Text
    kind: str = "text"
    show: Callable[[Any], Text | str] = str
    width: int = 110
    link: str = ""
    plain: bool = False
    tip: Text | None = None


def grid(
    seen: Visit,
    name: str,
    columns: Sequence[GridColumn],
    *,
    label: Text,
    height: str,
    link: str = "",
    remembered: bool = False,
    filtered: bool = True,
) -> Component:
    """A grid that asks `serve_rows` of the same name for its rows.

    Parameters
    ----------
    label
        What it holds, for who hears it.
    height
        As CSS writes it.
    link
        Address that a row opens, before the value of its first column; empty where rows open nothing.
    remembered
        Whether this browser keeps the columns' order, width and filters.
    filtered
        Whether filters stand under the headings.
    """
    opens = {"rowClicked": ["amunaOpen(params)"], "cellKeyDown": ["amunaOpen(params)"]} if link else {}
    body = dag.AgGrid(
        id=name,
        columnDefs=[
            _definition(seen, each, filtered=filtered, pinned=not at) for at, each in enumerate(columns)
        ],
        defaultColDef={
            "resizable": True,
            **({"flex": 1, "minWidth": 120} if sum(each.width for each in columns) < _ROOM else {}),
            "suppressHeaderMenuButton": True,
            "wrapHeaderText": True,
            "autoHeaderHeight": True,
        },
        rowModelType="infinite",
        dashGridOptions=_options(seen, link),
        eventListeners=opens,
        style={"height": height},
        className="amuna-grid links" if link else "amuna-grid",
        **(
            {"persistence": f"{name}-1", "persisted_props": ["columnState", "filterModel"]}
            if remembered
            else {}
        ),
    )
    told = html.P(id=f"{name}-count", className="quiet grid-count", role="status")
    return html.Div([told, html.Div(body, role="region", **{"aria-label": seen.say(label)})])


def _options(seen: Visit, link: str) -> dict[str, Any]:
    """What AG Grid is told besides its columns."""
    return {
        "theme": {"function": _THEME},
        "localeText": SPANISH if seen.language == "es" else {},
        "cacheBlockSize": BLOCK_ROWS,
        "maxBlocksInCache": 30,
        "blockLoadDebounceMillis": 20,
        "animateRows": False,
        "rowHeight": 36,
        "enableCellTextSelection": True,
        "enableBrowserTooltips": True,
        "suppressDragLeaveHidesColumns": True,
        "context": {"link": link},
    }


def serve_rows(
    dashboard: Any,
    desk: Desk,
    name: str,
    *,
    columns: Sequence[GridColumn],
    rows: Callable[[Visit], pl.DataFrame],
    search: str = "",
    searched: Sequence[str] = (),
) -> None:
    """Answer a grid: the block of rows it asks for, in its order, through its filters, and how many there are.

    Parameters
    ----------
    rows
        All rows that the visitor may see; asked for each block, so it must be quick.
    search
        Id of a field whose words are searched for in the columns `searched`; empty for none.
    """
    states = [State(search, "value")] if search else []

    @dashboard.callback(
        Output(name, "getRowsResponse"),
        Output(f"{name}-count", "children"),
        Input(name, "getRowsRequest"),
        *states,
        prevent_initial_call=True,
    )
    def block(request: dict[str, Any] | None, words: str = "") -> Any:
        seen = visit(desk)
        whole = rows(seen)
        found = asked_for(whole, request, search=words or "", searched=searched)
        start = (request or {}).get("startRow") or 0
        piece = found.slice(start, ((request or {}).get("endRow") or BLOCK_ROWS) - start)
        answer = {"rowData": cells(seen, piece, columns), "rowCount": len(found)}
        return answer, how_many(seen, len(found), len(whole))


def asked_for(
    whole: pl.DataFrame, request: dict[str, Any] | None, *, search: str, searched: Sequence[str]
) -> pl.DataFrame:
    """The rows of a grid's last request, all of its blocks."""
    asked = request or {}
    kept = matching(whole, asked.get("filterModel") or {}, search=search, searched=searched)
    return ordered(kept, asked.get("sortModel") or [])


def how_many(seen: Visit, found: int, total: int) -> str:
    """How many rows are shown, and of how many."""
    if found == total:
        return seen.say(_ONE) if total == 1 else seen.say(_ALL, total=count(total))
    return seen.say(_SHOWN, found=count(found), total=count(total))


def cells(seen: Visit, frame: pl.DataFrame, columns: Sequence[GridColumn]) -> list[dict[str, str]]:
    """The rows as they are shown, every value a text in the visitor's language."""
    shown = {
        each.name: [NONE if value is None else seen.say(each.show(value)) for value in frame[each.name]]
        for each in columns
    }
    return [dict(zip(shown, row, strict=True)) for row in zip(*shown.values(), strict=True)]


def _definition(seen: Visit, column: GridColumn, *, filtered: bool, pinned: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "field": column.name,
        "headerName": seen.say(column.title),
        "width": column.width,
        "sortable": not column.plain,
    }
    if filtered and not column.plain:
        found |= {
            "filter": _FILTERS[column.kind],
            "floatingFilter": True,
            "suppressFloatingFilterButton": False,
        }
        found["filterParams"] = {"debounceMs": 150, "inRangeInclusive": True, "maxNumConditions": 2}
        if column.kind == "number":
            found["filterParams"]["defaultOption"] = "greaterThanOrEqual"
    if column.kind == "number":
        found["type"] = "rightAligned"
    if column.kind == "text" and not column.link:
        found["tooltipField"] = column.name
    if column.link:
        found |= {"cellRenderer": "AmunaLink", "cellRendererParams": {"link": column.link}}
    if column.tip is not None:
        found["headerTooltip"] = seen.say(column.tip)
    return found | ({"pinned": "left", "lockPinned": True} if pinned else {})
