"""Demand of the next years under scenarios, with ranges, what moves it, and how the method did on the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

import numpy as np
import polars as pl

from amuna.domain.errors import NotFound, UnknownSetting, WrongPeriod
from amuna.domain.panel import Floats
from amuna.domain.tables import QUANTILE_COLUMNS
from amuna.domain.text import Text
from amuna.forecasting.longterm.base_year import BaseYear, losing, only
from amuna.forecasting.longterm.drivers import Draws, Spread, draw
from amuna.forecasting.longterm.hindcast import FEWEST_YEARS, growth_paths, hindcast
from amuna.forecasting.longterm.population import Projection
from amuna.forecasting.longterm.project import Projected, project, quantiles, variance_shares
from amuna.forecasting.longterm.scenarios import PUBLISHED_TEMPERATURE, Scenario
from amuna.workflows.views.planning_record import YEAR, PlanningRecord

MOST_YEARS = 10
_DRAWS = 10_000
_PER_DAY = {"low80_m3": "low80_m3_day", "forecast_m3": "forecast_m3_day", "high80_m3": "high80_m3_day"}
_TRIED = {
    "base": pl.Int64,
    "year": pl.Int64,
    "observed_m3": pl.Float64,
    "low80_m3": pl.Float64,
    "forecast_m3": pl.Float64,
    "high80_m3": pl.Float64,
    "inside80": pl.Boolean,
}


@dataclass(frozen=True)
class PlanReport:
    """Demand of years to come.

    Parameters
    ----------
    zone
        Zone that is told of; None for all together.
    base_year, first_day, last_day, base_m3
        Year the plan counts from, its days, and its demand in usual weather [m³].
    measure
        `system_input` with losses, or `consumption` where losses are not known.
    loss_share
        Share of the system input lost in the base year; None where not known.
    growth_source
        `inei`, or the file of the population projection; scenarios with a growth of their own do not use it.
    temperature_source, temperature_percent_per_c
        `record` or `published`, and the change of use per degree [%/degC].
    anomaly_c
        How much warmer the base year was than usual [degC], which its demand is corrected by; None where unknown.
    hot_days
        Days of the base year above 30 degC; None where unknown.
    accounts_growth_percent
        Growth of accounts in the record [% a year], to compare the projection with; None with a single year.
    rows
        scenario, zone_id (null for all), year, the quantile columns [m³/year], and low80_m3_day, forecast_m3_day, high80_m3_day.
    effects
        scenario, effect, change_m3 by the last year (mean of the draws), change_percent of the base, variance_share.
    tried
        Years told from earlier ones, with the first scenario, as customers' meters counted them: base, year, observed_m3,
        low80_m3, forecast_m3, high80_m3, inside80.
    tried_why
        Why `tried` is empty: `few_years` or `no_population`; empty where it is not.
    """

    zone: str | None
    base_year: int
    first_day: date
    last_day: date
    base_m3: float
    measure: str
    loss_share: float | None
    growth_source: str
    temperature_source: str
    temperature_percent_per_c: Spread
    anomaly_c: float | None
    hot_days: int | None
    accounts_growth_percent: float | None
    rows: pl.DataFrame = field(repr=False)
    effects: pl.DataFrame = field(repr=False)
    tried: pl.DataFrame = field(repr=False)
    tried_why: str


def plan_demand(
    record: PlanningRecord,
    scenarios: Sequence[Scenario],
    *,
    population: Projection,
    years: int = MOST_YEARS,
    zone: str | None = None,
    each_zone: bool = False,
    losses_now_percent: float | None = None,
    seed: int = 0,
) -> PlanReport:
    """Demand of the next years under scenarios.

    Parameters
    ----------
    record
        From `planning_record`; keep it, and scenarios that change answer within tens of milliseconds.
    population
        Projection that growth follows.
    years
        Years ahead, 1 to 10.
    zone
        Zone to tell of; None for all together.
    each_zone
        Whether rows of each zone follow those of all.
    losses_now_percent
        Share of the system input lost in the base year [%], where the store does not tell.
    seed
        Of the draws, which all scenarios share.

    Raises
    ------
    WrongPeriod
        If years are not 1 to 10.
    NotFound
        If there is no such zone.
    NotEnoughData
        If the population projection does not reach the last year.
    UnknownSetting
        If a scenario has a target of losses while those of today are not known.
    """
    _check_years(years)
    whole = _base(record, losses_now_percent)
    response = record.temperature_percent_per_c
    asked = [_completed(scenario, whole, response) for scenario in scenarios]
    draws = _drawn(seed, years, len(whole.zones))
    base, draws = (whole, draws) if zone is None else _one_zone(whole, draws, zone)
    rows, effects = [], []
    for scenario in asked:
        growth = growth_paths(base, scenario, population, years)
        projected = project(base, scenario, growth, draws, each_zone=each_zone)
        rows += _rows(scenario, base, projected, zone)
        effects.append(_effects(scenario, base, projected))
    tried = [] if zone is not None else hindcast(record.years, asked[0], population, seed=seed)
    return PlanReport(
        zone,
        base.year,
        base.first_day,
        base.last_day,
        base.total_m3,
        "system_input" if base.losses_known else "consumption",
        _lost_share(base),
        population.source,
        "published" if response is None else "record",
        response or PUBLISHED_TEMPERATURE,
        record.anomalies_c[-1],
        record.hot_days,
        _accounts_growth(record),
        pl.concat(rows),
        pl.concat(effects),
        _tried(tried),
        _why_untried(tried, record),
    )


@lru_cache(maxsize=1)
def _drawn(seed: int, years: int, zones: int) -> Draws:
    """Kept, for a slider that moves asks for the same again and again: some megabytes for a utility of sixty zones."""
    return draw(np.random.default_rng(seed), years=years, zones=zones, draws=_DRAWS)


def _check_years(years: int) -> None:
    if not 1 <= years <= MOST_YEARS:
        raise WrongPeriod(
            Text(
                "Se pidieron {years} años hacia adelante; los planes abarcan de 1 a {most}.",
                "{years} years ahead; plans reach 1 to {most}.",
            ),
            remedy=Text("Pida --years de 1 a {most}.", "Ask for --years 1 to {most}."),
            years=years,
            most=MOST_YEARS,
        )


def _lost_share(base: BaseYear) -> float | None:
    """Share of the system input that is not consumed; None where it is not known."""
    sold = float((base.household_m3 + base.other_m3).sum())
    return 1 - sold / base.total_m3 if base.losses_known else None


def _why_untried(tried: Sequence[object], record: PlanningRecord) -> str:
    if tried:
        return ""
    return "few_years" if len(record.years) < FEWEST_YEARS else "no_population"


def _base(record: PlanningRecord, losses_now_percent: float | None) -> BaseYear:
    base = record.base
    if losses_now_percent is None or base.losses_known:
        return base
    return losing(base, losses_now_percent / 100)


def _completed(scenario: Scenario, base: BaseYear, response: Spread | None) -> Scenario:
    """The scenario with the record's answer to temperature where it has none of its own."""
    if scenario.losses_percent is not None and not base.losses_known:
        raise UnknownSetting(
            Text(
                "El escenario {scenario} indica losses_percent, pero no se sabe cuánto se pierde hoy.",
                "Scenario {scenario} has losses_percent, but nothing tells what is lost today.",
            ),
            remedy=Text(
                "Indique las pérdidas de hoy con --losses-now PORCENTAJE, o ingrese los caudales de las zonas.",
                "Give today's share with --losses-now PERCENT, or ingest the zones' inflows.",
            ),
            setting=f"scenarios.{scenario.name}.losses_percent",
            scenario=scenario.name,
        )
    if scenario.temperature_percent_per_c is not None:
        return scenario
    return replace(scenario, temperature_percent_per_c=response or PUBLISHED_TEMPERATURE)


def _one_zone(base: BaseYear, draws: Draws, zone: str) -> tuple[BaseYear, Draws]:
    if zone not in base.zones:
        raise NotFound("zone", zone)
    at = base.zones.index(zone)
    return only(base, at), replace(draws, zones=draws.zones[at : at + 1])


def _rows(scenario: Scenario, base: BaseYear, projected: Projected, zone: str | None) -> list[pl.DataFrame]:
    parts: list[tuple[str | None, Floats]] = [(zone, projected.total_m3)]
    if projected.zones_m3 is not None:
        parts += list(zip(base.zones, projected.zones_m3, strict=True))
    out = []
    for name, values in parts:
        table = pl.DataFrame(
            quantiles(values, list(QUANTILE_COLUMNS)), schema=list(QUANTILE_COLUMNS.values())
        )
        labelled = table.select(
            pl.lit(scenario.name).alias("scenario"),
            pl.lit(name, pl.String).alias("zone_id"),
            (base.year + 1 + pl.int_range(pl.len(), dtype=pl.Int64)).alias("year"),
            pl.all(),
            *((pl.col(year) / YEAR).alias(day) for year, day in _PER_DAY.items()),
        )
        out.append(labelled)
    return out


def _effects(scenario: Scenario, base: BaseYear, projected: Projected) -> pl.DataFrame:
    shares = variance_shares(projected.effects_m3)
    changes = {name: float(part.mean()) for name, part in projected.effects_m3.items()}
    return pl.DataFrame(
        {
            "scenario": scenario.name,
            "effect": list(changes),
            "change_m3": list(changes.values()),
            "change_percent": [100 * change / base.total_m3 for change in changes.values()],
            "variance_share": list(shares.values()),
        }
    )


def _accounts_growth(record: PlanningRecord) -> float | None:
    if len(record.accounts) < 2:
        return None
    ratio = record.accounts[-1] / record.accounts[0]
    return float(100 * (ratio ** (1 / (len(record.accounts) - 1)) - 1))


def _tried(tried: Sequence[object]) -> pl.DataFrame:
    return pl.DataFrame([{name: getattr(one, name) for name in _TRIED} for one in tried], schema=_TRIED)
