"""`amuna demo`: the main job from end to end on a simulated utility."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from amuna import wiring
from amuna.config.settings import FILE_NAME, Settings
from amuna.config.template import template
from amuna.domain.errors import PermanentError
from amuna.domain.ports import Store
from amuna.serve.cli.app import AsJson, now, open_store
from amuna.serve.cli.language import LANGUAGE
from amuna.serve.cli.output import console, errors, facts, next_steps, print_json, program
from amuna.serve.cli.welcome import DEMO_MARK


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Workspace")(demo)


def demo(
    folder: Annotated[
        Path, typer.Argument(help="Workspace to make; a demo that is there already is replaced.")
    ] = Path("demo"),
    accounts: Annotated[int, typer.Option(min=20, help="Clients of the simulated utility.")] = 27_000,
    days: Annotated[int, typer.Option(min=120, help="Days of history.")] = 730,
    as_json: AsJson = False,
) -> None:
    """Simulate a utility, ingest it, train, backtest, forecast, update with one new day, and write a report."""
    started = time.perf_counter()
    _make_room(folder)
    workspace = wiring.open_workspace(folder)
    timings: dict[str, float] = {}
    results: dict[str, object] = {}
    with open_store(workspace) as store:
        _run(store, workspace, timings, results, accounts=accounts, days=days)
        with _step("Write the report", timings):
            from amuna.serve.report.page import write_report

            page = write_report(store, folder / "report.html", title="Simulated utility", timings=timings)
    timings["All"] = time.perf_counter() - started
    if as_json:
        print_json({"report": page, "timings_s": timings, **results})
        return
    facts("Done", {name: f"{seconds:.1f} s" for name, seconds in timings.items()})
    facts("Result", results)
    console.print(f"\nThe report is [bold]{page}[/].\n")
    amuna = program()
    here = f"{amuna} -w {folder}"
    next_steps(
        [
            (f"{here} serve", "the dashboard, the API and the customer's page, in a browser"),
            (f"{here} evaluate", "accuracy by model, segment, lead and client"),
            (f"{here} forecast --account A0000001", "one client's next days and next bill volume"),
            (f"{here} check", "what came in, and what was refused"),
            (f"{amuna} init mine", "your own workspace; then:"),
            (
                f"{amuna} -w mine ingest YOUR_FILE.csv",
                "ConsumptionDate, AccountOID, Consumption in litres is recognised",
            ),
        ]
    )


def _run(
    store: Store,
    workspace: wiring.Workspace,
    timings: dict[str, float],
    results: dict[str, object],
    *,
    accounts: int,
    days: int,
) -> None:
    folder, settings = workspace.folder, workspace.settings
    with _step(f"Simulate {accounts:,} clients × {days} days", timings):
        from amuna.serve.cli.demo_days import live_through, write_demo_feed

        feed = write_demo_feed(folder / "feed", accounts=accounts, days=days, now=now())
    with _step("Ingest the history", timings):
        sources = (feed.zones, *feed.history)
        rows = sum(_ingest(store, workspace, path, feed.trained_at) for path in sources)
    results["rows read"] = rows
    with _step("Train, backtest, choose champions", timings):
        from amuna.workflows.train import train_fleet

        trained = train_fleet(
            store=store,
            engine=wiring.engine(settings),
            settings=wiring.fleet_settings(settings),
            now=feed.trained_at,
        )
    with _step("Train and forecast the zones, hour by hour", timings):
        from amuna.wiring.zones import zone_forecasters, zone_place
        from amuna.workflows.zone_day import zone_day

        zone_day(
            store=store,
            place=zone_place(settings),
            forecasters=zone_forecasters(settings),
            now=feed.trained_at,
            search_every=None,
        )
    with _step(f"Forecast {settings.forecast_horizon} days", timings):
        from amuna.workflows.evaluate import evaluate
        from amuna.workflows.forecast import forecast

        forecast(
            store=store,
            horizon=settings.forecast_horizon,
            billing_days=settings.forecast_billing_days,
        )
    with _step(f"Live through the last {len(feed.days)} days", timings) as tell:
        live_through(feed, store, workspace, now=now(), told=tell)
    if trained.mase is not None and trained.baseline_mase:
        gain = 1 - trained.mase / trained.baseline_mase
        results["backtest"] = (
            f"mean MASE {trained.mase:.3f}, {gain:.0%} below last week repeated ({trained.baseline_mase:.3f})"
        )
    for judged in evaluate(store=store).stored.filter(pl.col("lead") == 1).iter_rows(named=True):
        results["lived"] = (
            f"the day ahead, over {len(feed.days)} days: {judged['mae_m3']:.3f} m³ off on average, "
            f"last week repeated {judged['baseline_mae_m3']:.3f}; "
            f"{judged['coverage80']:.0%} inside the 80 % interval"
        )
    _judge_zones(store, results)


def _judge_zones(store: Store, results: dict[str, object]) -> None:
    from amuna.workflows.zone_score import zone_accuracy

    judged = zone_accuracy(store)
    if judged.is_empty():
        return
    means = judged.select(pl.col("mae_m3h", "baseline_mae_m3h", "coverage80").mean()).row(0)
    results["zones"] = (
        f"the day ahead by hour, {len(judged)} zones: {means[0]:.2f} m³/h off on average, "
        f"last week repeated {means[1]:.2f}; {means[2]:.0%} inside the 80 % interval"
    )


def _ingest(store: Store, workspace: wiring.Workspace, path: Path, at: datetime) -> int:
    from amuna.workflows.ingest import ingest

    (source,) = wiring.feeds(workspace, [str(path)], feed=None, query=None)
    report = ingest(
        source.feed,
        source.feed_map,
        store=store,
        rules=wiring.rules(workspace.settings),
        now=lambda: at,
        min_coverage=workspace.settings.ingest_min_coverage,
    )
    return report.read


def _make_room(folder: Path) -> None:
    """A new workspace in the folder, in place of an earlier demo but of nothing else."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / DEMO_MARK).is_file():
            raise PermanentError(
                f"{folder} is not empty and holds no earlier demo.",
                remedy="Choose another folder: amuna demo DIR.",
                file=str(folder),
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DEMO_MARK).touch()
    settings = template(LANGUAGE).replace(
        f'# name = "{Settings().utility_name}"', 'name = "Simulated utility"'
    )
    (folder / FILE_NAME).write_text(settings, encoding="utf-8")


@contextmanager
def _step(name: str, timings: dict[str, float]) -> Iterator[Callable[[int, int], None]]:
    """Show a step while it runs, and how far it is where it says so; keep its seconds."""
    started = time.perf_counter()
    with errors.status(f"{name} …") as shown:
        yield lambda done, total: shown.update(f"{name} … {done} of {total}")
    timings[name] = time.perf_counter() - started
    errors.print(f"[green]✓[/] {name} [dim]{timings[name]:.1f} s[/]")
