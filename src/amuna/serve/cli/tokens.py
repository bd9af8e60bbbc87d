"""`amuna token`: with what programs ask."""

from __future__ import annotations

from typing import Annotated

import typer

from amuna.domain.text import Text
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.language import PEOPLE, told
from amuna.serve.cli.output import facts, print_json, rows_table, say
from amuna.workflows.audit import PROGRAM

_TOKENS = Text("Fichas: con qué consultan los programas.", "Tokens: with what programs ask.")
_MAKE = Text(
    "Crea una ficha con la que un programa consulta en nombre de un usuario. Se muestra una sola vez.",
    "Make a token with which a program asks in a user's name. It is shown once.",
)
_TOKEN_LIST = Text(
    "Muestra las fichas, para qué se crearon y si siguen vigentes; nunca las fichas mismas.",
    "Tokens, what they were made for, and whether they hold; never the tokens themselves.",
)
_REVOKE = Text("Revoca una ficha: deja de servir.", "Let a token hold no longer.")
_USER = Text("El usuario en cuyo nombre consulta.", "The user in whose name it asks.")
_LABEL = Text("Para qué es.", "What it is for.")
_SCOPES = Text(
    'Permisos para los que se crea, como "accounts demand".',
    'Permissions it is made for, such as "accounts demand".',
)
_HOLDS = Text("Por cuántos días vale.", "How many days it holds.")
_OF_USER = Text("Solo las de este usuario.", "Of this user alone.")
_TOKEN = Text("Su nombre, como lo muestra amuna token list.", "Its name, as amuna token list shows it.")
_tokens = typer.Typer(no_args_is_help=True, help=told(_TOKENS))


def register(app: typer.Typer) -> None:
    """Add the commands."""
    _tokens.command("make", help=told(_MAKE))(make)
    _tokens.command("list", help=told(_TOKEN_LIST))(tokens)
    _tokens.command("revoke", help=told(_REVOKE))(revoke)
    app.add_typer(_tokens, name="token", rich_help_panel=told(PEOPLE))


def make(
    user: Annotated[str, typer.Argument(help=told(_USER))],
    label: Annotated[str, typer.Option("--label", help=told(_LABEL))],
    scopes: Annotated[str, typer.Option("--scopes", help=told(_SCOPES))],
    days: Annotated[int, typer.Option("--days", help=told(_HOLDS))] = 90,
    as_json: AsJson = False,
) -> None:
    """Make a token with which a program asks in a user's name. It is shown once."""
    from amuna.workflows.tokens import make_token, parse_scopes

    with open_store(open_workspace()) as store:
        made = make_token(
            user, label, scopes=parse_scopes(scopes), store=store, actor=PROGRAM, now=now(), days=days
        )
    expires = made.held.expires_at
    if as_json:
        print_json({"token_id": made.token_id, "token": made.secret, "expires_at": expires})
        return
    facts(
        Text("Ficha {token}", "Token {token}").fill(token=made.token_id),
        {Text("ficha", "token"): made.secret, Text("vence", "expires"): expires},
    )
    say(
        Text(
            "Se muestra solo esta vez. Envíela así: Authorization: Bearer amuna_…",
            "It is shown this once. Send it as: Authorization: Bearer amuna_…",
        )
    )


def tokens(
    user: Annotated[str | None, typer.Option("--user", help=told(_OF_USER))] = None,
    as_json: AsJson = False,
) -> None:
    """Tokens, what they were made for, and whether they hold; never the tokens themselves."""
    from amuna.workflows.views.users import list_tokens

    with open_store(open_workspace(), read_only=True) as store:
        found = list_tokens(store, now(), user_id=user)
    if as_json:
        print_json({"tokens": found})
        return
    names = {
        "token_id": Text("ficha", "token"),
        "user_id": Text("usuario", "user"),
        "label": Text("para qué", "label"),
        "scopes": Text("permisos", "scopes"),
        "state": Text("estado", "state"),
        "expires_at": Text("vence", "expires"),
    }
    rows_table(Text("Fichas", "Tokens"), found, names)


def revoke(
    token: Annotated[str, typer.Argument(help=told(_TOKEN))],
    as_json: AsJson = False,
) -> None:
    """Let a token hold no longer."""
    from amuna.workflows.tokens import revoke_token

    with open_store(open_workspace()) as store:
        revoke_token(token, store=store, actor=PROGRAM, now=now())
    if as_json:
        print_json({"token_id": token, "state": "revoked"})
    else:
        say(Text("La ficha {token} queda revocada.", "Token {token} is revoked.").fill(token=token))
