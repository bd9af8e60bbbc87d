"""The parts pages are made of: cards, numbers, tables, notices. Each says its texts in the visitor's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import dash_mantine_components as dmc
import polars as pl
from dash import dcc, html

from amuna.domain.text import Text
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.report.numbers import NONE

Words = Text | str

_INFO = '<circle cx="12" cy="12" r="9"/><path d="M12 11v5M12 7.5v.5"/>'
_WARN = '<path d="M12 3.5 22 20.5H2ZM12 10v5M12 17.5v.5"/>'
_GOOD = '<circle cx="12" cy="12" r="9"/><path d="m8 12.5 3 3 5.5-6.5"/>'
_ICONS = {"info": _INFO, "warn": _WARN, "bad": _WARN, "good": _GOOD}
_MORE = Text("Ver más", "See more")
_HELP = Text("Qué significa", "What it means")


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    name
        Column of the frame.
    title
        Its heading.
    show
        From a value to what is shown; None shows the value as it is.
    right
        Whether it is set to the right, as numbers are.
    minor
        Whether it is left out on a phone.
    """

    name: str
    title: Words
    show: Callable[[Any], Words | Component] | None = None
    right: bool = False
    minor: bool = False

    @property
    def style(self) -> str:
        """Its style class."""
        return " ".join(name for name, wanted in (("right", self.right), ("minor", self.minor)) if wanted)


def icon(paths: str) -> Component:
    """An icon from the body of a 24 x 24 SVG; decoration only."""
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='black'"
        f" stroke-width='1.8' stroke-linecap='round' stroke-linejoin='round'>{paths}</svg>"
    )
    return html.Span(
        className="icon",
        style={"--icon": f'url("data:image/svg+xml,{quote(svg)}")'},
        **{"aria-hidden": "true"},
    )


def card(
    visit: Visit,
    title: Words,
    *body: Component,
    help: Words | None = None,  # noqa: A002 - it is what the visitor sees
    href: str | None = None,
    more: Words = _MORE,
    span: int | None = None,
    id: str | None = None,  # noqa: A002 - Dash's name for it
) -> Component:
    """A titled box; `href` leads to where its content is explained, `span` makes it that many columns wide."""
    head = [html.H2(visit.say(title))]
    if help is not None:
        head.append(help_button(visit, help, about=title))
    if href is not None:
        heard = html.Span(f": {visit.say(title)}", className="hidden")
        head.append(dcc.Link([visit.say(more), heard], href=href, className="more"))
    named = {} if id is None else {"id": id}
    style = None if span is None else {"--span": span}
    return html.Section(
        [html.Header(head), *body], className="card" if span is None else "card wide", style=style, **named
    )


def number(
    visit: Visit,
    label: Words,
    value: str,
    *,
    unit: Words = "",
    note: Words | Component | None = None,
    interval: str | None = None,
    href: str | None = None,
) -> Component:
    """A number with its unit, its interval where it is a forecast, and a note; `href` leads to its explanation."""
    parts = [html.Span(visit.say(label), className="label")]
    shown = [value] if not visit.say(unit) else [value, "\u202f", html.Small(visit.say(unit))]
    parts.append(html.Span(shown, className="value"))
    if interval is not None:
        words = visit.say(Text("80 %: entre {interval}", "80 %: between {interval}"), interval=interval)
        parts.append(html.Span(words, className="note"))
    if note is not None:
        parts.append(html.Span(visit.say(note) if isinstance(note, str | Text) else note, className="note"))
    if href is None:
        return html.Div(parts, className="number")
    return dcc.Link(parts, href=href, className="number")


def between(visit: Visit, low: str, high: str) -> str:
    """The ends of an interval, as `number` says them."""
    return visit.say(Text("{low} y {high}", "{low} and {high}"), low=low, high=high)


def table(
    visit: Visit, frame: pl.DataFrame, columns: Sequence[Column], *, caption: Words, empty_text: Words = ""
) -> Component:
    """A small table; `caption` tells a screen reader what it holds."""
    if frame.is_empty():
        return empty(visit, empty_text or Text("No hay filas.", "There are no rows."))
    head = [html.Th(visit.say(each.title), className=each.style, scope="col") for each in columns]
    body = [html.Tr([_cell(visit, each, row[each.name]) for each in columns]) for row in frame.to_dicts()]
    rows = html.Table(
        [html.Caption(visit.say(caption), className="hidden"), html.Thead(html.Tr(head)), html.Tbody(body)],
        className="rows",
    )
    scrolled = {"tabIndex": 0, "role": "group", "aria-label": visit.say(caption)}
    return html.Div(rows, className="table-room", **scrolled)


def _cell(visit: Visit, column: Column, value: Any) -> Component:
    shown = column.show(value) if column.show is not None else NONE if value is None else str(value)
    text = visit.say(shown) if isinstance(shown, str | Text) else shown
    return html.Td(text, className=column.style)


def notice(visit: Visit, kind: str, text: Words | Component, *more: Component) -> Component:
    """A message that stands on the page; `kind` is info, good, warn or bad."""
    body = html.P(visit.say(text)) if isinstance(text, str | Text) else text
    return html.Div([icon(_ICONS[kind]), html.Div([body, *more])], className=f"notice {kind}", role="status")


def empty(visit: Visit, text: Words) -> Component:
    """What stands where there is nothing to show: why, and what to do."""
    return html.P(visit.say(text), className="empty")


def link(visit: Visit, text: Words, href: str) -> Component:
    """A way to another page of the dashboard, without loading it anew."""
    return dcc.Link(visit.say(text), href=href)


def grid(*children: Component, columns: int = 3, phone: int = 1) -> Component:
    """Boxes side by side; one under the other on a phone, or `phone` of them side by side."""
    return html.Div(list(children), className="grid", style={"--columns": columns, "--phone": phone})


def stack(*children: Component, gap: int = 14) -> Component:
    """Boxes one under the other, `gap` pixels apart."""
    return html.Div(list(children), className="stack", style={"--gap": f"{gap}px"})


def help_button(visit: Visit, text: Words, *, about: Words) -> Component:
    """A question mark that explains what stands next to it."""
    label = f"{visit.say(_HELP)}: {visit.say(about)}"
    target = html.Button(
        "?", className="help", type="button", **{"aria-label": label, "aria-haspopup": "dialog"}
    )
    said = html.Div(visit.say(text), className="helped", tabIndex=0)
    return popover(target, said, position="bottom", arrow=True)


def popover(target: Component, *shown: Component, position: str, arrow: bool = False) -> Component:
    """What a button shows over the page; the keyboard goes into it, and back to the button when it is closed.

    Mantine would tell screen readers of the element around the button, which they pass over: the button itself must say
    `aria-haspopup`.
    """
    return dmc.Popover(
        [dmc.PopoverTarget(target), dmc.PopoverDropdown(list(shown))],
        position=position,
        withArrow=arrow,
        shadow="sm",
        withRoles=False,
        trapFocus=True,
        returnFocus=True,
    )
