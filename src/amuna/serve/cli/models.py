"""`amuna train`, `forecast`, `update` and `evaluate`: the models and what they say."""

from __future__ import annotations

import time
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from amuna import wiring
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.lifecycle import Range
from amuna.serve.cli.output import facts, print_json, progress_bar, rows_table, say
from amuna.serve.cli.zones import evaluate_zones, forecast_zones, train_zones

if TYPE_CHECKING:
    from amuna.workflows.forecast import ForecastReport


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (train, forecast, update, evaluate):
        app.command(rich_help_panel="Forecasts")(command)


class What(StrEnum):
    """What there are models of."""

    ACCOUNTS = "accounts"
    ZONES = "zones"


def train(
    what: Annotated[
        What, typer.Argument(help="Daily consumption of accounts, or hourly inflow of zones.")
    ] = What.ACCOUNTS,
    as_json: AsJson = False,
) -> None:
    """Fit, backtest, choose the champion of every account, store models and evidence; or train the zones.

    The same data, settings and code do nothing a second time; an interrupted training goes on where it was.
    """
    if what is What.ZONES:
        train_zones(as_json=as_json)
        return
    from amuna.workflows.registered import keep
    from amuna.workflows.train import train_fleet

    workspace = open_workspace()
    settings = workspace.settings
    registry = wiring.registry(workspace)
    with open_store(workspace) as store, progress_bar("Train", quiet=as_json) as progress:
        report = train_fleet(
            store=store,
            engine=wiring.engine(settings),
            settings=wiring.fleet_settings(settings),
            now=now(),
            failed_share=settings.train_failed_share,
            progress=progress,
        )
        started = time.perf_counter()
        keep(store=store, registry=registry)
        keeping = time.perf_counter() - started
    if as_json:
        print_json(report)
        return
    better = None
    if report.mase is not None and report.baseline_mase:
        better = f"{1 - report.mase / report.baseline_mase:.0%} below last week repeated"
    facts(
        f"Run {report.run_id}" + (" was trained before: nothing to do" if report.already_trained else ""),
        {
            "accounts": report.accounts,
            "models have seen": f"all days before {report.cutoff}",
            "mean MASE": f"{report.mase:.3f} against {report.baseline_mase:.3f}: {better}"
            if better
            else None,
            "median MASE": None
            if report.median_mase is None
            else f"{report.median_mase:.3f} against {report.median_baseline_mase:.3f}",
            "champions": report.champions,
            "status": report.status,
            "time": f"{report.seconds:.1f} s"
            + (f", {report.resumed:,} accounts from before" if report.resumed else ""),
            "registry": None if registry is None else f"kept as a version in {keeping:.1f} s: amuna models",
        },
    )
    say(
        "MASE: mean absolute residual over the account's mean weekly difference; "
        f"backtest, {settings.train_folds} cutoffs."
    )


def forecast(
    account: Annotated[
        str | None, typer.Option(help="Only this account; all are forecast and stored without it.")
    ] = None,
    horizon: Annotated[
        int | None, typer.Option(min=1, max=365, help="Days ahead; 14 unless set otherwise.")
    ] = None,
    billing_days: Annotated[
        int | None,
        typer.Option(min=1, max=92, help="Length of the billing period \\[days]; 30 unless set otherwise."),
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option(help="The next 168 hours of this zone's inflow; all to forecast and store every zone."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Also write the quantiles per day to .csv, .parquet or .json.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The next consumption of every account, per day and for the billing period; or inflow of zones, by hour."""
    from amuna.workflows.export import require_format, write_frame
    from amuna.workflows.forecast import forecast as run

    if out is not None:
        require_format(out)
    if zone is not None:
        forecast_zones(zone, out=out, as_json=as_json)
        return
    workspace = open_workspace()
    settings = workspace.settings
    with open_store(workspace, read_only=account is not None) as store:
        report = run(
            store=store,
            horizon=horizon or settings.forecast_horizon,
            billing_days=billing_days or settings.forecast_billing_days,
            account=account,
        )
    if out is not None:
        days = horizon or settings.forecast_horizon
        write_frame(_stored(workspace, report, days) if report.days is None else report.days, out)
    if as_json:
        _print_forecast_json(report, account, out)
    else:
        _print_forecast(report, account, out)


def update(accounts: Range = "", as_json: AsJson = False) -> None:
    """Take what is new since the watermark into the fitted models without refitting; score; forecast anew."""
    from amuna.workflows.shards import parse_accounts
    from amuna.workflows.update import update as run

    wanted = parse_accounts(accounts)

    workspace = open_workspace()
    with open_store(workspace) as store:
        report = run(
            store=store,
            settings=wiring.fleet_settings(workspace.settings),
            now=now(),
            accounts=wanted,
            keep_days=workspace.settings.forecast_keep_days,
        )
    if as_json:
        print_json(report)
        return
    if report.days == 0 and report.rows == 0 and report.restated == 0:
        say(f"Nothing is new since {report.cutoff}.")
        return
    judged = None
    if report.mae is not None and report.baseline_mae is not None:
        judged = f"{report.mae:.3f} m³/day off on average; last week repeated: {report.baseline_mae:.3f}"
    facts(
        f"Updated to {report.cutoff}",
        {
            "new days": f"{report.days} ({report.rows:,} rows)",
            "late or corrected": f"{report.restated:,} accounts, states built anew",
            "new accounts": report.adopted,
            "forecasts judged": report.scored,
            "accuracy": judged,
            "inside the 80 % interval": None if report.coverage80 is None else f"{report.coverage80:.1%}",
            "forecasts stored": report.forecasts,
            "time": f"{report.seconds:.1f} s, without refitting",
        },
    )


def evaluate(
    accounts: Annotated[
        int, typer.Option(min=0, help="Accounts to list, the worst against their baseline first.")
    ] = 10,
    zones: Annotated[
        bool, typer.Option("--zones", help="Judge stored forecasts of zones instead, by what flowed since.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Accuracy by model, segment, lead and account against the baseline, from backtests and from stored forecasts."""
    if zones:
        evaluate_zones(as_json=as_json)
        return
    from amuna.workflows.evaluate import evaluate as run

    with open_store(open_workspace(), read_only=True) as store:
        report = run(store=store)
    if as_json:
        print_json(report)
        return
    base = {"accounts": "accounts", "mase": "mean MASE"}
    rows_table(
        "Backtest by model",
        report.models,
        {"model": "model", **base, "median_mase": "median MASE", "mae_m3": "MAE [m³/day]"},
    )
    against = {"mase": "mean MASE", "baseline_mase": "last week"}
    rows_table(
        "By segment and group",
        report.segments,
        {"kind": "by", "name": "name", "accounts": "accounts", **against},
    )
    rows_table("By lead [days]", report.leads, {"lead": "lead", **against})
    if len(report.stored):
        names = {
            "lead": "lead [days]",
            "forecasts": "forecasts",
            "mae_m3": "MAE [m³]",
            "baseline_mae_m3": "last week [m³]",
        }
        names |= {"coverage80": "inside 80 %", "coverage95": "inside 95 %"}
        rows_table("Stored forecasts, judged since", report.stored, names)
    if accounts:
        names = {
            "account_id": "account",
            "champion": "champion",
            "status": "status",
            **against,
            "mae_m3": "MAE [m³/day]",
        }
        rows_table("Worst against their baseline", report.accounts.head(accounts), names)


def _headings(index: str) -> dict[str, str]:
    """Headings of a table of forecasts: what is not exceeded with which probability."""
    from amuna.domain.tables import QUANTILE_COLUMNS

    shares = {column: f"{q:.1%}".replace(".0%", "%") for q, column in QUANTILE_COLUMNS.items()}
    return {index: index, **shares}


def _stored(workspace: wiring.Workspace, report: ForecastReport, days: int) -> pl.DataFrame:
    """The forecasts just stored; an earlier call may have stored more days."""
    from amuna.domain.tables import FORECASTS

    with open_store(workspace, read_only=True) as store:
        rows = store.read(FORECASTS, where={"run_id": report.run_id, "cutoff": report.cutoff})
    asked = pl.col("day") < report.cutoff + timedelta(days=days)
    return rows.filter(asked).sort("account_id", "day")


def _print_forecast(report: ForecastReport, account: str | None, out: Path | None) -> None:
    if report.days is None or report.period is None:
        facts(
            f"Forecast of {report.accounts:,} accounts from {report.cutoff}",
            {
                "stored": f"{report.rows:,} rows (account × day)",
                "sum of the billing period's medians": f"{report.total_m3:,.0f} m³",
                "time": f"{report.seconds:.1f} s",
            },
        )
    else:
        rows_table(f"Account {account}: forecast per day [m³]", report.days, _headings("day"))
        rows_table(f"Billing period from {report.cutoff}: total [m³]", report.period, _headings("days"))
    if out is not None:
        say(f"Written to {out}")


def _print_forecast_json(report: ForecastReport, account: str | None, out: Path | None) -> None:
    body: dict[str, object] = {
        "run_id": report.run_id,
        "cutoff": report.cutoff,
        "accounts": report.accounts,
        "rows": report.rows,
        "seconds": report.seconds,
        "file": out,
    }
    if account is not None:
        body |= {"account_id": account, "days": report.days, "period": report.period}
    print_json(body)
