"""`amuna explain`: from a forecast back to the readings, the model and the code that made it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from amuna.serve.cli.app import AsJson, open_store, open_workspace
from amuna.serve.cli.output import facts, print_json, rows_table, say, text_of

if TYPE_CHECKING:
    from amuna.workflows.explain import Explanation

_What = Annotated[
    str | None, typer.Argument(metavar="FORECAST", help="An account, or RUN/ACCOUNT/CUTOFF/DAY.")
]
_Zone = Annotated[str | None, typer.Option(help="A zone instead: why its week ahead is what it is.")]
_ReasonsOnly = Annotated[
    bool, typer.Option("--reasons-only", help="With --zone: the stored reasons alone, at once.")
]
_Day = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day forecast; without it the first one.")
]
_Cutoff = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"], help="First day the forecast had not seen; without it the last such forecast."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Lifecycle")(explain)


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
        raise typer.BadParameter("Name an account or a forecast, or a zone with --zone.")
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
    say(f"Forecast {found.reference}\n")
    _print_forecast(found)
    say("")
    _print_run(found)
    say("")
    _print_model(found)
    say("")
    _print_readings(found)


def _print_forecast(found: Explanation) -> None:
    quantiles = {f"{q:.1%}".replace(".0%", "%"): value for q, value in found.quantiles.iter_rows()}
    ahead = "1 day" if found.lead == 1 else f"{found.lead} days"
    facts(
        f"Account {found.account_id} on {found.day}, {ahead} ahead [m³]",
        {"segment": found.segment, **quantiles, "what happened": _outcome(found)},
    )


def _outcome(found: Explanation) -> str:
    mine = found.outcome.filter(pl.col("cutoff") == found.cutoff)
    rows = mine if len(mine) else found.outcome
    if rows.is_empty():
        return "not known or not judged yet"
    row = rows.row(0, named=True)
    inside = "inside" if row["inside80"] else "outside"
    last = "" if row["baseline_m3"] is None else f"; last week repeated said {text_of(row['baseline_m3'])}"
    return f"{text_of(row['observed_m3'])}, {inside} the 80 % interval{last}"


def _print_run(found: Explanation) -> None:
    run = found.run
    state = found.state or {}
    facts(
        "Made by",
        {
            "run": f"{run['run_id']} ({run.get('kind', 'removed')}{', serves' if run.get('serves') else ''})",
            "code": f"Amuna {run.get('code_version')}, settings {run.get('settings_hash')}",
            "trained": f"{text_of(run.get('started_at'))}, on all days before {run.get('cutoff')}",
            "forecast": f"{text_of(found.made_at)}, having seen all days before {found.cutoff}",
            "batches known": f"those committed up to {text_of(found.known_at)}",
            "state by now": f"has seen all days before {text_of(state.get('cutoff'))}",
        },
    )


def _print_model(found: Explanation) -> None:
    if found.model is None:
        say("Its model has been removed since.")
        return
    model, interval = found.model, found.interval or {}
    parameters = [
        f"{p['name']} {text_of(p['value'])}"
        + (f" ± {text_of(p['standard_error'])}" if p["standard_error"] is not None else "")
        for p in model["parameters"]
    ]
    facts(
        "Model" + (" (another than then: it was replaced since)" if found.replaced_since else ""),
        {
            "champion": f"{model['champion']} ({model['status']})",
            "weights": {name: weight for name, weight in model["weights"].items() if weight},
            "ARIMA": f"{model['order']}, transform {model['transform']}" if model["order"] else None,
            "parameters": "; ".join(parameters) or None,
            "fitted": f"by {model['fitted_run']}, on all days before {model['fitted_to']}"
            if model["fitted_run"]
            else None,
            "interval": f"group {interval.get('group')}, scale {text_of(interval.get('scale_m3'))} m³",
        },
    )
    if len(found.evidence):
        names = {"model": "model", "cutoff": "cutoff", "days": "days", "mae": "MAE [m³/day]", "mase": "MASE"}
        say("")
        rows_table("Evidence it won on", found.evidence, names)
    if len(found.decisions):
        names = {
            "day": "day",
            "decision": "decision",
            "reason": "reason",
            "decided_by": "by",
            "evidence": "evidence",
        }
        say("")
        rows_table("Decisions about this account", found.decisions, names)


def _print_readings(found: Explanation) -> None:
    names = {
        "day": "day",
        "consumption_m3": "m³",
        "flag": "flag",
        "recorded_at": "recorded",
        "batch_id": "batch",
    }
    rows_table("Readings as they were known", found.readings, names)
    if len(found.corrections):
        say("")
        rows_table("Came or changed since", found.corrections, {**names, "was_m3": "was [m³]"})
    names = {"batch_id": "batch", "feed": "feed", "source": "source", "rows_accepted": "accepted"}
    names |= {"rows_quarantined": "refused", "committed_at": "committed"}
    say("")
    rows_table("Batches that brought them", found.batches, names)
