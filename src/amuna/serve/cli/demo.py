"""`amuna demo`: the main job from end to end on a simulated utility."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from amuna import wiring
from amuna.config.settings import FILE_NAME, Settings
from amuna.config.template import template
from amuna.domain.errors import PermanentError
from amuna.domain.ports import Store
from amuna.domain.text import Text
from amuna.serve.cli import demo_words as words
from amuna.serve.cli.app import AsJson, now, open_store
from amuna.serve.cli.language import LANGUAGE, WORKSPACE, told
from amuna.serve.cli.output import errors, facts, next_steps, print_json, program, say
from amuna.serve.cli.shown import gap
from amuna.serve.cli.welcome import DEMO_MARK

if TYPE_CHECKING:
    from amuna.workflows.train import TrainReport


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(help=told(words.HELP), rich_help_panel=told(WORKSPACE))(demo)


def demo(
    folder: Annotated[Path, typer.Argument(help=told(words.FOLDER))] = Path("demo"),
    accounts: Annotated[int, typer.Option(min=20, help=told(words.ACCOUNTS))] = 27_000,
    days: Annotated[int, typer.Option(min=120, help=told(words.DAYS))] = 730,
    as_json: AsJson = False,
) -> None:
    """Simulate a utility, ingest it, train, backtest, forecast, live through its last days, and write a report."""
    started = time.perf_counter()
    _make_room(folder)
    workspace = wiring.open_workspace(folder)
    timings: dict[str, float] = {}
    results: dict[str, Text | int] = {}
    with open_store(workspace) as store:
        _run(store, workspace, timings, results, accounts=accounts, days=days)
        with _step("report", timings):
            from amuna.serve.report.page import write_report

            page = write_report(store, folder / "report.html", title=told(words.UTILITY), timings=timings)
    timings["all"] = time.perf_counter() - started
    if as_json:
        plain = {name: found.en if isinstance(found, Text) else found for name, found in results.items()}
        print_json({"report": page, "timings_s": timings, **plain})
        return
    facts(
        words.DONE.fill(seconds=timings["all"]),
        {words.RESULTS[name]: found for name, found in results.items()},
    )
    gap()
    say(words.REPORT.fill(page=page))
    gap()
    amuna = program()
    places = {"amuna": amuna, "here": f"{amuna} -w {folder}"}
    next_steps([(told(command.fill(**places)), purpose) for command, purpose in words.NEXT])


def _run(
    store: Store,
    workspace: wiring.Workspace,
    timings: dict[str, float],
    results: dict[str, Text | int],
    *,
    accounts: int,
    days: int,
) -> None:
    folder, settings = workspace.folder, workspace.settings
    with _step("simulate", timings, accounts=accounts, days=days):
        from amuna.serve.cli.demo_days import live_through, write_demo_feed

        feed = write_demo_feed(folder / "feed", accounts=accounts, days=days, now=now())
    with _step("history", timings):
        sources = (feed.zones, *feed.history)
        rows = sum(_ingest(store, workspace, path, feed.trained_at) for path in sources)
    results["rows read"] = rows
    with _step("train", timings):
        from amuna.workflows.train import train_fleet

        trained = train_fleet(
            store=store,
            engine=wiring.engine(settings),
            settings=wiring.fleet_settings(settings),
            now=feed.trained_at,
        )
    with _step("train_zones", timings):
        from amuna.wiring.zones import zone_forecasters, zone_place
        from amuna.workflows.zone_day import zone_day

        zone_day(
            store=store,
            place=zone_place(settings),
            forecasters=zone_forecasters(settings),
            now=feed.trained_at,
            search_every=None,
        )
    with _step("forecast", timings, days=settings.forecast_horizon):
        from amuna.workflows.forecast import forecast

        forecast(
            store=store,
            horizon=settings.forecast_horizon,
            billing_days=settings.forecast_billing_days,
        )
    with _step("live", timings, days=len(feed.days)) as tell:
        live_through(feed, store, workspace, now=now(), told=tell)
    _judge(store, trained, results, days=len(feed.days))
    _judge_zones(store, results)


def _judge(store: Store, trained: TrainReport, results: dict[str, Text | int], *, days: int) -> None:
    from amuna.workflows.evaluate import evaluate

    if trained.mase is not None and trained.baseline_mase:
        gain = 100 * (1 - trained.mase / trained.baseline_mase)
        results["backtest"] = words.BACKTEST.fill(
            mase=trained.mase, gain=gain, baseline=trained.baseline_mase
        )
    for judged in evaluate(store=store).stored.filter(pl.col("lead") == 1).iter_rows(named=True):
        results["lived"] = words.LIVED.fill(
            days=days,
            mae=judged["mae_m3"],
            baseline=judged["baseline_mae_m3"],
            inside=100 * judged["coverage80"],
        )


def _judge_zones(store: Store, results: dict[str, Text | int]) -> None:
    from amuna.workflows.zone_score import zone_accuracy

    judged = zone_accuracy(store)
    if judged.is_empty():
        return
    means = judged.select(pl.col("mae_m3h", "first_baseline_mae_m3h", "coverage80").mean()).row(0)
    results["zones"] = words.ZONES.fill(
        zones=len(judged), mae=means[0], baseline=means[1], inside=100 * means[2]
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
            raise PermanentError(words.NOT_EMPTY, remedy=words.ANOTHER_FOLDER, file=str(folder))
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DEMO_MARK).touch()
    settings = template(LANGUAGE).replace(
        f'# name = "{Settings().utility_name}"', f'name = "{told(words.UTILITY)}"'
    )
    (folder / FILE_NAME).write_text(settings, encoding="utf-8")


@contextmanager
def _step(step: str, timings: dict[str, float], **places: int) -> Iterator[Callable[[int, int], None]]:
    """Show a step while it runs, and how far it is where it says so; keep its seconds."""
    started = time.perf_counter()
    name = words.STEPS[step].fill(**places)
    with errors.status(f"{told(name)} …") as shown:
        yield lambda done, total: shown.update(told(words.PROGRESS.fill(step=name, done=done, total=total)))
    timings[step] = time.perf_counter() - started
    errors.print(f"[green]✓[/] {told(name)} [dim]{timings[step]:.1f} s[/]")
