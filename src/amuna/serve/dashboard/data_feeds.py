"""Feeds: what each brought, how long ago, and how far the models have taken it in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from dash import html

from amuna.domain.text import Text
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, card, grid, number, stack, table
from amuna.serve.report.numbers import NONE, count, day
from amuna.serve.report.words import word
from amuna.workflows.status import StatusReport, status
from amuna.workflows.views.feeds import feed_rows

_FEEDS = Text("Fuentes de datos", "Feeds")
_FEEDS_HELP = Text(
    "La posición dice hasta dónde se leyó la fuente: lo leído y la posición se guardan juntos, así nada se pierde ni se "
    "repite. Los archivos de una carpeta son una sola fuente.",
    "The position tells up to where the feed was read: what was read and the position are kept together, so nothing is "
    "lost or repeated. The files of a folder are one feed.",
)
_NONE = Text(
    "Todavía no llegó ningún dato. Suba un archivo, o configure una fuente en amuna.toml.",
    "No data have come yet. Upload a file, or set up a feed in amuna.toml.",
)


def layout(seen: Visit) -> Component:
    """What is in the store, and the feeds that brought it."""
    found = seen.desk.memo.kept("data status", lambda: status(store=seen.desk.store))
    rows = feed_rows(store=seen.desk.store, now=seen.desk.now())
    columns = [
        Column(
            "feed", Text("Fuente", "Feed"), show=lambda feed: short_place(feed, seen.desk.workspace.folder)
        ),
        Column("kind", Text("Trae", "Brings"), show=lambda kind: word("feed_kind", kind or "")),
        Column(
            "last",
            Text("Último dato recibido", "Last received"),
            show=lambda at: html.Span(moment(seen, at), className="nowrap"),
        ),
        Column("age_s", Text("Hace", "Ago"), show=ago),
        Column("rows_read", Text("Filas leídas", "Rows read"), show=count, right=True),
        Column("rows_accepted", Text("Nuevas o corregidas", "New or corrected"), show=count, right=True),
        Column("rows_duplicate", Text("Ya conocidas", "Known already"), show=count, right=True),
        Column("rows_quarantined", Text("En cuarentena", "In quarantine"), show=count, right=True),
        Column("watermark", Text("Posición", "Position"), show=_position),
    ]
    return stack(
        card(seen, Text("En el almacén", "In the store"), grid(*_numbers(seen, found), columns=4)),
        card(seen, _FEEDS, table(seen, rows, columns, caption=_FEEDS, empty_text=_NONE), help=_FEEDS_HELP),
    )


def _numbers(seen: Visit, found: StatusReport) -> list[Component]:
    first, last = (NONE if at is None else day(at) for at in (found.first_day, found.last_day))
    return [
        number(
            seen,
            Text("Consumos diarios", "Daily consumption"),
            count(found.rows),
            unit=Text("filas", "rows"),
            note=Text("de {n} cuentas", "of {n} accounts").fill(n=count(found.accounts)),
        ),
        number(
            seen,
            Text("Último día", "Last day"),
            seen.say(last),
            note=Text("desde el {day}", "since {day}").fill(day=first),
        ),
        number(
            seen,
            Text("Que los modelos aún no vieron", "Not yet seen by the models"),
            count(found.unseen_rows),
            unit=Text("filas", "rows"),
            note=Text("días de atraso: {n}", "days behind: {n}").fill(n=count(found.days_behind)),
        ),
        number(
            seen,
            Text("En cuarentena", "In quarantine"),
            count(found.quarantined),
            unit=Text("filas", "rows"),
            href="/app/data/quarantine",
        ),
    ]


def short_place(place: str, workspace: Path) -> str:
    """A file or folder as people call it: within the workspace from there, else its last two parts; URLs as they are."""
    if "://" in place or (not place.startswith(("/", "\\")) and ":" not in place[:2]):
        return place
    path = Path(place)
    if path.is_relative_to(workspace.resolve()):
        return str(path.relative_to(workspace.resolve()))
    return "/".join(path.parts[-2:])


def moment(seen: Visit, at: datetime | None) -> str:
    """A local day and time."""
    if at is None:
        return NONE
    local = at.astimezone(seen.desk.zone)
    return f"{seen.say(day(local.date()))}, {local:%H:%M}"


def ago(age_s: float) -> Text:
    """An age [s] in the one unit that fits; what a clock puts into the future is now."""
    minutes = max(age_s, 0) / 60
    if minutes < 1:
        return Text("ahora", "now")
    for size, es, en in ((60, "min", "min"), (24, "h", "h"), (float("inf"), "días", "days")):
        if minutes < size:
            shown = f"{minutes:.0f}"
            one = shown == "1" and size == float("inf")
            return Text(f"{shown}\u202f{'día' if one else es}", f"{shown}\u202f{'day' if one else en}")
        minutes /= size
    raise AssertionError


def _position(watermark: str) -> Any:
    digest, at, row = watermark.rpartition("@")
    if at and row.isdigit():
        said = Text("fila {row}", "row {row}").fill(row=count(int(row)))
        return Text(f"{said.es} ({digest[:6]}…)", f"{said.en} ({digest[:6]}…)")
    return html.Span(watermark, className="cut", title=watermark)
