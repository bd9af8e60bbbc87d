"""`amuna explain`: from a forecast back to the readings, the model and the code that made it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from amuna.domain.text import Text
from amuna.serve.cli import explain_words as words
from amuna.serve.cli.app import AsJson, open_store, open_workspace
from amuna.serve.cli.language import LIFECYCLE, told
from amuna.serve.cli.output import facts, print_json, rows_table, say, text_of
from amuna.serve.cli.shown import gap

if TYPE_CHECKING:
    from amuna.workflows.explain import Explanation

_What = Annotated[str | None, typer.Argument(metavar=told(words.FORECAST_NAME), help=told(words.WHAT))]
_Zone = Annotated[str | None, typer.Option(help=told(words.ZONE))]
_ReasonsOnly = Annotated[bool, typer.Option("--reasons-only", help=told(words.REASONS_ONLY))]
_Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=told(words.DAY))]
_Cutoff = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=told(words.CUTOFF))]
_BATCH = 8  # characters of a batch's name that tell it from others


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(help=told(words.HELP), rich_help_panel=told(LIFECYCLE))(explain)


def explain(
    what: _What = None,
    zone: _Zone = None,
    day: _Day = None,
    cutoff: _Cutoff = None,
    reasons_only: _ReasonsOnly = False,
    as_json: AsJson = False,
) -> None:
    """From a stored forecast back to the readings, the model and the code that made it, and on to what happened.

    With --zone: why each day of a zone's week ahead departs from the usual one, and what its models look at.
    """
    if (what is None) == (zone is None):
        raise typer.BadParameter(told(words.NAME_ONE))
    if zone is not None:
        from amuna.serve.cli.zone_reasons import explain_zone

        explain_zone(zone, reasons_only=reasons_only, as_json=as_json)
        return
    assert what is not None
    from amuna.workflows.explain import explain as run

    with open_store(open_workspace(), read_only=True) as store:
        found = run(what, store=store, day=day and day.date(), cutoff=cutoff and cutoff.date())
    print_json(found) if as_json else _print(found)


def _print(found: Explanation) -> None:
    say(words.FORECAST.fill(reference=found.reference))
    gap()
    _print_forecast(found)
    gap()
    _print_run(found)
    gap()
    _print_model(found)
    gap()
    _print_readings(found)


def _print_forecast(found: Explanation) -> None:
    quantiles = {Text.both(f"{q:.1%}".replace(".0%", "%")): value for q, value in found.quantiles.iter_rows()}
    title = words.DAY_AHEAD if found.lead == 1 else words.DAYS_AHEAD
    facts(
        title.fill(account=found.account_id, day=found.day, lead=found.lead),
        {words.SEGMENT: found.segment, **quantiles, words.HAPPENED: _outcome(found)},
    )


def _outcome(found: Explanation) -> Text:
    mine = found.outcome.filter(pl.col("cutoff") == found.cutoff)
    rows = mine if len(mine) else found.outcome
    if rows.is_empty():
        return words.NOT_JUDGED
    row = rows.row(0, named=True)
    inside = words.INSIDE if row["inside80"] else words.OUTSIDE
    said = inside.fill(observed=text_of(row["observed_m3"]))
    if row["baseline_m3"] is None:
        return said
    return words.LAST_WEEK.fill(said=said, baseline=text_of(row["baseline_m3"]))


def _print_run(found: Explanation) -> None:
    run = found.run
    state = found.state or {}
    kind = Text.both(run["kind"]) if "kind" in run else words.REMOVED
    serves = words.SERVES if run.get("serves") else words.RUN
    facts(
        words.MADE_BY,
        {
            Text("entrenamiento", "run"): serves.fill(run=run["run_id"], kind=kind),
            Text("código", "code"): words.CODE.fill(
                code=run.get("code_version"), settings=run.get("settings_hash")
            ),
            Text("entrenado", "trained"): words.TRAINED.fill(
                at=text_of(run.get("started_at")), cutoff=run.get("cutoff")
            ),
            Text("pronosticado", "forecast"): words.MADE.fill(at=text_of(found.made_at), cutoff=found.cutoff),
            Text("lotes conocidos", "batches known"): words.KNOWN.fill(at=text_of(found.known_at)),
            Text("estado actual", "state by now"): words.STATE.fill(cutoff=text_of(state.get("cutoff"))),
        },
    )


def _print_model(found: Explanation) -> None:
    if found.model is None:
        say(words.MODEL_GONE)
        return
    model, interval = found.model, found.interval or {}
    parameters = [
        f"{p['name']} {text_of(p['value'])}"
        + (f" ± {text_of(p['standard_error'])}" if p["standard_error"] is not None else "")
        for p in model["parameters"]
    ]
    facts(
        words.MODEL_REPLACED if found.replaced_since else words.MODEL,
        {
            Text("elegido", "champion"): f"{model['champion']} ({model['status']})",
            Text("pesos", "weights"): {name: weight for name, weight in model["weights"].items() if weight},
            Text.both("ARIMA"): words.ARIMA.fill(order=model["order"], transform=model["transform"])
            if model["order"]
            else None,
            Text("parámetros", "parameters"): "; ".join(parameters) or None,
            Text("ajustado", "fitted"): words.FITTED.fill(run=model["fitted_run"], cutoff=model["fitted_to"])
            if model["fitted_run"]
            else None,
            Text("intervalo", "interval"): words.INTERVAL.fill(
                group=interval.get("group"), scale=text_of(interval.get("scale_m3"))
            ),
        },
    )
    if len(found.evidence):
        gap()
        rows_table(words.EVIDENCE, found.evidence, words.EVIDENCE_COLUMNS)
    if len(found.decisions):
        gap()
        rows_table(words.DECISIONS, found.decisions, words.DECISION_COLUMNS)


def _print_readings(found: Explanation) -> None:
    batch = pl.col("batch_id").str.head(_BATCH)
    rows_table(words.READINGS, found.readings.with_columns(batch), words.READING_COLUMNS)
    if len(found.corrections):
        gap()
        rows_table(words.CORRECTIONS, found.corrections.with_columns(batch), words.CORRECTION_COLUMNS)
    gap()
    rows_table(words.BATCHES, found.batches.with_columns(batch, *_origin()), words.BATCH_COLUMNS)


def _origin() -> list[pl.Expr]:
    """Feed and source by the ends of their paths; no feed where it has no name but that of its source."""
    feed, source = (pl.col(name).str.split("/").list.last() for name in ("feed", "source"))
    return [pl.when(feed.ne_missing(source)).then(feed).alias("feed"), source.alias("source")]
