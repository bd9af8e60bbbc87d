"""The page of demand: of all, a zone, a segment or one account; its past, its future, and how sure that is.

Who may see the inflow of zones alone, as a field crew, finds these.
"""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Input, Output, State, html

from amuna.access.roles import Permission
from amuna.domain.errors import NotFound
from amuna.domain.text import Text
from amuna.serve.dashboard import (
    demand_compare,
    demand_history,
    demand_proof,
    demand_season,
    demand_weather,
    zones,
    zones_plan,
)
from amuna.serve.dashboard.choices import choices, download
from amuna.serve.dashboard.demand_choice import PATH, SEES, Choice, choice, permitted, query_of
from amuna.serve.dashboard.demand_export import register_export
from amuna.serve.dashboard.demand_facts import whole
from amuna.serve.dashboard.demand_words import SEES_WORDS, part_words
from amuna.serve.dashboard.page import Component, Page, Visit
from amuna.serve.dashboard.parts import empty, notice
from amuna.serve.dashboard.zones_facts import all_zones
from amuna.serve.dashboard.zones_map import title as zone_title
from amuna.serve.desk import Desk
from amuna.workflows.views.demand import Part

_VIEWS = {
    "history": demand_history.layout,
    "zones": zones.layout,
    "proof": demand_proof.layout,
    "season": demand_season.layout,
    "weather": demand_weather.layout,
    "compare": demand_compare.layout,
}
_OF = Text("Demanda de", "Demand of")
_ACCOUNT = Text("Una cuenta", "One account")
_ACCOUNT_HINT = Text("Código y Enter", "Code and Enter")
_VIEW = Text("Qué ver", "What to see")
_FILE = Text("Descargar lo que se ve (CSV)", "Download what is shown (CSV)")
_ZONES = Text("Zonas", "Zones")
_ZONE = Text("Zona", "Zone")
_ALL_ZONES = Text("Todas las zonas", "All zones")
_SEGMENTS = Text("Segmentos", "Segments")
_NOTHING = Text(
    "Todavía no hay consumos. Cargue un archivo en Datos, o con: amuna ingest ARCHIVO.",
    "There is no consumption yet. Load a file under Data, or with: amuna ingest FILE.",
)
_UNKNOWN = Text(
    "No hay datos de {part}, o no está entre lo que usted puede ver. Elija otra demanda arriba.",
    "There are no data of {part}, or it is not among what you may see. Choose another demand above.",
)


def layout(visit: Visit) -> Component:
    """The whole page."""
    chosen = permitted(choice(visit.query), visit.principal)
    if chosen.see != "zones" and whole(visit).cutoff is None:
        return html.Div([_tabs(visit, chosen), empty(visit, _NOTHING)])
    try:
        body = _VIEWS[chosen.see](visit, chosen)
    except NotFound:
        body = notice(visit, "warn", visit.say(_UNKNOWN, part=part_words(chosen.part)))
    tabs = [_tabs(visit, chosen)] if visit.principal.may(Permission.DEMAND) else []
    return html.Div([_choose(visit, chosen), *tabs, body])


def _choose(visit: Visit, chosen: Choice) -> Component:
    account = chosen.part.name if chosen.part.kind == "account" else ""
    if chosen.see == "zones":
        return _choose_zone(visit, chosen)
    part = dmc.Select(
        id="demand-of",
        label=visit.say(_OF),
        value=None if account else chosen.of,
        data=_parts(visit),
        searchable=True,
        allowDeselect=False,
        placeholder=visit.say(part_words(chosen.part)) if account else None,
        w=250,
        className="field",
        maxDropdownHeight=320,
    )
    one = dmc.TextInput(
        id="demand-account",
        label=visit.say(_ACCOUNT),
        value=account,
        placeholder=visit.say(_ACCOUNT_HINT),
        w=180,
        className="field",
    )
    query = query_of(chosen)
    file = download(visit, _FILE, f"{PATH}.csv?{query}" if query else f"{PATH}.csv")
    return html.Div([part, one, html.Span(className="room"), file], className="toolbar whole")


def _choose_zone(visit: Visit, chosen: Choice) -> Component:
    """All or one of the zones whose inflow is known, and the file of what is shown."""
    names = {f"zone:{row['zone_id']}": zone_title(row) for row in all_zones(visit).to_dicts()}
    options = names if len(names) == 1 else {"all": visit.say(_ALL_ZONES), **names}
    part = dmc.Select(
        id="demand-of",
        label=visit.say(_ZONE),
        value=chosen.of if chosen.of in names else next(iter(options)),
        data=[{"value": of, "label": name} for of, name in options.items()],
        searchable=True,
        allowDeselect=False,
        w=300,
        className="field",
        maxDropdownHeight=320,
    )
    file = download(visit, _FILE, f"{PATH}.csv?{query_of(chosen)}")
    return html.Div([part, html.Span(className="room"), file], className="toolbar whole")


def _parts(visit: Visit) -> list[dict[str, Any]]:
    found = whole(visit)
    groups = [
        {
            "group": visit.say(title),
            "items": [
                {"value": f"{kind}:{name}", "label": visit.say(part_words(Part(kind, name)))}
                for name in found.names(kind)
            ],
        }
        for kind, title in (("segment", _SEGMENTS), ("zone", _ZONES))
    ]
    return [{"value": "all", "label": visit.say(part_words(Part()))}, *groups]


def _tabs(visit: Visit, chosen: Choice) -> Component:
    options = [(SEES_WORDS[see], chosen.href(see=see), see == chosen.see) for see in SEES]
    return choices(visit, _VIEW, options, tabs=True)


def callbacks(dashboard: Any, desk: Desk) -> None:
    """What is chosen becomes the address; the file of what is shown."""
    address, search = Output("address", "search", allow_duplicate=True), State("address", "search")
    for function, inputs in (
        ("of", [Input("demand-of", "value")]),
        ("account", [Input("demand-account", "n_submit"), State("demand-account", "value")]),
        (
            "periods",
            [
                Input("demand-periods", "n_clicks"),
                *(State(f"demand-{end}", "value") for end in ("a1", "a2", "b1", "b2")),
            ],
        ),
    ):
        dashboard.clientside_callback(
            ClientsideFunction("amunaDemand", function),
            address,
            *inputs,
            search,
            prevent_initial_call=True,
        )
    register_export(dashboard.server, desk)
    zones_plan.register(dashboard, desk)


PAGE = Page(
    name="demand",
    title=Text("Demanda", "Demand"),
    permission=Permission.ZONES,
    layout=layout,
    callbacks=callbacks,
    icon='<path d="M3 19h18M4 15l4.500-5 4 3L20 5.500"/>',
    views=("demand?see=zones", "demand?see=proof", "demand?see=season", "demand?see=compare"),
)
