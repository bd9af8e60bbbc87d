"""The dashboard, attached to the web application."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import quote

import dash
import dash_mantine_components as dmc
from dash import ClientsideFunction, Input, Output, State, no_update, set_props
from flask import Flask, g, redirect, request
from flask.typing import ResponseReturnValue

from amuna.domain.text import Text
from amuna.serve.auth.headers import allow_scripts
from amuna.serve.auth.language import language
from amuna.serve.dashboard.page import Component
from amuna.serve.dashboard.pages import PAGES
from amuna.serve.dashboard.shell import content, frame, pages_for
from amuna.serve.dashboard.troubles import trouble
from amuna.serve.dashboard.visits import ROOT, address, visit, visit_to
from amuna.serve.desk import Desk

SIGN_IN = "/sign-in"
_CLOSE = Text("Cerrar el aviso", "Close the notice")
_TOLD_MS = 12_000
_OPEN = ("assets/", "_dash-component-suites/", "_favicon.ico")
_INDEX = """<!DOCTYPE html>
<html lang="{lang}">
  <head>
    {metas}
    <title>{title}</title>
    {favicon}
    <link rel="preload" href="{root}_dash-layout" as="fetch" crossorigin="anonymous">
    <link rel="preload" href="{root}_dash-dependencies" as="fetch" crossorigin="anonymous">
    <script src="{root}assets/theme.js"></script>
    {css}
  </head>
  <body>
    {app_entry}
    <footer>{config}{scripts}{renderer}</footer>
  </body>
</html>"""


class Dashboard(dash.Dash):  # type: ignore[misc] # Dash has no types
    """Dash with our page around it: its language is said, its colours are chosen before anything is painted."""

    def interpolate_index(self, **parts: str) -> str:
        """The first answer, as HTML."""
        return _INDEX.format(**{**parts, "title": escape(self.title), "lang": language(), "root": ROOT})


def register_dashboard(app: Flask, desk: Desk) -> None:
    """Serve the pages under /app/."""
    _guard(app)
    dashboard = Dashboard(
        __name__,
        server=app,
        routes_pathname_prefix=ROOT,
        requests_pathname_prefix=ROOT,
        assets_ignore="theme.js",
        serve_locally=True,
        suppress_callback_exceptions=True,
        title=desk.workspace.settings.utility_name,
        update_title="",
        add_log_handler=False,
        on_error=lambda error: _tell(desk, error),
    )
    dashboard.layout = lambda: _first(desk)
    _navigate(dashboard, desk)
    for page in PAGES:
        if page.callbacks is not None:
            page.callbacks(dashboard, desk)
    allow_scripts(app, dashboard.csp_hashes())
    _know_scripts(app, dashboard)


def _know_scripts(app: Flask, dashboard: Any) -> None:
    """Dash serves the scripts that a first answer named: a browser may still hold one of the process before this."""
    with app.test_request_context(ROOT):
        dashboard.index()


def _guard(app: Flask) -> None:
    """Nobody sees the dashboard unsigned: people are sent to sign in, programs are told so."""

    @app.before_request
    def guard() -> ResponseReturnValue | None:
        if request.path != ROOT.rstrip("/") and not request.path.startswith(ROOT):
            return None
        rest = request.path[len(ROOT) :]
        if rest.startswith(_OPEN):
            return None
        principal = g.get("principal")
        if principal is None:
            if rest.startswith("_"):
                return {"title": "Nobody is signed in.", "status": 401}, 401
            return redirect(f"{SIGN_IN}?next={quote(request.full_path.rstrip('?'))}")
        if not rest:
            pages = pages_for(principal)
            return redirect(f"{ROOT}{pages[0].name}") if pages else None
        return None


def _first(desk: Desk) -> Component:
    """The page that the browser asks for, whole, in the first answer; Dash looks once before anyone is signed in."""
    if "principal" not in g:
        return dash.html.Div()
    path, query = address() or (ROOT, "")
    name, seen = visit_to(desk, path, query)
    return frame(seen, name, path=_place(path, query))


def _navigate(dashboard: Any, desk: Desk) -> None:
    """From page to page without loading anew."""

    @dashboard.callback(
        Output("page", "children"),
        Output("shown", "data"),
        Input("address", "pathname"),
        Input("address", "search"),
        State("shown", "data"),
    )
    def move(path: str, query: str, shown: dict[str, Any]) -> Any:
        if _place(path, query) == shown["path"]:
            return no_update, no_update
        name, seen = visit_to(desk, path, query or "")
        elsewhere = path != shown["path"].partition("?")[0]
        return content(seen, name, path=_place(path, query), moved=elsewhere)

    dashboard.clientside_callback(
        ClientsideFunction("amuna", "titled"), Output("shown", "modified_timestamp"), Input("shown", "data")
    )
    dashboard.clientside_callback(
        ClientsideFunction("amuna", "menu"),
        Output("shell", "navbar"),
        Output("menu", "opened"),
        Input("menu", "opened"),
        Input("address", "pathname"),
        State("shell", "navbar"),
        prevent_initial_call=True,
    )


def _place(path: str, query: str | None) -> str:
    found = (query or "").removeprefix("?")
    return f"{path}?{found}" if found else path


def _tell(desk: Desk, error: Exception) -> None:
    """Say in the page what went wrong in a callback."""
    seen = visit(desk)
    told = dmc.Alert(
        seen.say(trouble(error)),
        color="orange",
        variant="filled",
        withCloseButton=True,
        closeButtonLabel=seen.say(_CLOSE),
        duration=_TOLD_MS,
    )
    set_props("trouble", {"children": told})
