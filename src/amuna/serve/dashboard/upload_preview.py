"""What would come of a file, and what came of it."""

from __future__ import annotations

from functools import partial
from typing import Any

import dash_mantine_components as dmc
import polars as pl
from dash import html

from amuna.domain.text import Text
from amuna.domain.units import Unit
from amuna.feeds.feed_map import FeedMap
from amuna.serve.dashboard.account_history import date_cell
from amuna.serve.dashboard.data_feeds import moment
from amuna.serve.dashboard.data_refused import worded
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, card, grid, link, notice, number, stack, table
from amuna.serve.dashboard.visits import ROOT
from amuna.serve.report.numbers import count, day, volume
from amuna.serve.report.words import word
from amuna.workflows.ingest import IngestReport
from amuna.workflows.views.preview import Preview

SHOWN = 20
FAR = 5.0  # times the usual day from which a wrong unit is the likely cause
_ROLES = {
    "account": Text("cuenta", "account"),
    "time": Text("fecha", "date"),
    "value": Text("valor", "value"),
    "recorded": Text("cuándo se registró", "when it was recorded"),
    "flag": Text("marca", "flag"),
    "readings_count": Text("lecturas del día", "readings of the day"),
    "segment": Text("segmento", "segment"),
    "zone": Text("zona", "zone"),
    "longitude": Text("longitud", "longitude"),
    "latitude": Text("latitud", "latitude"),
}
_WOULD = Text("Qué entraría", "What would enter")
_MEANT = Text("Cómo se entendió el archivo", "How the file was understood")
_REFUSED = Text("Filas que irían a cuarentena", "Rows that would go to quarantine")
_KNOWN = Text(
    "Este mismo archivo ya se ingresó el {moment}. No hay nada que hacer.",
    "This very file was taken in already on {moment}. There is nothing to do.",
)
_NOTHING = Text(
    "Nada de este archivo es nuevo: todas sus filas ya se conocen.",
    "Nothing in this file is new: all its rows are known already.",
)
_FAR_OFF = Text(
    "El día típico del archivo es de {median} m³ y el de siempre de {usual} m³. Revise la unidad antes de ingresarlo.",
    "The typical day of the file is {median} m³, and {usual} m³ is usual. Check the unit before it is taken in.",
)
_STRANGERS = Text(
    "{n} de {all} cuentas no se conocían. Revise que las cuentas estén escritas como siempre.",
    "{n} of {all} accounts were not known. Check that accounts are written as ever.",
)
_TAKE = Text("Ingresar este archivo", "Take this file in")
_DROP = Text("Descartarlo", "Discard it")
_DONE = Text(
    "Se ingresó el archivo: {inserted} filas nuevas, {corrected} corregidas, {known} ya conocidas, {refused} en cuarentena.",
    "The file was taken in: {inserted} new rows, {corrected} corrected, {known} known already, {refused} in quarantine.",
)
_SEE = Text("Ver la cuarentena", "See the quarantine")


def previewed(seen: Visit, found: Preview) -> Component:
    """What would come of the file, and the two ways on."""
    if found.known_since is not None:
        return notice(seen, "info", _KNOWN.fill(moment=moment(seen, found.known_since)))
    actions = html.Div(
        [
            dmc.Button(seen.say(_TAKE), id="upload-take"),
            dmc.Button(seen.say(_DROP), id="upload-drop", variant="default"),
        ],
        className="actions",
    )
    return stack(
        *_warnings(seen, found),
        card(seen, _WOULD, stack(grid(*_numbers(seen, found), columns=4), actions, gap=18)),
        grid(card(seen, _MEANT, _meaning(seen, found.feed_map)), _sample(seen, found), columns=2),
        *([_refused(seen, found)] if found.refused.height else []),
    )


def done(seen: Visit, report: IngestReport) -> Component:
    """What came of the file."""
    text = _DONE.fill(
        inserted=count(report.inserted),
        corrected=count(report.replaced + report.superseded),
        known=count(report.unchanged + report.duplicate),
        refused=count(report.quarantined),
    )
    more = [html.P(link(seen, _SEE, f"{ROOT}data/quarantine"))] if report.quarantined else []
    return notice(seen, "good", text, *more)


def _warnings(seen: Visit, found: Preview) -> list[Component]:
    warnings = []
    if found.ingest.inserted + found.ingest.replaced + found.ingest.superseded == 0:
        warnings.append(notice(seen, "info", _NOTHING))
    median, usual = found.median_m3, found.usual_m3
    if median and usual and not 1 / FAR <= median / usual <= FAR:
        warnings.append(notice(seen, "warn", _FAR_OFF.fill(median=volume(median), usual=volume(usual))))
    if found.usual_m3 is not None and found.unknown_accounts:
        text = _STRANGERS.fill(n=count(found.unknown_accounts), all=count(found.accounts))
        warnings.append(notice(seen, "warn", text))
    return warnings


def _numbers(seen: Visit, found: Preview) -> list[Component]:
    report, rows = found.ingest, Text("filas", "rows")
    days = None
    if found.first_day is not None and found.last_day is not None:
        days = Text("del {first} al {last}", "{first} to {last}").fill(
            first=day(found.first_day), last=day(found.last_day)
        )
    accounts = Text("de {n} cuentas", "of {n} accounts").fill(n=count(found.accounts))
    return [
        number(
            seen,
            Text("Nuevas", "New"),
            count(report.inserted),
            unit=rows,
            note=accounts if found.accounts else None,
        ),
        number(
            seen,
            Text("Corrigen lo que había", "Correct what was there"),
            count(report.replaced + report.superseded),
            unit=rows,
            note=days,
        ),
        number(
            seen, Text("Ya conocidas", "Known already"), count(report.unchanged + report.duplicate), unit=rows
        ),
        number(
            seen,
            Text("A cuarentena", "To quarantine"),
            count(report.quarantined),
            unit=rows,
            note=Text("de {n} leídas", "of {n} read").fill(n=count(report.read)),
        ),
    ]


def _meaning(seen: Visit, feed_map: FeedMap) -> Component:
    columns = " · ".join(
        f"{column} = {seen.say(_ROLES[role])}"
        for role, column in feed_map.columns().items()
        if role in _ROLES
    )
    facts: list[tuple[Text, Any]] = [
        (Text("Contenido", "Content"), seen.say(word("feed_kind", feed_map.kind))),
        (Text("Columnas", "Columns"), columns),
    ]
    if feed_map.kind != "accounts":
        facts += [
            (Text("Unidad", "Unit"), seen.say(_unit(feed_map.unit))),
            (Text("Zona horaria", "Time zone"), feed_map.time_zone),
        ]
    rows = [html.Div([html.Dt(seen.say(name)), html.Dd(value)]) for name, value in facts]
    return html.Dl(rows, className="facts")


def _unit(unit: Unit) -> Text:
    names = {
        Unit.LITRE: Text("litros", "litres"),
        Unit.CUBIC_METRE: Text("metros cúbicos (m³)", "cubic metres (m³)"),
    }
    return names.get(unit, Text(str(unit), str(unit)))


def _sample(seen: Visit, found: Preview) -> Component:
    columns = [
        Column("account_id", Text("Cuenta", "Account")),
        Column("day", Text("Día", "Day"), show=partial(date_cell, seen)),
        Column("consumption_m3", Text("Consumo (m³)", "Consumption (m³)"), show=volume, right=True),
        Column("flag", Text("Marca", "Flag"), show=lambda flag: word("flag", flag)),
    ]
    title = Text("Así quedarían algunos días", "Some of its days")
    return card(seen, title, table(seen, found.sample, columns, caption=title))


def _refused(seen: Visit, found: Preview) -> Component:
    columns = [
        Column("row", Text("Fila", "Row"), show=count, right=True),
        Column("reason", Text("Motivo", "Reason")),
        Column("found", Text("Se encontró", "Found")),
        Column("field", Text("Columna", "Column")),
        Column("remedy", Text("Qué hacer", "What to do")),
        Column("original", Text("Fila original", "Original row")),
    ]
    rows = worded(seen, found.refused.head(SHOWN)).select(pl.col(each.name) for each in columns)
    total = found.ingest.quarantined
    body = [table(seen, rows, columns, caption=_REFUSED)]
    if total > SHOWN:
        more = Text("Las primeras {shown} de {n}.", "The first {shown} of {n}.")
        body.append(html.P(seen.say(more, shown=str(SHOWN), n=count(total)), className="quiet"))
    return card(seen, _REFUSED, *body)
