"""`amuna shards`, `refit` and `promote`: models judged on new data, fitted anew where they broke, replaced where beaten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from amuna import wiring
from amuna.domain.text import Text
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.language import FORECASTS, told
from amuna.serve.cli.output import facts, print_json, say
from amuna.serve.report.words import word

_SHARDS = Text(
    "Muestra tramos de cuentas que varios procesos pueden tomar a la vez; juntos abarcan todas las cuentas.",
    "Ranges of accounts that several workers can take side by side; together they hold every account.",
)
_REFIT = Text(
    """Ajusta de nuevo las cuentas cuyos pronósticos se desviaron o cuyos modelos son viejos; los nuevos quedan como candidatos.

    Lo que está en uso no cambia: amuna promote decide, con días que ninguno de los dos modelos vio al ajustarse.
    """,
    """Fit anew the accounts whose residuals broke, or whose models are old; the new ones stand as challengers.

    What serves does not change: amuna promote decides, on days that neither model was fitted to.
    """,
)
_PROMOTE = Text(
    "Pone en uso los candidatos que ganaron en días nuevos, y regresa los que resultaron peores.",
    "Let challengers that won on new data take over, and roll back those that turned out worse.",
)
_COUNT = Text("Cuántos tramos.", "How many ranges.")
_RANGE = Text(
    "Solo estas cuentas, sin incluir FIN: una línea de amuna shards. Todas, si falta.",
    "Only these accounts, END not included: a line of amuna shards. All without it.",
)
_REFIT_BETWEEN = Text(
    "Los modelos se revisan cada {days} días; el {cutoff} no es día de revisión.",
    "Models are looked at every {days} days; {cutoff} is between.",
)
_CONTESTS_BETWEEN = Text(
    "Los candidatos se revisan cada {days} días; el {cutoff} no es día de revisión.",
    "Contests are looked at every {days} days; {cutoff} is between.",
)
_TIME = Text("tiempo", "time")

Range = Annotated[
    str,
    typer.Option("--accounts", metavar=told(Text("INICIO..FIN", "START..END")), help=told(_RANGE)),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command, words in ((shards, _SHARDS), (refit, _REFIT), (promote, _PROMOTE)):
        app.command(help=told(words), rich_help_panel=told(FORECASTS))(command)


def shards(
    count: Annotated[int, typer.Option(min=1, max=1000, help=told(_COUNT))] = 20,
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
        say(Text.both(accounts))


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
        say(_REFIT_BETWEEN.fill(days=workspace.settings.refit_every_days, cutoff=report.cutoff))
        return
    facts(
        Text("Ajustes nuevos al {cutoff}", "Refit at {cutoff}").fill(cutoff=report.cutoff),
        {
            Text("cuentas vigiladas", "accounts watched"): report.watched,
            Text("con pronósticos desviados", "residuals broken"): report.broken,
            Text("ajustadas de nuevo", "fitted anew"): report.refitted,
            Text("motivos", "reasons"): _reasons(report.reasons),
            _TIME: f"{report.seconds:.1f} s",
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
        say(_CONTESTS_BETWEEN.fill(days=workspace.settings.refit_every_days, cutoff=report.cutoff))
        return
    facts(
        Text("Candidatos al {cutoff}", "Contests at {cutoff}").fill(cutoff=report.cutoff),
        {
            Text("juzgados", "judged"): report.judged,
            Text("candidatos que entraron en uso", "challengers promoted"): report.promoted,
            Text("mejora de los que entraron", "gain of the promoted"): None
            if report.gain is None
            else Text("errores {gain:.1%} menores en promedio", "{gain:.1%} lower residuals on average").fill(
                gain=report.gain
            ),
            Text("candidatos que perdieron", "challengers that lost"): report.kept,
            Text("cambios confirmados", "promotions confirmed"): report.confirmed,
            Text("cambios revertidos", "rolled back"): report.rolled_back,
            Text("aún en prueba", "still open"): report.still_open,
            _TIME: f"{report.seconds:.1f} s",
        },
    )


def _reasons(counted: Mapping[str, int]) -> Text | None:
    """Why models were fitted anew, with how many for each."""
    if not counted:
        return None
    said = [(word("decision_reason", code), count) for code, count in counted.items()]
    return Text(*(", ".join(f"{words[i]} {count:,}" for words, count in said) for i in range(2)))
