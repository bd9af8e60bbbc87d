"""The page of one account: its situation, what is expected of it, and the way to everything else known of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import polars as pl
from dash import html

from amuna.access.roles import Permission
from amuna.domain.errors import NotFound
from amuna.domain.text import Text
from amuna.serve.dashboard import account_alarms, account_history, account_model
from amuna.serve.dashboard.charts import fan, marked
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import between, card, empty, grid, link, notice, number, stack
from amuna.serve.dashboard.visits import ROOT
from amuna.serve.desk import Desk
from amuna.serve.report.numbers import NONE, change, count, day, scaled, share, volume
from amuna.serve.report.words import word
from amuna.workflows.views.account import AccountFacts, account_facts
from amuna.workflows.views.accounts import account_rows

RECENT_DAYS = 56
_BACK = Text("← Todas las cuentas", "← All accounts")
_UNKNOWN = Text(
    "No existe una cuenta “{account}”, o no está entre las que usted puede ver. Revise cómo está escrita.",
    "There is no account “{account}”, or it is not among those you may see. Check how it is written.",
)
_EXPECTED = Text("Consumo diario y pronóstico (m³ por día)", "Daily consumption and forecast (m³ per day)")
_EXPECTED_HELP = Text(
    "La banda oscura encierra el consumo de cada día 8 veces de 10; la clara, 19 de 20.",
    "The dark band holds the consumption of each day 8 times of 10; the light one, 19 of 20.",
)
_NO_FORECAST = Text(
    "Todavía no hay un pronóstico de esta cuenta: se hace con la próxima actualización.",
    "There is no forecast of this account yet: the next update makes one.",
)
_NO_DAYS = Text("Esta cuenta todavía no tiene consumos.", "This account has no consumption yet.")
_READINGS = Text("Dos años, día por día (m³ por día)", "Two years, day by day (m³ per day)")
_READINGS_HELP = Text(
    "Los puntos son días parciales, estimados o con reinicio del registro: no entran en el modelo.",
    "Dots are days that are partial, estimated or with a register reset: no model sees them.",
)
_GOOD = Text("Consumo diario", "Daily consumption")
_FLAGGED = Text("Día con marca", "Flagged day")


def layout(seen: Visit, account_id: str) -> Component:
    """Everything about one account; an unknown one and one of somebody else get the same answer."""
    try:
        seen.principal.require_sight(account_id)
        facts = account_facts(account_id, store=seen.desk.store)
    except NotFound:
        return stack(_back(seen), notice(seen, "warn", _UNKNOWN.fill(account=account_id)))
    row = _row(seen.desk, account_id)
    may_alarms, may_models = (seen.principal.may(each) for each in (Permission.ALARMS, Permission.MODELS))
    return stack(
        _head(seen, facts),
        card(seen, Text("Situación", "Situation"), grid(*_numbers(seen, row, alarms=may_alarms), columns=5)),
        card(seen, _EXPECTED, _forecast(seen, facts), help=_EXPECTED_HELP),
        _pairs(account_model.why(seen, facts), account_history.past(seen, facts)),
        card(seen, _READINGS, _readings(seen, facts), help=_READINGS_HELP),
        *([account_alarms.alarms(seen, facts)] if may_alarms else []),
        _pairs(
            account_history.flags(seen, facts),
            account_history.corrections(seen, facts),
            account_history.registers(seen, facts),
            *([account_model.decisions(seen, facts)] if may_models else []),
        ),
        *([account_model.chain(seen, facts)] if may_models else []),
    )


def all_rows(desk: Desk) -> pl.DataFrame:
    """A row for each account, as it is kept for every door."""
    return desk.memo.kept("accounts", lambda: account_rows(store=desk.store))


def _row(desk: Desk, account_id: str) -> dict[str, Any]:
    found = all_rows(desk).filter(pl.col("account_id") == account_id)
    if found.is_empty():
        found = account_rows(store=desk.store, accounts=[account_id])
    return found.row(0, named=True)


def _pairs(*cards: Component) -> Component:
    """Two cards side by side where there is room for their tables."""
    return html.Div(list(cards), className="pairs")


def _back(seen: Visit) -> Component:
    return html.Div(link(seen, _BACK, f"{ROOT}accounts"), className="back")


def _head(seen: Visit, facts: AccountFacts) -> Component:
    account = quote(facts.account_id, safe="")
    facts_shown = [
        word("segment", facts.segment or "unknown"),
        *([Text(f"zona {facts.zone_id}", f"zone {facts.zone_id}")] if facts.zone_id else []),
    ]
    doors = []
    if seen.principal.may(Permission.BILLS):
        doors.append(
            link(
                seen,
                Text("Ver “Mi agua” de esta cuenta", "See this account's “My water”"),
                f"{ROOT}my-water?account={account}",
            )
        )
    doors.append(
        html.A(
            seen.say(Text("Estos datos por la API", "These data by the API")),
            href=f"/api/v1/accounts/{account}",
        )
    )
    return html.Div(
        [
            _back(seen),
            html.Div(
                [
                    html.Span(facts.account_id, className="account-name"),
                    html.Span(" · ".join(seen.say(each) for each in facts_shown), className="quiet"),
                    html.Span(doors, className="doors"),
                ],
                className="account-head",
            ),
        ]
    )


def _numbers(seen: Visit, row: dict[str, Any], *, alarms: bool) -> list[Component]:
    before = Text("{change} frente a los 28 días anteriores", "{change} against the 28 days before")
    changed = change(None if row["change"] is None else 1 + row["change"], 1.0)
    last = NONE if row["last_day"] is None else day(row["last_day"])
    found = [
        number(
            seen,
            Text("Media de 28 días", "Mean of 28 days"),
            volume(row["mean_m3"]),
            unit=Text("m³/día", "m³/day"),
            note=before.fill(change=changed),
        ),
        number(
            seen,
            _period_label(row),
            volume(row["expected_m3"]),
            unit="m³",
            interval=None
            if row["low80_m3"] is None
            else between(seen, volume(row["low80_m3"]), volume(row["high80_m3"])) + "\u202fm³",
        ),
        number(
            seen,
            Text("Días buenos de los últimos 90", "Good days of the last 90"),
            share(row["quality"]),
            note=Text("último día: {day}", "last day: {day}").fill(day=last),
        ),
        number(
            seen,
            Text("Error del modelo (MASE)", "Model's error (MASE)"),
            scaled(row["mase"]),
            note=Text("1 = la diferencia usual entre semanas", "1 = the usual difference between weeks"),
        ),
    ]
    if alarms:
        found.append(number(seen, Text("Alarmas abiertas", "Open alarms"), count(row["open_alarms"])))
    return found


def _period_label(row: dict[str, Any]) -> Text:
    if row["period_from"] is None:
        return Text("Próximo periodo de facturación", "Next billing period")
    days, start = str(row["period_days"]), day(row["period_from"])
    return Text("{days} días desde el {start}", "{days} days from {start}").fill(days=days, start=start)


def _forecast(seen: Visit, facts: AccountFacts) -> Component:
    good = facts.days.filter(flag="ok").select("day", "consumption_m3")
    if facts.cutoff is None:
        return empty(seen, _NO_FORECAST if good.height else _NO_DAYS)
    since = facts.cutoff - timedelta(days=RECENT_DAYS)
    return fan(seen, _whole(good.filter(pl.col("day") >= since)), facts.forecast, title=_EXPECTED, height=280)


def _readings(seen: Visit, facts: AccountFacts) -> Component:
    if facts.days.is_empty():
        return empty(seen, _NO_DAYS)
    good = pl.col("flag") == "ok"
    days = facts.days.select(
        "day",
        good=pl.when(good).then("consumption_m3"),
        flagged=pl.when(~good).then("consumption_m3"),
    )
    return marked(seen, _whole(days), line=("good", _GOOD), dots=("flagged", _FLAGGED), title=_READINGS)


def _whole(days: pl.DataFrame) -> pl.DataFrame:
    """Every day from the first to the last, so that a gap is drawn as one."""
    if days.is_empty():
        return days
    calendar = days.select(pl.date_range(pl.col("day").min(), pl.col("day").max()))
    return calendar.join(days, on="day", how="left", maintain_order="left")
