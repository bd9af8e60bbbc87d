"""The frame around every page: header, navigation, banners, and what is said where a page cannot be shown."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import dash_mantine_components as dmc
from dash import dcc, html
from flask import request

from amuna.access.roles import Principal
from amuna.access.secrets import form_key
from amuna.domain.errors import AmunaError
from amuna.domain.text import Text
from amuna.serve.auth.cookies import FORM_KEY, SESSION
from amuna.serve.dashboard.banners import banners, data_until
from amuna.serve.dashboard.page import Component, Page, Visit
from amuna.serve.dashboard.pages import PAGES, page_of
from amuna.serve.dashboard.parts import icon, link, popover
from amuna.serve.dashboard.troubles import trouble
from amuna.serve.dashboard.visits import ROOT

_SUN = '<circle cx="12" cy="12" r="4"/><path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4"/>'
_MOON = '<path d="M20 14.5A8 8 0 1 1 9.5 4a6.5 6.5 0 0 0 10.5 10.5Z"/>'
_PERSON = '<circle cx="12" cy="8" r="3.5"/><path d="M5 20c.8-4 3.600-6 7-6s6.200 2 7 6"/>'
_SKIP = Text("Ir al contenido", "Skip to the content")
_PAGES = Text("Páginas", "Pages")
_MENU = Text("Abrir o cerrar el menú", "Open or close the menu")
_COLOURS = Text("Cambiar entre claro y oscuro", "Switch between light and dark")
_LANGUAGE = Text("Idioma", "Language")
_SIGN_OUT = Text("Cerrar sesión", "Sign out")
_ACCOUNT = Text("Su cuenta", "Your account")
_NOT_YOURS = Text("Esta página no es para su rol", "This page is not for your role")
_NOT_YOURS_WHY = Text(
    "“{page}” no está entre las páginas de su rol. Si la necesita, pídala a un administrador.",
    "“{page}” is not among the pages of your role. If you need it, ask an administrator.",
)
_NO_PAGE = Text("Esta página no existe", "There is no such page")
_NO_PAGE_WHY = Text(
    "Revise la dirección, o elija una página del menú.", "Check the address, or choose a page from the menu."
)
FAILED = Text("No se pudo mostrar esta página", "This page could not be shown")
_BACK = Text("Ir a {page}", "Go to {page}")

THEME = {
    "primaryColor": "water",
    "primaryShade": 7,
    "fontFamily": 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Ubuntu, sans-serif',
    "defaultRadius": "sm",
    "colors": {
        "water": [
            "#e8f3fa",
            "#d0e6f4",
            "#a3cdea",
            "#72b2df",
            "#4b9cd4",
            "#2f8bcb",
            "#1a7fc0",
            "#0072b2",
            "#005f97",
            "#004d7c",
        ]
    },
}
NAVBAR = {"width": 208, "breakpoint": "sm", "collapsed": {"mobile": True}}


def pages_for(principal: Principal) -> list[Page]:
    """The pages that someone may open."""
    return [page for page in PAGES if principal.may(page.permission)]


def frame(visit: Visit, name: str, *, path: str) -> Component:
    """The whole of what the browser shows at a path."""
    body, shown = content(visit, name, path=path)
    return dmc.MantineProvider(
        [
            dcc.Location(id="address", refresh="callback-nav"),
            dcc.Store(id="shown", data=shown),
            html.A(visit.say(_SKIP), href="#main", className="skip"),
            dmc.AppShell(
                [
                    dmc.AppShellHeader(_header(visit, path)),
                    dmc.AppShellNavbar(_navigation(visit), id="navbar"),
                    dmc.AppShellMain(
                        html.Div(body, id="page", className="page"),
                        id="main",
                        tabIndex=-1,
                    ),
                ],
                id="shell",
                header={"height": 56},
                navbar=NAVBAR,
                padding="lg",
            ),
            html.Div(id="trouble"),
        ],
        theme=THEME,
        defaultColorScheme="auto",
    )


def content(
    visit: Visit, name: str, *, path: str, moved: bool = False
) -> tuple[list[Component], dict[str, Any]]:
    """What stands in the middle: banners, the page's name, the page; and what the browser should know of it."""
    utility = visit.desk.workspace.settings.utility_name
    if not name:
        return [], {"path": path, "title": utility, "moved": moved}
    title, body = _page(visit, page_of(name))
    head = html.Div(html.H1(title), className="top")
    shown = {"path": path, "title": f"{title} · {utility}", "moved": moved}
    return [html.Div(banners(visit), className="banners"), head, body], shown


def _page(visit: Visit, page: Page | None) -> tuple[str, Component]:
    if page is None:
        return visit.say(_NO_PAGE), _lost(visit, visit.say(_NO_PAGE_WHY))
    if not visit.principal.may(page.permission):
        return visit.say(_NOT_YOURS), _lost(visit, visit.say(_NOT_YOURS_WHY, page=page.title))
    try:
        return visit.say(page.title), page.layout(visit)
    except AmunaError as error:
        return visit.say(FAILED), _lost(visit, visit.say(trouble(error)))
    except Exception as error:  # noqa: BLE001 - a page that fails is told about, and logged, here
        return visit.say(FAILED), _lost(visit, visit.say(trouble(error)))


def _lost(visit: Visit, why: str) -> Component:
    ways = [
        html.P(link(visit, visit.say(_BACK, page=page.title), f"{ROOT}{page.name}"))
        for page in pages_for(visit.principal)[:1]
    ]
    return html.Div([html.P(why), *ways], className="lost")


def _header(visit: Visit, path: str) -> Component:
    return html.Div(
        [
            dmc.Burger(
                id="menu", opened=False, hiddenFrom="sm", size="sm", **{"aria-label": visit.say(_MENU)}
            ),
            dcc.Link(visit.desk.workspace.settings.utility_name, href=_home(visit), className="brand"),
            html.Span(data_until(visit), className="until", id="until"),
            html.Span(className="room"),
            _languages(visit, path),
            dmc.ColorSchemeToggle(
                lightIcon=icon(_SUN),
                darkIcon=icon(_MOON),
                variant="subtle",
                color="gray",
                **{"aria-label": visit.say(_COLOURS)},
            ),
            _person(visit),
        ],
        className="head",
    )


def _home(visit: Visit) -> str:
    return next((f"{ROOT}{page.name}" for page in pages_for(visit.principal)), ROOT)


def _languages(visit: Visit, path: str) -> Component:
    names = {"es": ("ES", "Español"), "en": ("EN", "English")}
    return html.Div(
        [
            html.A(
                short,
                href=f"/language/{code}?next={quote(path)}",
                lang=code,
                title=name,
                **{"data-language": code, "aria-current": str(code == visit.language).lower()},
            )
            for code, (short, name) in names.items()
        ],
        className="languages",
        role="group",
        **{"aria-label": visit.say(_LANGUAGE)},
    )


def _person(visit: Visit) -> Component:
    button = html.Button(
        [icon(_PERSON), html.Span(visit.principal.name, className="person-name")],
        type="button",
        className="plain person",
        **{"aria-label": f"{visit.say(_ACCOUNT)}: {visit.principal.name}", "aria-haspopup": "dialog"},
    )
    sign_out = html.Form(
        [
            dcc.Input(type="hidden", name=FORM_KEY, value=form_key(request.cookies.get(SESSION, ""))),
            html.Button(visit.say(_SIGN_OUT), type="submit", className="plain menu-item"),
        ],
        action="/sign-out",
        method="POST",
    )
    return popover(
        button, html.Div(visit.principal.user_id, className="quiet"), sign_out, position="bottom-end"
    )


def _navigation(visit: Visit) -> Component:
    links = [
        dmc.NavLink(
            label=visit.say(page.title),
            href=f"{ROOT}{page.name}",
            leftSection=icon(page.icon) if page.icon else None,
            active="partial",
        )
        for page in pages_for(visit.principal)
    ]
    return html.Nav(links, className="pages", **{"aria-label": visit.say(_PAGES)})
