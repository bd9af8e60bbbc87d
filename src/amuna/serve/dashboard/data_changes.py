"""Corrections and decisions about registers: what was known otherwise, and what a rule decided."""

from __future__ import annotations

from typing import Any

import polars as pl

from amuna.access.roles import Permission
from amuna.domain.text import Text
from amuna.serve.dashboard.grids import GridColumn, grid, serve_rows
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import card, stack
from amuna.serve.dashboard.visits import ROOT
from amuna.serve.desk import Desk
from amuna.serve.report.numbers import day, volume
from amuna.serve.report.words import WORDS, word
from amuna.workflows.views.feeds import LATEST, latest_corrections, latest_register_events

_LINK = f"{ROOT}accounts/"
_CORRECTIONS = Text("Últimos días corregidos", "Latest corrected days")
_CORRECTIONS_HELP = Text(
    f"Hasta {LATEST}. Lo que se sabía antes se guarda: así una prueba del pasado ve el pasado como se conocía.",
    f"Up to {LATEST}. What was known before is kept: so a test of the past sees the past as it was known.",
)
_REGISTERS = Text("Últimas decisiones sobre medidores", "Latest decisions about meters")
_REGISTERS_HELP = Text(
    f"Hasta {LATEST}. Cuando un registro retrocede o salta, una regla decide qué volumen cuenta.",
    f"Up to {LATEST}. Where a register goes back or jumps, a rule decides which volume counts.",
)
CORRECTIONS = (
    GridColumn("account_id", Text("Cuenta", "Account"), width=140, link=_LINK),
    GridColumn("day", Text("Día", "Day"), kind="date", show=day, width=150),
    GridColumn("was_m3", Text("Era (m³)", "Was (m³)"), kind="number", show=volume, width=120),
    GridColumn("consumption_m3", Text("Es (m³)", "Is (m³)"), kind="number", show=volume, width=120),
    GridColumn("was_flag", Text("Marca antes", "Flag before"), width=130),
    GridColumn("flag", Text("Marca ahora", "Flag now"), width=130),
    GridColumn("recorded", Text("Corregido el", "Corrected on"), kind="date", show=day, width=150),
)
REGISTERS = (
    GridColumn("account_id", Text("Cuenta", "Account"), width=140, link=_LINK),
    GridColumn("recorded", Text("Día", "Day"), kind="date", show=day, width=150),
    GridColumn("decision", Text("Qué se decidió", "What was decided"), width=230),
    GridColumn(
        "before_m3",
        Text("Registro antes (m³)", "Register before (m³)"),
        kind="number",
        show=volume,
        width=140,
    ),
    GridColumn(
        "after_m3",
        Text("Registro después (m³)", "Register after (m³)"),
        kind="number",
        show=volume,
        width=140,
    ),
    GridColumn(
        "volume_m3",
        Text("Volumen contado (m³)", "Volume counted (m³)"),
        kind="number",
        show=volume,
        width=140,
    ),
)


def layout(seen: Visit) -> Component:
    """Both lists."""
    return stack(
        card(
            seen,
            _CORRECTIONS,
            grid(seen, "corrections-grid", CORRECTIONS, label=_CORRECTIONS, height="380px", link=_LINK),
            help=_CORRECTIONS_HELP,
        ),
        card(
            seen,
            _REGISTERS,
            grid(seen, "registers-grid", REGISTERS, label=_REGISTERS, height="380px", link=_LINK),
            help=_REGISTERS_HELP,
        ),
    )


def callbacks(dashboard: Any, desk: Desk) -> None:
    """Rows on demand."""
    serve_rows(dashboard, desk, "corrections-grid", columns=CORRECTIONS, rows=corrections)
    serve_rows(dashboard, desk, "registers-grid", columns=REGISTERS, rows=registers)


def corrections(seen: Visit) -> pl.DataFrame:
    """The latest corrections of accounts within sight."""
    return _shown(seen, "corrections", lambda: latest_corrections(store=seen.desk.store), "recorded_at")


def registers(seen: Visit) -> pl.DataFrame:
    """The latest decisions about registers of accounts within sight."""
    return _shown(seen, "registers", lambda: latest_register_events(store=seen.desk.store), "observed_at")


def _shown(seen: Visit, name: str, find: Any, at: str) -> pl.DataFrame:
    seen.principal.require(Permission.DATA)
    rows = seen.principal.only(seen.desk.memo.kept(f"data {name}", find))
    words = {"was_flag": "flag", "flag": "flag", "decision": "register"}
    shown = [
        pl.col(column).replace({code: seen.say(word(kind, code)) for code in WORDS[kind]})
        for column, kind in words.items()
        if column in rows.columns
    ]
    local = pl.col(at).dt.convert_time_zone(str(seen.desk.zone)).dt.date()
    return rows.with_columns(*shown, recorded=local)
