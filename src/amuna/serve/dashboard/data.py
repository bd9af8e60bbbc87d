"""The page of data: what comes in, what was refused, what is missing, what was corrected; and a file to hand in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dash_mantine_components as dmc
from dash import html

from amuna.access.roles import Permission
from amuna.domain.text import Text
from amuna.serve.dashboard import data_changes, data_feeds, data_gaps, data_refused, data_upload
from amuna.serve.dashboard.page import Component, Page, Visit
from amuna.serve.dashboard.parts import stack
from amuna.serve.dashboard.visits import ROOT
from amuna.serve.desk import Desk

_SECTIONS: tuple[tuple[str, Text, Callable[[Visit], Component], Permission], ...] = (
    ("", Text("Fuentes", "Feeds"), data_feeds.layout, Permission.DATA),
    ("quarantine", Text("Cuarentena", "Quarantine"), data_refused.layout, Permission.DATA),
    ("gaps", Text("Días sin dato", "Gaps"), data_gaps.layout, Permission.DATA),
    ("changes", Text("Correcciones", "Corrections"), data_changes.layout, Permission.DATA),
    ("upload", Text("Subir un archivo", "Upload a file"), data_upload.layout, Permission.INGEST),
)
_PARTS = Text("Partes de la página de datos", "Parts of the data page")


def layout(seen: Visit) -> Component:
    """The part that the address names, the feeds where it names none, and the way to the others."""
    name = seen.rest[0] if seen.rest else ""
    mine = [each for each in _SECTIONS if seen.principal.may(each[3])]
    shown = next((each for each in mine if each[0] == name), mine[0])
    ways = [
        dmc.Anchor(
            seen.say(title),
            href=f"{ROOT}data/{place}".rstrip("/"),
            className="data-tab",
            underline="never",
            refresh=False,
            **({"aria-current": "page"} if place == shown[0] else {}),
        )
        for place, title, _, _ in mine
    ]
    return stack(html.Nav(ways, className="data-tabs", **{"aria-label": seen.say(_PARTS)}), shown[2](seen))


def callbacks(dashboard: Any, desk: Desk) -> None:
    """Those of all parts."""
    for part in (data_refused, data_changes, data_upload):
        part.callbacks(dashboard, desk)


PAGE = Page(
    name="data",
    title=Text("Datos", "Data"),
    permission=Permission.DATA,
    layout=layout,
    callbacks=callbacks,
    icon='<ellipse cx="12" cy="6" rx="7.500" ry="2.800"/><path d="M4.500 6v12c0 1.500 3.400 2.800 7.500 2.800s7.500-1.300 7.500-2.800V6M4.500 12c0 1.500 3.400 2.800 7.500 2.800s7.500-1.300 7.500-2.800"/>',
    views=("data/quarantine", "data/gaps", "data/changes"),
)
