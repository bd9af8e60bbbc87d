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
from amuna.domain.text import Text
from amuna.serve.cli import model_words as words
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.language import FORECASTS, WRITTEN, told
from amuna.serve.cli.lifecycle import Range
from amuna.serve.cli.output import facts, print_json, progress_bar, rows_table, say
from amuna.serve.cli.shown import gap, percents
from amuna.serve.cli.zones import evaluate_zones, forecast_zones, train_zones

if TYPE_CHECKING:
    from amuna.workflows.evaluate import EvaluateReport
    from amuna.workflows.forecast import ForecastReport
    from amuna.workflows.train import TrainReport
    from amuna.workflows.update import UpdateReport


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command, does in (
        (train, words.TRAIN),
        (forecast, words.FORECAST),
        (update, words.UPDATE),
        (evaluate, words.EVALUATE),
    ):
        app.command(help=told(does), rich_help_panel=told(FORECASTS))(command)


class What(StrEnum):
    """What there are models of."""

    ACCOUNTS = "accounts"
    ZONES = "zones"


def train(
    what: Annotated[What, typer.Argument(help=told(words.WHAT))] = What.ACCOUNTS,
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
    with (
        open_store(workspace) as store,
        progress_bar(Text("Entrenamiento", "Train"), quiet=as_json) as progress,
    ):
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
    _print_training(report, None if registry is None else keeping)
    say(words.MASE.fill(folds=settings.train_folds))


def _print_training(report: TrainReport, kept_s: float | None) -> None:
    title = words.TRAINED_BEFORE if report.already_trained else words.TRAINED
    seconds = words.RESUMED if report.resumed else Text.both("{seconds:.1f} s")
    facts(
        title.fill(run=report.run_id),
        {
            words.ACCOUNTS: report.accounts,
            words.SEEN: words.ALL_BEFORE.fill(cutoff=report.cutoff),
            words.COMPARED["mase"]: _better(report.mase, report.baseline_mase),
            words.BY_MODEL["median_mase"]: _against(report.median_mase, report.median_baseline_mase),
            Text("modelos elegidos", "champions"): report.champions,
            words.STATUS: report.status,
            words.TIME: seconds.fill(seconds=report.seconds, n=report.resumed),
            Text("registro", "registry"): None if kept_s is None else words.KEPT.fill(seconds=kept_s),
        },
    )


def _against(mase: float | None, baseline: float | None) -> Text | None:
    if mase is None or baseline is None:
        return None
    return words.AGAINST.fill(mase=mase, baseline=baseline)


def _better(mase: float | None, baseline: float | None) -> Text | None:
    against = _against(mase, baseline)
    if against is None or not mase or not baseline:
        return against
    return words.BELOW.fill(against=against, gain=1 - mase / baseline)


def forecast(
    account: Annotated[str | None, typer.Option(help=told(words.ACCOUNT))] = None,
    horizon: Annotated[int | None, typer.Option(min=1, max=365, help=told(words.HORIZON))] = None,
    billing_days: Annotated[int | None, typer.Option(min=1, max=92, help=told(words.BILLING_DAYS))] = None,
    zone: Annotated[str | None, typer.Option(help=told(words.ZONE))] = None,
    out: Annotated[Path | None, typer.Option(help=told(words.OUT))] = None,
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
        say(words.NOTHING_NEW.fill(cutoff=report.cutoff))
        return
    _print_update(report)


def _print_update(report: UpdateReport) -> None:
    judged = None
    if report.mae is not None and report.baseline_mae is not None:
        judged = words.MISSED.fill(mae=report.mae, baseline=report.baseline_mae)
    facts(
        Text("Actualizado al {cutoff}", "Updated to {cutoff}").fill(cutoff=report.cutoff),
        {
            Text("días nuevos", "new days"): words.NEW_DAYS.fill(days=report.days, rows=report.rows),
            Text("atrasadas o corregidas", "late or corrected"): words.RESTATED.fill(n=report.restated),
            Text("cuentas nuevas", "new accounts"): report.adopted,
            Text("pronósticos juzgados", "forecasts judged"): report.scored,
            Text("acierto", "accuracy"): judged,
            Text("dentro del intervalo del 80 %", "inside the 80 % interval"): None
            if report.coverage80 is None
            else f"{report.coverage80:.1%}",
            Text("pronósticos guardados", "forecasts stored"): report.forecasts,
            words.TIME: words.NO_REFIT.fill(seconds=report.seconds),
        },
    )


def evaluate(
    accounts: Annotated[int, typer.Option(min=0, help=told(words.WORST))] = 10,
    zones: Annotated[bool, typer.Option("--zones", help=told(words.OF_ZONES))] = False,
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
    _print_accuracy(report, accounts)


def _print_accuracy(report: EvaluateReport, accounts: int) -> None:
    rows_table(Text("Prueba, por modelo", "Backtest by model"), report.models, words.BY_MODEL)
    kinds = {"segment": told(Text("segmento", "segment")), "group": told(Text("grupo", "group"))}
    segments = report.segments.with_columns(pl.col("kind").replace(kinds))
    gap()
    rows_table(Text("Por segmento y grupo", "By segment and group"), segments, words.BY_SEGMENT)
    gap()
    rows_table(Text("Por días por delante", "By lead [days]"), report.leads, words.BY_LEAD)
    if len(report.stored):
        gap()
        stored = report.stored.with_columns(percents("coverage80", "coverage95"))
        rows_table(words.STORED_TITLE, stored, words.STORED)
    if accounts:
        gap()
        rows_table(words.WORST_TITLE, report.accounts.head(accounts), words.BY_ACCOUNT)


def _headings(index: str, name: Text) -> dict[str, Text]:
    """Headings of a table of forecasts: what is not exceeded with which probability."""
    from amuna.domain.tables import QUANTILE_COLUMNS

    shares = {column: Text.both(f"{q:.1%}".replace(".0%", "%")) for q, column in QUANTILE_COLUMNS.items()}
    return {index: name, **shares}


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
            words.FORECAST_OF.fill(accounts=report.accounts, cutoff=report.cutoff),
            {
                Text("guardado", "stored"): words.ROWS.fill(rows=report.rows),
                words.PERIOD_SUM: f"{report.total_m3:,.0f} m³",
                words.TIME: f"{report.seconds:.1f} s",
            },
        )
    else:
        rows_table(words.PER_DAY.fill(account=account), report.days, _headings("day", Text("día", "day")))
        gap()
        rows_table(
            words.PERIOD.fill(cutoff=report.cutoff), report.period, _headings("days", Text("días", "days"))
        )
    if out is not None:
        say(WRITTEN.fill(file=out))


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
