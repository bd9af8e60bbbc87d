"""Uploading a file: first what would come of it, then, once a person says so, the ingest of exactly that file."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Input, Output, State, dcc, html, no_update

from amuna import wiring
from amuna.access.roles import Permission
from amuna.domain.errors import AmunaError
from amuna.domain.text import Text
from amuna.serve import uploads
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import card, notice, stack
from amuna.serve.dashboard.upload_preview import done, previewed
from amuna.serve.dashboard.upload_troubles import TOO_LARGE, upload_trouble
from amuna.serve.dashboard.visits import visit
from amuna.serve.desk import Desk
from amuna.workflows.ingest import ingest
from amuna.workflows.views.preview import preview

_TITLE = Text("Subir un archivo", "Upload a file")
_HELP = Text(
    "Primero se muestra qué entraría y qué no, sin guardar nada. Después usted decide.",
    "First you see what would enter and what would not, with nothing kept. Then you decide.",
)
_DROP = Text("Elija un archivo o suéltelo aquí", "Choose a file or drop it here")
_KINDS = Text(
    "CSV (también .gz), Excel o Parquet, hasta {mb} MB. Nada se guarda todavía.",
    "CSV (.gz too), Excel or Parquet, up to {mb} MB. Nothing is kept yet.",
)
_EXPECTED = Text(
    "Columnas que se reconocen solas: ConsumptionDate, AccountOID, Consumption (en litros) · suministro, fecha, consumo_m3 · "
    "account_id, day, consumption_m3 · account_id, observed_at, reading_m3 · account_id, segment, zone_id.",
    "Columns that are recognised: ConsumptionDate, AccountOID, Consumption (in litres) · suministro, fecha, consumo_m3 · "
    "account_id, day, consumption_m3 · account_id, observed_at, reading_m3 · account_id, segment, zone_id.",
)
_MAP = Text("Qué significan las columnas", "What the columns mean")
_BY_NAME = Text("Reconocer por sus nombres", "Recognise by their names")
_GONE = Text(
    "El archivo ya no está: espera un día como mucho. Súbalo de nuevo.",
    "The file is no longer there: it waits for a day at most. Upload it again.",
)
_DROPPED = Text(
    "El archivo se descartó; no se guardó nada de él.", "The file was discarded; nothing of it was kept."
)


def layout(seen: Visit) -> Component:
    """A place for the file, and one for what would come of it."""
    limit = seen.desk.workspace.settings.serve_upload_mb
    drop = dcc.Upload(
        html.Span(
            [html.Strong(seen.say(_DROP)), html.Span(seen.say(_KINDS, mb=str(limit)), className="quiet")],
            className="drop",
        ),
        id="upload-file",
        className_active="active",
        style_active={},
    )
    maps = list(seen.desk.workspace.settings.feeds)
    choice = dmc.Select(
        id="upload-map",
        label=seen.say(_MAP),
        data=[{"value": "", "label": seen.say(_BY_NAME)}, *({"value": name, "label": name} for name in maps)],
        value="",
        allowDeselect=False,
        maw=340,
        display="block" if maps else "none",
    )
    body = stack(
        choice,
        html.Div(drop, **{"aria-label": seen.say(_DROP)}),
        html.P(seen.say(_EXPECTED), className="quiet"),
        dcc.Store(id="upload-limit", data=limit),
        dcc.Store(id="upload-ready"),
        dcc.Store(id="upload-token"),
    )
    waiting = dcc.Loading(
        html.Div(id="upload-found"),
        type="dot",
        color="var(--accent)",
        delay_show=200,
        target_components={"upload-found": "children"},
    )
    return stack(card(seen, _TITLE, body, help=_HELP), waiting)


def callbacks(dashboard: Any, desk: Desk) -> None:
    """The file's way: looked at in the browser for its size, previewed, and taken in or discarded."""
    dashboard.clientside_callback(
        ClientsideFunction("amunaGrids", "labelled"),
        Output("upload-limit", "modified_timestamp"),
        Input("upload-limit", "data"),
    )
    dashboard.clientside_callback(
        ClientsideFunction("amunaGrids", "sized"),
        Output("upload-ready", "data"),
        Output("upload-file", "contents"),
        Input("upload-file", "contents"),
        State("upload-file", "filename"),
        State("upload-limit", "data"),
        prevent_initial_call=True,
    )
    _previewing(dashboard, desk)
    _deciding(dashboard, desk)


def _previewing(dashboard: Any, desk: Desk) -> None:
    """A file that came is looked at."""

    @dashboard.callback(
        Output("upload-found", "children"),
        Output("upload-token", "data"),
        Input("upload-ready", "data"),
        State("upload-map", "value"),
        State("upload-token", "data"),
        prevent_initial_call=True,
    )
    def look(ready: dict[str, Any] | None, feed: str, before: dict[str, str] | None) -> Any:
        if not ready:
            return no_update, no_update
        seen = _operator(desk)
        _discard(desk, before)
        limit = desk.workspace.settings.serve_upload_mb
        try:
            content = base64.b64decode(ready.get("content") or "", validate=True)
        except binascii.Error:
            content = b""
        if ready.get("large") or len(content) > limit * 2**20:
            return notice(seen, "warn", TOO_LARGE.fill(mb=str(limit))), None
        path = uploads.keep(desk.workspace.folder, str(ready.get("name") or ""), content)
        found, token = _looked_at(seen, path, feed)
        return stack(html.P(str(ready.get("name") or ""), className="file-name"), found), token


def _deciding(dashboard: Any, desk: Desk) -> None:
    """The file that was looked at is taken in, or discarded."""

    @dashboard.callback(
        Output("upload-found", "children", allow_duplicate=True),
        Output("upload-token", "data", allow_duplicate=True),
        Input("upload-take", "n_clicks"),
        State("upload-token", "data"),
        prevent_initial_call=True,
        running=[(Output("upload-take", "disabled"), True, False)],
    )
    def take(clicks: int | None, token: dict[str, str] | None) -> Any:
        if not clicks or not token:
            return no_update, no_update
        seen = _operator(desk)
        return _taken_in(seen, token), None

    @dashboard.callback(
        Output("upload-found", "children", allow_duplicate=True),
        Output("upload-token", "data", allow_duplicate=True),
        Input("upload-drop", "n_clicks"),
        State("upload-token", "data"),
        prevent_initial_call=True,
    )
    def drop(clicks: int | None, token: dict[str, str] | None) -> Any:
        if not clicks or not token:
            return no_update, no_update
        seen = _operator(desk)
        _discard(desk, token)
        return notice(seen, "info", _DROPPED), None


def _operator(desk: Desk) -> Visit:
    seen = visit(desk)
    seen.principal.require(Permission.INGEST)
    return seen


def _discard(desk: Desk, token: dict[str, str] | None) -> None:
    path = uploads.waiting(desk.workspace.folder, token["file"]) if token else None
    if path is not None:
        uploads.discard(path)


def _looked_at(seen: Visit, path: Path, feed: str) -> tuple[Component, dict[str, str] | None]:
    """The preview, and the token of the file that waits; a file that cannot be read does not wait."""
    workspace = seen.desk.workspace
    try:
        source = _source(workspace, path, feed)
        found = preview(
            source.feed,
            source.feed_map,
            store=seen.desk.store,
            rules=wiring.rules(workspace.settings),
            now=seen.desk.now(),
            min_coverage=workspace.settings.ingest_min_coverage,
        )
    except AmunaError as error:
        uploads.discard(path)
        return notice(seen, "bad", upload_trouble(error)), None
    if found.known_since is not None:
        uploads.discard(path)
        return previewed(seen, found), None
    return previewed(seen, found), {"file": path.name, "feed": feed}


def _taken_in(seen: Visit, token: dict[str, str]) -> Component:
    """The ingest of the file that was looked at, and what came of it."""
    workspace = seen.desk.workspace
    path = uploads.waiting(workspace.folder, token["file"])
    if path is None:
        return notice(seen, "warn", _GONE)
    try:
        source = _source(workspace, path, token["feed"])
        report = ingest(
            source.feed,
            source.feed_map,
            store=seen.desk.store,
            rules=wiring.rules(workspace.settings),
            now=seen.desk.now,
            min_coverage=workspace.settings.ingest_min_coverage,
        )
    except AmunaError as error:
        return notice(seen, "bad", upload_trouble(error))
    uploads.discard(path)
    seen.desk.took_in()
    return done(seen, report)


def _source(workspace: wiring.Workspace, path: Path, feed: str) -> wiring.Source:
    return wiring.feeds(workspace, [str(path)], feed=feed or None, query=None)[0]
