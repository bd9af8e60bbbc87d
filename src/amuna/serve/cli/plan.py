"""`amuna plan-demand`: demand of the next years under scenarios, with ranges."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import polars as pl
import typer

from amuna.domain.errors import UnknownSetting
from amuna.domain.text import Text
from amuna.serve.cli.app import AsJson, open_store, open_workspace
from amuna.serve.cli.language import FORECASTS, told
from amuna.serve.cli.output import facts, print_json, rows_table, say
from amuna.serve.cli.shown import gap

if TYPE_CHECKING:
    from amuna.forecasting.longterm.scenarios import Scenario
    from amuna.workflows.plan_demand import PlanReport

_HELP = Text(
    "Proyecta la demanda de los próximos años con crecimiento, tarifas, clima, ahorro y pérdidas, con rangos.",
    "Demand of the next years under growth, tariffs, climate, efficiency and losses, with ranges.",
)
_YEARS = Text("Años por delante.", "Years ahead.")
_ZONE = Text("Una zona en lugar de todas juntas.", "One zone instead of all together.")
_SCENARIO = Text(
    "Escenario que se muestra; se puede repetir. Todos, si falta.",
    "Scenario to tell of; may be given again. All without it.",
)
_SCENARIOS = Text(
    "Archivo TOML con escenarios propios: vea docs/planning.md.",
    "TOML file with scenarios of your own: see docs/planning.md.",
)
_POPULATION = Text(
    "CSV con zone_id, year, population; si falta, el crecimiento del Perú según la proyección del INEI.",
    "CSV with zone_id, year, population; without it Peru's growth by INEI's projection.",
)
_LOSSES = Text(
    "Parte del agua que hoy se pierde [%], donde los caudales no la muestran.",
    "Share of the system input lost today [%], where no inflows tell it.",
)
_EACH = Text(
    "Filas de cada zona también, en el archivo y en JSON.", "Rows of each zone too, in FILE and JSON."
)
_OUT = Text("Archivo CSV en el que se escriben las filas.", "CSV file to write the rows to.")
_RANGE = Text("{low:,.0f} a {high:,.0f}", "{low:,.0f} to {high:,.0f}")
_COLUMNS = {
    "year": Text("año", "year"),
    "forecast_m3": Text("m³/año", "m³/year"),
    "year_range": Text("rango de 80 % [m³/año]", "80 % range [m³/year]"),
    "forecast_m3_day": Text("m³/día", "m³/day"),
    "day_range": Text("rango de 80 % [m³/día]", "80 % range [m³/day]"),
}
_TITLE, _ALL = Text("Plan de {zone}", "Plan of {zone}"), Text("todas las zonas", "all zones")
_SOURCES = {
    "record": Text("historia de esta empresa", "this utility's record"),
    "published": Text("valor publicado", "published"),
}
_INEI = Text(
    "Perú, proyección del INEI: su ciudad puede ser distinta (--population ARCHIVO)",
    "Peru, INEI's projection: your city may differ (--population FILE)",
)
_ANOMALY = Text(
    "{degrees:+.1f} °C frente a lo usual; la demanda se corrige por ello",
    "{degrees:+.1f} °C from usual; demand is corrected by it",
)
_PER_DEGREE = Text(
    "{central:+.1f} % ({low:+.1f} a {high:+.1f}), {source}",
    "{central:+.1f} % ({low:+.1f} to {high:+.1f}), {source}",
)
_YEAR = Text("{year} (del {first} al {last})", "{year} ({first} to {last})")
_DEMAND = Text("{year:,.0f} m³/año, {day:,.0f} m³/día", "{year:,.0f} m³/year, {day:,.0f} m³/day")
_A_YEAR = Text("{grown:+.1f} % al año", "{grown:+.1f} % a year")
_CHANGE = Text("Cambio hasta {last}, en promedio: {parts}.", "Change by {last}, mean: {parts}.")
_NO_CHANGE = Text("Nada cambia hasta {last}.", "Nothing changes by {last}.")
_WRITTEN = Text("{rows:,} filas en {file}", "{rows:,} rows in {file}")
_EFFECTS = {
    "growth": Text("crecimiento", "growth"),
    "price": Text("tarifa", "price"),
    "climate": Text("clima", "climate"),
    "efficiency": Text("ahorro", "efficiency"),
    "other": Text("otros", "other"),
    "losses": Text("pérdidas", "losses"),
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("plan-demand", help=told(_HELP), rich_help_panel=told(FORECASTS))(plan_demand)


def plan_demand(
    years: Annotated[int, typer.Option(min=1, max=10, help=told(_YEARS))] = 10,
    zone: Annotated[str | None, typer.Option(help=told(_ZONE))] = None,
    scenario: Annotated[list[str] | None, typer.Option(help=told(_SCENARIO))] = None,
    scenarios: Annotated[Path | None, typer.Option(help=told(_SCENARIOS))] = None,
    population: Annotated[Path | None, typer.Option(help=told(_POPULATION))] = None,
    losses_now: Annotated[float | None, typer.Option(min=0, max=90, help=told(_LOSSES))] = None,
    each_zone: Annotated[bool, typer.Option("--each-zone", help=told(_EACH))] = False,
    out: Annotated[Path | None, typer.Option(help=told(_OUT))] = None,
    as_json: AsJson = False,
) -> None:
    """Demand of the next years under growth, tariffs, climate, efficiency and losses, with ranges."""
    from amuna.wiring import planning
    from amuna.workflows.plan_demand import plan_demand as run
    from amuna.workflows.views.planning_record import planning_record

    workspace = open_workspace()
    asked = _chosen(planning.scenarios(scenarios), scenario)
    with open_store(workspace, read_only=True) as store:
        record = planning_record(store, zone=ZoneInfo(workspace.settings.utility_time_zone))
    report = run(
        record,
        asked,
        population=planning.population(population, record.base, years=years),
        years=years,
        zone=zone,
        each_zone=each_zone and zone is None,
        losses_now_percent=losses_now,
    )
    if out is not None:
        report.rows.write_csv(out)
    if as_json:
        print_json(report)
        return
    _print(report)
    if out is not None:
        say(_WRITTEN.fill(rows=len(report.rows), file=out))


def _chosen(known: tuple[Scenario, ...], names: list[str] | None) -> list[Scenario]:
    by_name = {scenario.name: scenario for scenario in known}
    for name in names or ():
        if name not in by_name:
            raise UnknownSetting(
                Text(
                    "No hay ningún escenario {name!r}; hay {known}.",
                    "There is no scenario {name!r}; there are {known}.",
                ),
                remedy=Text(
                    "Elija uno de ellos, o indique el archivo que lo tiene con --scenarios ARCHIVO.",
                    "Choose one of them, or name the file that has it with --scenarios FILE.",
                ),
                setting=f"scenarios.{name}",
                name=name,
                known=list(by_name),
            )
    return [by_name[name] for name in names] if names else list(known)


def _print(report: PlanReport) -> None:
    from amuna.serve.report.plan_words import largest_sentence, proof_sentence, scenario_words

    facts(_TITLE.fill(zone=report.zone or _ALL), _base_facts(report))
    for scenario in report.rows["scenario"].unique(maintain_order=True):
        shown = report.rows.filter(
            pl.col("scenario") == scenario,
            pl.col("zone_id").is_null() if report.zone is None else pl.lit(value=True),
        )
        gap()
        rows_table(scenario_words(scenario), _shown(shown), _COLUMNS)
        say(_moved(report, scenario))
        say(largest_sentence(report, scenario))
    gap()
    say(proof_sentence(report))


def _shown(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows narrow enough for a terminal of 80 columns."""
    return pl.DataFrame(
        {
            "year": [str(year) for year in rows["year"]],
            "forecast_m3": rows["forecast_m3"].round().cast(pl.Int64),
            "year_range": _ranges(rows, "low80_m3", "high80_m3"),
            "forecast_m3_day": rows["forecast_m3_day"].round().cast(pl.Int64),
            "day_range": _ranges(rows, "low80_m3_day", "high80_m3_day"),
        }
    )


def _ranges(rows: pl.DataFrame, low: str, high: str) -> list[str]:
    return [told(_RANGE.fill(low=first, high=last)) for first, last in rows.select(low, high).iter_rows()]


def _base_facts(report: PlanReport) -> dict[Text, object]:
    from amuna.serve.report.plan_words import MEASURES

    spread = report.temperature_percent_per_c
    grown = report.accounts_growth_percent
    return {
        Text("año base", "base year"): _YEAR.fill(
            year=report.base_year, first=report.first_day, last=report.last_day
        ),
        Text("demanda", "demand"): _DEMAND.fill(year=report.base_m3, day=report.base_m3 / 365),
        Text("qué cuenta", "what it counts"): MEASURES[report.measure],
        Text("se perdió en el año base", "lost in the base year"): None
        if report.loss_share is None
        else f"{report.loss_share:.1%}",
        Text("clima del año base", "weather of the base year"): None
        if report.anomaly_c is None
        else _ANOMALY.fill(degrees=report.anomaly_c),
        Text("crecimiento", "growth"): _INEI if report.growth_source == "inei" else report.growth_source,
        Text("crecimiento de cuentas en la historia", "growth of accounts in the record"): None
        if grown is None
        else _A_YEAR.fill(grown=grown),
        Text("consumo por grado", "use per degree"): _PER_DEGREE.fill(
            central=spread.central,
            low=spread.low,
            high=spread.high,
            source=_SOURCES[report.temperature_source],
        ),
    }


def _moved(report: PlanReport, scenario: str) -> Text:
    """What each driver changed by the last year."""
    effects = report.effects.filter(pl.col("scenario") == scenario)
    moved = [
        (_EFFECTS[effect], f"{percent:+.1f} %")
        for effect, percent in effects.select("effect", "change_percent").iter_rows()
        if abs(percent) >= 0.05
    ]
    last = int(report.rows["year"].to_numpy().max())
    if not moved:
        return _NO_CHANGE.fill(last=last)
    parts = Text(*(", ".join(f"{effect[i]} {percent}" for effect, percent in moved) for i in range(2)))
    return _CHANGE.fill(last=last, parts=parts)
