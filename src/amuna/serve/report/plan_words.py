"""Words of plans: scenarios, effects, and what a plan says in a sentence."""

from __future__ import annotations

import polars as pl

from amuna.domain.text import Text
from amuna.serve.report.numbers import share
from amuna.workflows.plan_demand import PlanReport

SCENARIOS = {
    "base": Text("Base", "Base"),
    "high_growth": Text("Crecimiento alto", "High growth"),
    "dry_hot": Text("Seco y cálido", "Dry and hot"),
    "efficiency": Text("Uso eficiente", "Efficiency"),
    "chosen": Text("Con estos controles", "With these sliders"),
}
EFFECTS = {
    "growth": Text("el crecimiento de la población", "population growth"),
    "price": Text("la tarifa", "the tariff"),
    "climate": Text("el clima", "climate"),
    "efficiency": Text("el ahorro por equipos y hábitos", "savings by fixtures and habits"),
    "other": Text("lo que ninguna causa explica", "what no driver explains"),
    "losses": Text("las pérdidas", "losses"),
}
MEASURES = {
    "system_input": Text(
        "agua que entra a la red, con pérdidas", "water put into the network, losses included"
    ),
    "consumption": Text(
        "consumo en los medidores, sin pérdidas: los caudales de las zonas no las muestran",
        "consumption at customers' meters, without losses: no inflows of zones tell them",
    ),
}
_LARGEST = Text(
    "{scenario}: {cause} es la mayor fuente de incertidumbre ({part} de la varianza).",
    "{scenario}: {cause} is the largest source of uncertainty ({part} of the variance).",
)
_SURE = Text(
    "{scenario}: nada en este escenario tiene rango.", "{scenario}: nothing in this scenario has a range."
)
_PUBLISHED = Text(
    "El rango se apoya en valores publicados y no en la historia de esta empresa: para probarlo hacen falta 3 años completos.",
    "The range rests on published values and not on this utility's record: testing it takes 3 full years.",
)
_NO_POPULATION = Text(
    "El método no se probó con años pasados: no hay proyección de población para ellos.",
    "The method was not tried on past years: there is no population projection for them.",
)
_TRIED = Text(
    "Probado con años pasados: {inside} de {all} cayeron en su rango de 80 %; el error absoluto medio fue {miss}. Son pocos años y no independientes.",
    "Tried on past years: {inside} of {all} fell inside their 80 % range; the mean absolute error was {miss}. They are few years, and not independent.",
)


def scenario_words(name: str) -> Text:
    """What a scenario is called; a person's own by its name."""
    return SCENARIOS.get(name, Text(name, name))


def largest_sentence(report: PlanReport, scenario: str) -> Text:
    """Which driver makes a scenario's last year most uncertain."""
    effects = report.effects.filter(pl.col("scenario") == scenario)
    top = effects.sort("variance_share", descending=True).row(0, named=True)
    words = scenario_words(scenario)
    if not top["variance_share"] > 0:
        return _SURE.fill(scenario=words)
    return _LARGEST.fill(scenario=words, cause=EFFECTS[top["effect"]], part=share(top["variance_share"]))


def proof_sentence(report: PlanReport) -> Text:
    """How the method did on the utility's own years, or that it could not be tried."""
    if report.tried.is_empty():
        return _PUBLISHED if report.tried_why == "few_years" else _NO_POPULATION
    miss = report.tried.select((pl.col("forecast_m3") / pl.col("observed_m3") - 1).abs().mean()).item()
    inside = int(report.tried["inside80"].sum())
    return _TRIED.fill(inside=str(inside), all=str(len(report.tried)), miss=share(miss, decimals=1))
