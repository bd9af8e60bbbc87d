"""The file of what the demand page shows: the same choice in the address, as CSV with units in its headings."""

from __future__ import annotations

import polars as pl
from flask import Blueprint, Flask, Response, request
from flask.typing import ResponseReturnValue

from amuna.domain.errors import AmunaError, NotAllowed, NotFound
from amuna.domain.text import Text
from amuna.serve.dashboard.demand_choice import PATH, Choice, choice, needed, periods
from amuna.serve.dashboard.demand_compare import paired
from amuna.serve.dashboard.demand_facts import ahead, cutoff_of, days, judged
from amuna.serve.dashboard.demand_history import shown
from amuna.serve.dashboard.demand_season import week_frame
from amuna.serve.dashboard.demand_weather import beside
from amuna.serve.dashboard.page import Visit
from amuna.serve.dashboard.spreadsheets import as_csv
from amuna.serve.dashboard.troubles import trouble
from amuna.serve.dashboard.visits import visit_to
from amuna.serve.dashboard.zones_facts import all_zones, week
from amuna.serve.dashboard.zones_words import HEADINGS as ZONE_HEADINGS
from amuna.serve.desk import Desk
from amuna.workflows.views.demand_profile import month_profile

_HEADINGS = {
    "day": Text("Día", "Day"),
    "start": Text("Desde", "From"),
    "days": Text("Días", "Days"),
    "known": Text("Días con dato", "Days with data"),
    "accounts": Text("Cuentas con dato", "Accounts with data"),
    "mean_m3": Text("Media por día (m³)", "Mean per day (m³)"),
    "total_m3": Text("Consumo (m³)", "Consumption (m³)"),
    "observed_m3": Text("Observado (m³)", "Observed (m³)"),
    "forecast_m3": Text("Pronóstico (m³)", "Forecast (m³)"),
    "low95_m3": Text("Intervalo 95 %, desde (m³)", "95 % interval, from (m³)"),
    "high95_m3": Text("Intervalo 95 %, hasta (m³)", "95 % interval, to (m³)"),
    "low80_m3": Text("Intervalo 80 %, desde (m³)", "80 % interval, from (m³)"),
    "high80_m3": Text("Intervalo 80 %, hasta (m³)", "80 % interval, to (m³)"),
    "cutoff": Text("Pronosticado el", "Forecast on"),
    "lead": Text("Días de anticipación", "Days ahead"),
    "inside80": Text("Cuentas dentro del 80 %", "Accounts inside 80 %"),
    "inside95": Text("Cuentas dentro del 95 %", "Accounts inside 95 %"),
    "shape": Text("Perfil", "Profile"),
    "name": Text("Día o mes", "Day or month"),
    "middle": Text("Valor", "Value"),
    "low": Text("8 de 10, desde", "8 of 10, from"),
    "high": Text("8 de 10, hasta", "8 of 10, to"),
    "unit": Text("Unidad", "Unit"),
    "temperature_c": Text("Temperatura media (°C)", "Mean temperature (°C)"),
    "warmest_c": Text("Temperatura máxima (°C)", "Highest temperature (°C)"),
    "rain_mm": Text("Lluvia (mm)", "Rain (mm)"),
    "n": Text("Día del periodo", "Day of the period"),
    "day_after": Text("Día, después", "Day, after"),
    "total_m3_after": Text("Consumo, después (m³)", "Consumption, after (m³)"),
}
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"
_OF_ZONES = (
    "zone_id",
    "name",
    "status",
    *(
        f"{over}_{what}"
        for over in ("day", "week")
        for what in ("m3", "low80_m3", "high80_m3", "change_percent")
    ),
)
_OF_HOURS = (
    "flow_m3h",
    "low95_m3h",
    "low80_m3h",
    "forecast_m3h",
    "high80_m3h",
    "high95_m3h",
    "usual_m3h",
    "temperature_c",
    "rain_mm",
)
_DAYS_AHEAD = ("day", "low95_m3", "low80_m3", "forecast_m3", "high80_m3", "high95_m3")


def register_export(server: Flask, desk: Desk) -> None:
    """Serve the file beside the page."""
    files = Blueprint("demand_file", __name__)

    @files.get(f"{PATH}.csv")
    def demand_file() -> ResponseReturnValue:
        _, seen = visit_to(desk, PATH, request.query_string.decode())
        try:
            chosen = choice(seen.query)
            seen.principal.require(needed(chosen))
            text = _file(seen, rows_of(seen, chosen))
        except AmunaError as error:
            status = 403 if isinstance(error, NotAllowed) else 404 if isinstance(error, NotFound) else 409
            return Response(seen.say(trouble(error)), status, mimetype="text/plain")
        name = f"amuna-{seen.say(Text('demanda', 'demand'))}-{chosen.see}-{_safe(chosen.of)}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(text, mimetype="text/csv", headers=headers)

    server.register_blueprint(files)


def rows_of(visit: Visit, chosen: Choice) -> pl.DataFrame:
    """What the page shows of a choice."""
    if chosen.see == "zones":
        return zone_rows(visit, chosen)
    rows = days(visit, chosen.part)
    if chosen.see == "season":
        return _season(visit, rows)
    if chosen.see == "weather":
        return beside(visit, chosen)
    if chosen.see == "compare":
        return paired(rows, *periods(chosen, cutoff_of(visit)))
    if chosen.see == "proof":
        if chosen.part.kind == "account":
            return judged(visit, chosen.part)
        return ahead(visit, chosen.part).tested
    history, forecast = shown(visit, chosen, rows)
    if chosen.step != "day":
        return history
    observed = history.select(day="start", accounts="accounts", observed_m3="mean_m3")
    return pl.concat([observed, forecast.select(_DAYS_AHEAD)], how="diagonal")


def zone_rows(visit: Visit, chosen: Choice) -> pl.DataFrame:
    """The hours of the zone that is chosen, with their local time and their instant; else all zones.

    Raises
    ------
    NotFound
        If there is no such zone.
    """
    if chosen.part.kind != "zone":
        return all_zones(visit).select(*_OF_ZONES, cutoff=pl.col("cutoff").dt.strftime(_INSTANT))
    found = week(visit, chosen.part.name)
    hours = pl.concat([found.past, found.ahead], how="diagonal")
    local = pl.col("observed_at").dt.convert_time_zone(visit.desk.zone.key)
    return hours.select(
        local_time=local.dt.strftime("%Y-%m-%d %H:%M"),
        observed_at=pl.col("observed_at").dt.strftime(_INSTANT),
        **{name: name for name in _OF_HOURS},
    )


def _season(visit: Visit, rows: pl.DataFrame) -> pl.DataFrame:
    week = week_frame(visit, rows).select(
        shape=pl.lit(visit.say(Text("semana", "week"))),
        name="name",
        middle="share",
        low="share_low",
        high="share_high",
        unit=pl.lit(visit.say(Text("% de un día medio", "% of a mean day"))),
    )
    year = month_profile(rows).select(
        shape=pl.lit(visit.say(Text("año", "year"))),
        name=pl.format("{}-{}", "year", pl.col("month").cast(pl.String).str.zfill(2)),
        middle="mean_m3",
        low="low",
        high="high",
        unit=pl.lit(visit.say(Text("m³ por día", "m³ per day"))),
    )
    return pl.concat([week, year])


def _file(visit: Visit, rows: pl.DataFrame) -> str:
    """The rows as CSV, their headings in the visitor's language."""
    words = ZONE_HEADINGS if "zone_id" in rows.columns or "flow_m3h" in rows.columns else _HEADINGS
    headings = {name: visit.say(words[name]) for name in rows.columns}
    return as_csv(rows.rename(headings))


def _safe(of: str) -> str:
    return "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "-" for letter in of
    )
