"""`amuna account forget`: erasing what is known of an account."""

from __future__ import annotations

from typing import Annotated

import typer

from amuna.domain.errors import PermanentError
from amuna.domain.text import Text
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.language import PEOPLE, told
from amuna.serve.cli.output import facts, print_json, say
from amuna.workflows.audit import PROGRAM

_ACCOUNTS = Text(
    "Cuentas: borrar lo que se sabe de una.",
    "Accounts: erasing what is known of one.",
)
_FORGET = Text(
    "Borra todo lo que se sabe de una cuenta, y a su cliente. No se puede deshacer.",
    "Erase everything that is known of an account, and its customer. It cannot be undone.",
)
_ACCOUNT = Text("La cuenta.", "The account.")
_YES = Text("No pregunta.", "Do not ask.")
_AGREED = ("y", "yes", "s", "si", "sí")
_accounts = typer.Typer(no_args_is_help=True, help=told(_ACCOUNTS))


def register(app: typer.Typer) -> None:
    """Add the command."""
    _accounts.command("forget", help=told(_FORGET))(forget)
    _accounts.callback()(_group)
    app.add_typer(_accounts, name="account", rich_help_panel=told(PEOPLE))


def _group() -> None:
    """Each command says what it does."""


def forget(
    account: Annotated[str, typer.Argument(help=told(_ACCOUNT))],
    yes: Annotated[bool, typer.Option("--yes", help=told(_YES))] = False,
    as_json: AsJson = False,
) -> None:
    """Erase everything that is known of an account, and its customer. It cannot be undone."""
    from amuna.workflows.forget import forget as run

    if not yes:
        _confirm(account)
    with open_store(open_workspace()) as store:
        done = run(account, store=store, actor=PROGRAM, now=now())
    if as_json:
        print_json(done)
        return
    facts(
        Text("Se borró la cuenta {account}", "Account {account} is erased").fill(account=account),
        {
            Text("filas", "rows"): done.rows,
            Text("clientes", "customers"): list(done.users) or Text("ninguno", "none"),
        },
    )
    say(
        Text(
            "Bórrela también en su origen y en las copias de respaldo: un origen de datos que aún la tenga la traería de "
            "vuelta.",
            "Erase it at its source and in backups too: a feed that still has it would bring it back.",
        )
    )


def _confirm(account: str) -> None:
    question = Text(
        "¿Borrar todo lo que se sabe de la cuenta {account}? No se puede deshacer. [s/N]",
        "Erase everything that is known of account {account}? It cannot be undone. [y/N]",
    )
    try:
        answer = typer.prompt(told(question.fill(account=account)), default="", show_default=False)
    except typer.Abort:
        answer = ""
    if answer.strip().lower() not in _AGREED:
        raise PermanentError(
            Text("No se borró nada.", "Nothing was erased."),
            remedy=Text("Confirme con s, o agregue --yes.", "Confirm with y, or give --yes."),
        )
