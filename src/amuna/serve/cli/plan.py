"""`amuna plan-demand`: demand of the next years under scenarios, with ranges."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import polars as pl
import typer

from amuna.domain.errors import UnknownSetting
from amuna.serve.cli.app import AsJson, open_store, open_workspace
from amuna.serve.cli.output import facts, print_json, rows_table, say

if TYPE_CHECKING:
    from amuna.forecasting.longterm.scenarios import Scenario
    from amuna.workflows.plan_demand import PlanReport

_COLUMNS = {
    "year": "year",
    "forecast_m3": "m³/year",
    "year_range": "80 % range [m³/year]",
    "forecast_m3_day": "m³/day",
    "day_range": "80 % range [m³/day]",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("plan-demand", rich_help_panel="Forecasts")(plan_demand)


def plan_demand(
    years: Annotated[int, typer.Option(min=1, max=10, help="Years ahead.")] = 10,
    zone: Annotated[str | None, typer.Option(help="One zone instead of all together.")] = None,
    scenario: Annotated[
        list[str] | None, typer.Option(help="Scenario to tell of; may be given again. All without it.")
    ] = None,
    scenarios: Annotated[
        Path | None, typer.Option(help="TOML file with scenarios of your own: see docs/planning.md.")
    ] = None,
    population: Annotated[
        Path | None,
        typer.Option(
            help="CSV with zone_id, year, population; without it Peru's growth by INEI's projection."
        ),
    ] = None,
    losses_now: Annotated[
        float | None,
        typer.Option(
            min=0, max=90, help="Share of the system input lost today [%], where no inflows tell it."
        ),
    ] = None,
    each_zone: Annotated[
        bool, typer.Option("--each-zone", help="Rows of each zone too, in FILE and JSON.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="CSV file to write the rows to.")] = None,
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
        say(f"{len(report.rows):,} rows in {out}")


def _chosen(known: tuple[Scenario, ...], names: list[str] | None) -> list[Scenario]:
    by_name = {scenario.name: scenario for scenario in known}
    for name in names or ():
        if name not in by_name:
            raise UnknownSetting(
                f"There is no scenario {name!r}; there are {', '.join(by_name)}.",
                remedy="Choose one of them, or name the file that has it with --scenarios FILE.",
                setting=f"scenarios.{name}",
            )
    return [by_name[name] for name in names] if names else list(known)


def _print(report: PlanReport) -> None:
    from amuna.serve.report.plan_words import largest_sentence, proof_sentence, scenario_words

    facts(f"Plan of {report.zone or 'all zones'}", _base_facts(report))
    for scenario in report.rows["scenario"].unique(maintain_order=True):
        shown = report.rows.filter(
            pl.col("scenario") == scenario,
            pl.col("zone_id").is_null() if report.zone is None else pl.lit(value=True),
        )
        say("")
        rows_table(scenario_words(scenario).en, _shown(shown), _COLUMNS)
        say(_moved(report, scenario))
        say(largest_sentence(report, scenario).en)
    say("")
    say(proof_sentence(report).en)


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
    return [f"{first:,.0f} to {last:,.0f}" for first, last in rows.select(low, high).iter_rows()]


def _base_facts(report: PlanReport) -> dict[str, object]:
    from amuna.serve.report.plan_words import MEASURES

    spread = report.temperature_percent_per_c
    source = {"record": "this utility's record", "published": "published"}[report.temperature_source]
    grown = report.accounts_growth_percent
    return {
        "base year": f"{report.base_year} ({report.first_day} to {report.last_day})",
        "demand": f"{report.base_m3:,.0f} m³/year, {report.base_m3 / 365:,.0f} m³/day",
        "what it counts": MEASURES[report.measure].en,
        "lost in the base year": None if report.loss_share is None else f"{report.loss_share:.1%}",
        "weather of the base year": None
        if report.anomaly_c is None
        else f"{report.anomaly_c:+.1f} °C from usual; demand is corrected by it",
        "growth": "Peru, INEI's projection: your city may differ (--population FILE)"
        if report.growth_source == "inei"
        else report.growth_source,
        "growth of accounts in the record": None if grown is None else f"{grown:+.1f} % a year",
        "use per degree": f"{spread.central:+.1f} % ({spread.low:+.1f} to {spread.high:+.1f}), {source}",
    }


def _moved(report: PlanReport, scenario: str) -> str:
    """What each driver changed by the last year."""
    effects = report.effects.filter(pl.col("scenario") == scenario)
    parts = [
        f"{effect} {percent:+.1f} %"
        for effect, percent in effects.select("effect", "change_percent").iter_rows()
        if abs(percent) >= 0.05
    ]
    last = int(report.rows["year"].to_numpy().max())
    return f"Change by {last}, mean: {', '.join(parts)}." if parts else f"Nothing changes by {last}."
