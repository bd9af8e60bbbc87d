"""`amuna user`, `token`, `account` and `audit`: who may do what, and what was done."""

from __future__ import annotations

from typing import Annotated

import polars as pl
import typer

from amuna import wiring
from amuna.domain.errors import PermanentError
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.output import facts, print_json, rows_table, say
from amuna.workflows.audit import Actor

_PANEL = "People"
_users = typer.Typer(no_args_is_help=True, help="Users: who may sign in, as what.")
_tokens = typer.Typer(no_args_is_help=True, help="Tokens: with what programs ask.")
_accounts = typer.Typer(no_args_is_help=True, help="Accounts: erasing what is known of one.")
_ACTOR = Actor("amuna")

Name = Annotated[str, typer.Argument(help="The user: the e-mail address they sign in with.")]
RoleName = Annotated[str, typer.Option("--role", help="customer, crew, analyst, operator or admin.")]
Accounts = Annotated[
    list[str] | None, typer.Option("--account", help="Account that the customer holds; repeat for more.")
]
Language = Annotated[str | None, typer.Option("--language", help="es or en; else the browser's.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    _users.command("add")(add)
    _users.command("list")(list_)
    _users.command("change")(change)
    _users.command("link")(link)
    _tokens.command("make")(make)
    _tokens.command("list")(tokens)
    _tokens.command("revoke")(revoke)
    _accounts.command("forget")(forget)
    for group, name in ((_users, "user"), (_tokens, "token"), (_accounts, "account")):
        group.callback()(_group)
        app.add_typer(group, name=name, rich_help_panel=_PANEL)
    app.command(rich_help_panel=_PANEL)(audit)


def _group() -> None:
    """Each command says what it does."""


def add(
    user: Name,
    role: RoleName,
    name: Annotated[str, typer.Option("--name", help="How to address them.")] = "",
    account: Accounts = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Add a user, and print a link with which they choose a password within 24 hours."""
    from amuna.workflows.links import make_link
    from amuna.workflows.users import add_user, parse_role

    workspace = open_workspace()
    with open_store(workspace) as store, store.transaction():
        made = add_user(
            user,
            parse_role(role),
            store=store,
            actor=_ACTOR,
            now=now(),
            name=name,
            language=language or "",
            accounts=account or (),
        )
        secret = make_link(made.user_id, store=store, actor=_ACTOR, now=now())
    _show_link(workspace, made.user_id, secret, as_json=as_json)


def list_(as_json: AsJson = False) -> None:
    """Users, their roles, and the accounts that customers hold."""
    from amuna.workflows.views.users import list_users

    with open_store(open_workspace(), read_only=True) as store:
        found = list_users(store)
    if as_json:
        print_json({"users": found})
        return
    if not found:
        say("Nobody may sign in yet: amuna serve prints a link for the first administrator.")
        return
    rows = [
        {
            "user": one.user_id,
            "name": one.name,
            "role": one.role.value,
            "state": ("active" if one.has_password else "no password yet") if one.active else "inactive",
            "accounts": ", ".join(one.accounts) if one.accounts else "",
        }
        for one in found
    ]
    names = {"user": "user", "name": "name", "role": "role", "state": "state", "accounts": "accounts"}
    rows_table("Users", pl.DataFrame(rows), names)


def change(
    user: Name,
    role: Annotated[str | None, typer.Option("--role", help="Another role.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Another name.")] = None,
    account: Annotated[
        list[str] | None, typer.Option("--account", help="The accounts they hold from now on.")
    ] = None,
    language: Language = None,
    active: Annotated[
        bool | None, typer.Option("--active/--inactive", help="Whether they may sign in.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change what is given of a user. Who becomes inactive is signed out, and their tokens are revoked."""
    from amuna.workflows.users import change_user, parse_role

    with open_store(open_workspace()) as store:
        changed = change_user(
            user,
            store=store,
            actor=_ACTOR,
            now=now(),
            name=name,
            role=None if role is None else parse_role(role),
            language=language,
            active=active,
            accounts=account,
        )
    if as_json:
        print_json(changed)
        return
    state = "active" if changed.active else "inactive"
    say(f"{changed.user_id} is {changed.role.value}, {state}.")


def link(user: Name, as_json: AsJson = False) -> None:
    """Print a new link with which a user chooses a password within 24 hours; earlier links end."""
    from amuna.workflows.links import make_link

    workspace = open_workspace()
    with open_store(workspace) as store:
        secret = make_link(user, store=store, actor=_ACTOR, now=now())
    _show_link(workspace, user, secret, as_json=as_json)


def make(
    user: Name,
    label: Annotated[str, typer.Option("--label", help="What it is for.")],
    scopes: Annotated[
        str, typer.Option("--scopes", help='Permissions it is made for, such as "accounts demand".')
    ],
    days: Annotated[int, typer.Option("--days", help="How long it holds [days].")] = 90,
    as_json: AsJson = False,
) -> None:
    """Make a token with which a program asks in a user's name. It is shown once."""
    from amuna.workflows.tokens import make_token, parse_scopes

    with open_store(open_workspace()) as store:
        made = make_token(
            user, label, scopes=parse_scopes(scopes), store=store, actor=_ACTOR, now=now(), days=days
        )
    expires = made.held.expires_at
    if as_json:
        print_json({"token_id": made.token_id, "token": made.secret, "expires_at": expires})
        return
    facts(f"Token {made.token_id}", {"token": made.secret, "expires": expires})
    say("It is shown this once. Send it as: Authorization: Bearer amuna_…")


def tokens(
    user: Annotated[str | None, typer.Option("--user", help="Of this user alone.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tokens, what they were made for, and whether they hold; never the tokens themselves."""
    from amuna.workflows.views.users import list_tokens

    with open_store(open_workspace(), read_only=True) as store:
        found = list_tokens(store, now(), user_id=user)
    if as_json:
        print_json({"tokens": found})
        return
    names = {name: name.removesuffix("_id") for name in ("token_id", "user_id", "label", "scopes", "state")}
    rows_table("Tokens", found, names | {"expires_at": "expires"})


def revoke(
    token: Annotated[str, typer.Argument(help="Its name, as amuna token list shows it.")],
    as_json: AsJson = False,
) -> None:
    """Let a token hold no longer."""
    from amuna.workflows.tokens import revoke_token

    with open_store(open_workspace()) as store:
        revoke_token(token, store=store, actor=_ACTOR, now=now())
    if as_json:
        print_json({"token_id": token, "state": "revoked"})
    else:
        say(f"Token {token} is revoked.")


def forget(
    account: Annotated[str, typer.Argument(help="The account.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase everything that is known of an account, and its customer. It cannot be undone."""
    from amuna.workflows.forget import forget as run

    if not yes:
        _confirm(account)
    with open_store(open_workspace()) as store:
        done = run(account, store=store, actor=_ACTOR, now=now())
    if as_json:
        print_json(done)
        return
    facts(f"Account {account} is erased", {"rows": done.rows, "customers": list(done.users) or "none"})
    say("Erase it at its source and in backups too: a feed that still has it would bring it back.")


def audit(
    user: Annotated[str, typer.Option("--user", help="What this user did.")] = "",
    action: Annotated[str, typer.Option("--action", help="Such as sign_in_failed.")] = "",
    limit: Annotated[int, typer.Option("--limit", help="Rows, the newest first.", min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Who did what, the newest first. The log is only ever added to."""
    from amuna.workflows.views.users import list_audit

    with open_store(open_workspace(), read_only=True) as store:
        found = list_audit(store, user_id=user, action=action, limit=limit)
    if as_json:
        print_json({"audit": found})
        return
    names = {"at": "when", "user_id": "who", "action": "action", "subject": "of", "address": "from"}
    rows_table("Audit", found, names | {"detail": "detail"})


def _confirm(account: str) -> None:
    try:
        agreed = typer.confirm(f"Erase everything that is known of account {account}? It cannot be undone.")
    except typer.Abort:
        agreed = False
    if not agreed:
        raise PermanentError("Nothing was erased.", remedy="Confirm with y, or give --yes.")


def _show_link(workspace: wiring.Workspace, user: str, secret: str, *, as_json: bool) -> None:
    settings = workspace.settings
    scheme = "https" if settings.serve_certificate else "http"
    path = f"/link/{secret}"
    if as_json:
        print_json({"user": user, "path": path})
        return
    say(f"Link for {user}, valid for 24 hours and once:")
    say(f"  {scheme}://{settings.serve_host}:{settings.serve_port}{path}")
    say("Put the address under which people reach Amuna before /link where it is another one.")
