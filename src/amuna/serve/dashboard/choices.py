"""Choices whose every state is an address: groups of links, of which one is where the visitor stands."""

from __future__ import annotations

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard.page import Component, Visit

Words = Text | str


def choices(
    visit: Visit, label: Words, options: Sequence[tuple[Words, str, bool]], *, tabs: bool = False
) -> Component:
    """Links side by side; each has its words, its address, and whether it is the present one.

    Parameters
    ----------
    label
        What is chosen, for who hears it.
    tabs
        Whether they divide the page, and so are drawn as its tabs.
    """
    links = [
        dmc.Anchor(
            visit.say(words),
            href=href,
            refresh=False,
            unstyled=True,
            className="way here" if here else "way",
            **({"aria-current": "true"} if here else {}),
        )
        for words, href, here in options
    ]
    return html.Nav(links, className="ways tabs" if tabs else "ways", **{"aria-label": visit.say(label)})


def toolbar(*children: Component) -> Component:
    """Choices and buttons in a row that wraps."""
    return html.Div(list(children), className="toolbar")


def download(visit: Visit, words: Words, href: str) -> Component:
    """A link that saves a file."""
    return html.A(visit.say(words), href=href, className="file", download="")
