"""Which model serves an account and why, what was decided about it, and the chain from readings to forecast."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import polars as pl
from dash import html

from amuna.domain.errors import NotEnoughData
from amuna.domain.text import Text
from amuna.serve.dashboard.account_history import date_cell
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import Column, card, empty, table
from amuna.serve.report.numbers import NONE, count, day, scaled, share, volume
from amuna.serve.report.words import word
from amuna.workflows.explain import Explanation, explain
from amuna.workflows.views.account import AccountFacts

_WHY = Text("Qué modelo la pronostica, y por qué", "Which model forecasts it, and why")
_WHY_HELP = Text(
    "En la prueba, cada modelo pronosticó días que no había visto. MASE es su error entre la diferencia usual de una "
    "semana a otra: por debajo de 1 es mejor que esa diferencia.",
    "In the test each model forecast days it had not seen. MASE is its error over the usual difference from one week "
    "to the next: below 1 is better than that difference.",
)
_NO_MODEL = Text(
    "Todavía no hay un modelo de esta cuenta: se ajusta con la próxima actualización.",
    "There is no model of this account yet: the next update fits one.",
)
_MIX = Text("Pondera {mix}.", "It weighs {mix}.")
_ALONE = Text("Usa solo: {name}.", "It uses only: {name}.")
_AGAINST = Text(
    "En la prueba su error fue {share} {side} que el de repetir la semana pasada.",
    "In the test its error was {share} {side} than repeating last week's.",
)
_LESS, _MORE = Text("menor", "less"), Text("mayor", "greater")
_SINCE = Text(
    "Ajustado con datos hasta el {day}; días buenos: {days}.",
    "Fitted to data up to {day}; good days: {days}.",
)
_LOGARITHM = Text(
    "Trabaja con logaritmos, para que un día grande no pese de más.",
    "It works on logarithms, so that one large day does not weigh too much.",
)


def why(seen: Visit, facts: AccountFacts) -> Component:
    """The champion in plain words, and the candidates with their errors on the backtest."""
    model = facts.model
    if model is None:
        return card(seen, _WHY, empty(seen, _NO_MODEL))
    sentences = [
        mix_words(model["weights"]),
        *([order_words(model["order"])] if model["weights"].get("arima") and model["order"] else []),
        *([_LOGARITHM] if model["transform"] == "log1p" and model["weights"].get("arima") else []),
        *_against(facts.evidence),
    ]
    if model["fitted_to"] is not None:
        sentences.append(_SINCE.fill(day=day(model["fitted_to"]), days=count(model["days"])))
    head = html.P(
        [
            html.Strong(seen.say(word("model", model["champion"]))),
            " · ",
            html.Span(
                f"{seen.say(word('group', model['group']))}, {seen.say(word('status', model['status']))}",
                className="quiet",
            ),
        ]
    )
    said = html.Ul([html.Li(seen.say(each)) for each in sentences], className="plain-list")
    columns = [
        Column("model", Text("Candidato", "Candidate"), show=lambda code: word("model", code)),
        Column("mae_m3", Text("Error medio (m³)", "Mean error (m³)"), show=volume, right=True),
        Column("mase", Text("MASE", "MASE"), show=scaled, right=True),
    ]
    judged = table(
        seen,
        facts.evidence.filter(pl.col("model") != "champion"),
        columns,
        caption=Text("Errores en la prueba", "Errors in the test"),
        empty_text=Text(
            "Aún no tiene historia suficiente para una prueba.", "It has not enough history for a test yet."
        ),
    )
    return card(seen, _WHY, head, said, judged, help=_WHY_HELP)


def mix_words(weights: dict[str, float]) -> Text:
    """What a champion weighs, the heaviest first."""
    used = sorted(((part, name) for name, part in weights.items() if part > 0), reverse=True)
    if len(used) == 1:
        return _ALONE.fill(name=word("model", used[0][1]))
    parts = [
        Text("{share} {name}", "{share} {name}").fill(share=share(part), name=word("model", name))
        for part, name in used
    ]
    return _MIX.fill(mix=Text(" + ".join(each.es for each in parts), " + ".join(each.en for each in parts)))


def order_words(order: str) -> Text:
    """An ARIMA order, such as (2,0,1)(0,1,1)7, in plain words."""
    p, d, q, season_p, season_d, season_q, season = [int(n) for n in re.findall(r"\d+", order)][:7] or [0] * 7
    parts = []
    if season_d:
        parts.append(
            Text(
                "compara cada día con el mismo de {n} días antes",
                "compares each day with the same {n} days before",
            ).fill(n=str(season))
        )
    if d:
        parts.append(Text("mira cambios de un día a otro", "looks at changes from one day to the next"))
    if p or season_p:
        parts.append(
            Text("recuerda los últimos {n} días", "remembers the last {n} days").fill(
                n=str(p + season * season_p)
            )
        )
    if q or season_q:
        parts.append(Text("corrige con sus errores recientes", "corrects itself by its recent errors"))
    if not parts:
        parts.append(Text("repite la media", "repeats the mean"))
    return Text("El ARIMA {order} {what}.", "The ARIMA {order} {what}.").fill(
        order=order,
        what=Text(", ".join(each.es for each in parts), ", ".join(each.en for each in parts)),
    )


def _against(evidence: pl.DataFrame) -> list[Text]:
    errors = dict(evidence.select("model", "mase").iter_rows())
    mine, baseline = errors.get("champion"), errors.get("last_week")
    if mine is None or not baseline:
        return []
    return [_AGAINST.fill(share=share(abs(1 - mine / baseline)), side=_LESS if mine <= baseline else _MORE)]


def decisions(seen: Visit, facts: AccountFacts) -> Component:
    """What was decided about the account's model, by whom and why."""
    title = Text("Decisiones sobre su modelo", "Decisions about its model")
    columns = [
        Column("day", Text("Día", "Day"), show=partial(date_cell, seen)),
        Column("decision", Text("Decisión", "Decision"), show=lambda code: word("decision", code)),
        Column("reason", Text("Por qué", "Why"), show=lambda code: word("decision_reason", code)),
        Column("decided_by", Text("Quién", "Who")),
    ]
    none = Text("Desde su ajuste no hubo ninguna.", "There was none since it was fitted.")
    return card(seen, title, table(seen, facts.decisions.head(8), columns, caption=title, empty_text=none))


def chain(seen: Visit, facts: AccountFacts) -> Component:
    """From the newest forecast back to the files it rests on."""
    title = Text("De dónde sale este pronóstico", "Where this forecast comes from")
    try:
        found = explain(facts.account_id, store=seen.desk.store, cutoff=facts.cutoff)
    except NotEnoughData:
        return card(seen, title, empty(seen, Text("Todavía no hay pronóstico.", "There is no forecast yet.")))
    rows = [html.Div([html.Dt(seen.say(name)), html.Dd(value)]) for name, value in _links(seen, found)]
    return card(seen, title, html.Dl(rows, className="facts"))


def _links(seen: Visit, found: Explanation) -> list[tuple[Text, Any]]:
    sources = found.batches.group_by("source", maintain_order=True).agg(pl.col("committed_at").max()).tail(3)
    brought = [html.Div(f"{_tail(source)} · {_moment(seen, at)}") for source, at in sources.iter_rows()]
    return [
        (Text("Hecho", "Made"), _moment(seen, found.made_at)),
        (Text("Con datos recibidos hasta", "From data received up to"), _moment(seen, found.known_at)),
        (Text("Últimos archivos", "Last files"), brought or NONE),
        (
            Text("Entrenamiento", "Training"),
            f"{found.run['run_id']} · Amuna {found.run.get('code_version', NONE)}",
        ),
        (Text("Referencia", "Reference"), html.Code(found.reference)),
        (
            Text("El mismo detalle en la terminal", "The same in a terminal"),
            html.Code(f"amuna explain {found.reference}"),
        ),
    ]


def _tail(source: str) -> str:
    return "/".join(re.split(r"[/\\]", source)[-2:])


def _moment(seen: Visit, at: Any) -> str:
    if at is None:
        return NONE
    local = at.astimezone(seen.desk.zone)
    return f"{seen.say(day(local.date()))}, {local:%H:%M}"
