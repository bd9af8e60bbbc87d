"""`amuna shards`, `refit` and `promote`: models judged on new data, fitted anew where they broke, replaced where beaten."""

from __future__ import annotations

from typing import Annotated

import typer

from amuna import wiring
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.output import facts, print_json, say

Range = Annotated[
    str,
    typer.Option(
        "--accounts",
        metavar="START..END",
        help="Only these accounts, END not included: a line of amuna shards. All without it.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (shards, refit, promote):
        app.command(rich_help_panel="Forecasts")(command)


def shards(
    count: Annotated[int, typer.Option(min=1, max=1000, help="How many ranges.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Ranges of accounts that several workers can take side by side; together they hold every account."""
    from amuna.workflows.shards import shards as run

    with open_store(open_workspace(), read_only=True) as store:
        ranges = [str(accounts) for accounts in run(store, count)]
    if as_json:
        print_json({"shards": ranges})
        return
    for accounts in ranges:
        say(accounts)


def refit(accounts: Range = "", as_json: AsJson = False) -> None:
    """Fit anew the accounts whose residuals broke, or whose models are old; the new ones stand as challengers.

    What serves does not change: amuna promote decides, on days that neither model was fitted to.
    """
    from amuna.workflows.refit import refit as run
    from amuna.workflows.shards import parse_accounts

    wanted = parse_accounts(accounts)
    workspace = open_workspace()
    with open_store(workspace) as store:
        report = run(
            store=store,
            engine=wiring.refit_engine(workspace.settings),
            settings=wiring.fleet_settings(workspace.settings),
            policy=wiring.refit_policy(workspace.settings),
            now=now(),
            accounts=wanted,
        )
    if as_json:
        print_json(report)
        return
    if not report.due:
        say(
            f"Models are looked at every {workspace.settings.refit_every_days} days; {report.cutoff} is between."
        )
        return
    facts(
        f"Refit at {report.cutoff}",
        {
            "accounts watched": report.watched,
            "residuals broken": report.broken,
            "fitted anew": report.refitted,
            "reasons": report.reasons or None,
            "time": f"{report.seconds:.1f} s",
        },
    )


def promote(accounts: Range = "", as_json: AsJson = False) -> None:
    """Let challengers that won on new data take over, and roll back those that turned out worse."""
    from amuna.workflows.promote import promote as run
    from amuna.workflows.shards import parse_accounts

    wanted = parse_accounts(accounts)
    workspace = open_workspace()
    with open_store(workspace) as store:
        report = run(
            store=store,
            settings=wiring.fleet_settings(workspace.settings),
            policy=wiring.refit_policy(workspace.settings),
            now=now(),
            accounts=wanted,
        )
    if as_json:
        print_json(report)
        return
    if not report.due:
        say(
            f"Contests are looked at every {workspace.settings.refit_every_days} days; {report.cutoff} is between."
        )
        return
    facts(
        f"Contests at {report.cutoff}",
        {
            "judged": report.judged,
            "challengers promoted": report.promoted,
            "gain of the promoted": None
            if report.gain is None
            else f"{report.gain:.1%} lower residuals on average",
            "challengers that lost": report.kept,
            "promotions confirmed": report.confirmed,
            "rolled back": report.rolled_back,
            "still open": report.still_open,
            "time": f"{report.seconds:.1f} s",
        },
    )
