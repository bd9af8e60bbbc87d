"""`amuna user`: who may sign in, as what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from amuna import wiring
from amuna.domain.text import Text
from amuna.serve.cli.app import AsJson, now, open_store, open_workspace
from amuna.serve.cli.language import PEOPLE, told
from amuna.serve.cli.output import print_json, rows_table, say
from amuna.workflows.audit import PROGRAM

if TYPE_CHECKING:
    from amuna.workflows.users import User

_USERS = Text("Usuarios: quién puede iniciar sesión, y con qué rol.", "Users: who may sign in, as what.")
_ADD = Text(
    "Agrega un usuario y muestra un enlace con el que elige su contraseña en las próximas 24 horas.",
    "Add a user, and print a link with which they choose a password within 24 hours.",
)
_LIST = Text(
    "Muestra los usuarios, sus roles y las cuentas que tienen los clientes.",
    "Users, their roles, and the accounts that customers hold.",
)
_CHANGE = Text(
    "Cambia lo que se indique de un usuario. A quien se desactiva se le cierra la sesión y se le revocan sus fichas.",
    "Change what is given of a user. Who becomes inactive is signed out, and their tokens are revoked.",
)
_LINK = Text(
    "Muestra un enlace nuevo con el que un usuario elige su contraseña en las próximas 24 horas; los anteriores dejan "
    "de servir.",
    "Print a new link with which a user chooses a password within 24 hours; earlier links end.",
)
_NAME = Text("Cómo dirigirse a la persona.", "How to address them.")
_OTHER_ROLE = Text("Otro rol.", "Another role.")
_OTHER_NAME = Text("Otro nombre.", "Another name.")
_NEW_ACCOUNTS = Text("Las cuentas que tiene desde ahora.", "The accounts they hold from now on.")
_MAY_SIGN_IN = Text("Si puede iniciar sesión.", "Whether they may sign in.")
_STATES = {
    "active": Text("activo", "active"),
    "inactive": Text("desactivado", "inactive"),
    "no_password": Text("sin contraseña aún", "no password yet"),
}
_users = typer.Typer(no_args_is_help=True, help=told(_USERS))
Name = Annotated[
    str,
    typer.Argument(
        help=told(
            Text(
                "El usuario: el correo con el que inicia sesión.",
                "The user: the e-mail address they sign in with.",
            )
        )
    ),
]
RoleName = Annotated[
    str,
    typer.Option(
        "--role",
        help=told(
            Text("customer, crew, analyst, operator o admin.", "customer, crew, analyst, operator or admin.")
        ),
    ),
]
Accounts = Annotated[
    list[str] | None,
    typer.Option(
        "--account",
        help=told(
            Text(
                "Cuenta que tiene el cliente; repítala para dar más.",
                "Account that the customer holds; repeat for more.",
            )
        ),
    ),
]
Language = Annotated[
    str | None,
    typer.Option(
        "--language",
        help=told(Text("es o en; si no, el del navegador.", "es or en; else the browser's.")),
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    _users.command("add", help=told(_ADD))(add)
    _users.command("list", help=told(_LIST))(list_)
    _users.command("change", help=told(_CHANGE))(change)
    _users.command("link", help=told(_LINK))(link)
    app.add_typer(_users, name="user", rich_help_panel=told(PEOPLE))


def add(
    user: Name,
    role: RoleName,
    name: Annotated[str, typer.Option("--name", help=told(_NAME))] = "",
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
            actor=PROGRAM,
            now=now(),
            name=name,
            language=language or "",
            accounts=account or (),
        )
        secret = make_link(made.user_id, store=store, actor=PROGRAM, now=now())
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
        say(
            Text(
                "Nadie puede iniciar sesión aún: amuna serve muestra un enlace para el primer administrador.",
                "Nobody may sign in yet: amuna serve prints a link for the first administrator.",
            )
        )
        return
    rows = [
        {
            "user": one.user_id,
            "name": one.name,
            "role": one.role.value,
            "state": told(_STATES[_state(one)]),
            "accounts": ", ".join(one.accounts) if one.accounts else "",
        }
        for one in found
    ]
    names = {
        "user": Text("usuario", "user"),
        "name": Text("nombre", "name"),
        "role": Text("rol", "role"),
        "state": Text("estado", "state"),
        "accounts": Text("cuentas", "accounts"),
    }
    rows_table(Text("Usuarios", "Users"), pl.DataFrame(rows), names)


def change(
    user: Name,
    role: Annotated[str | None, typer.Option("--role", help=told(_OTHER_ROLE))] = None,
    name: Annotated[str | None, typer.Option("--name", help=told(_OTHER_NAME))] = None,
    account: Annotated[list[str] | None, typer.Option("--account", help=told(_NEW_ACCOUNTS))] = None,
    language: Language = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help=told(_MAY_SIGN_IN))] = None,
    as_json: AsJson = False,
) -> None:
    """Change what is given of a user. Who becomes inactive is signed out, and their tokens are revoked."""
    from amuna.workflows.users import change_user, parse_role

    with open_store(open_workspace()) as store:
        changed = change_user(
            user,
            store=store,
            actor=PROGRAM,
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
    words = Text("{user}: rol {role}, {state}.", "{user} is {role}, {state}.")
    state = _STATES["active" if changed.active else "inactive"]
    say(words.fill(user=changed.user_id, role=changed.role.value, state=state))


def link(user: Name, as_json: AsJson = False) -> None:
    """Print a new link with which a user chooses a password within 24 hours; earlier links end."""
    from amuna.workflows.links import make_link

    workspace = open_workspace()
    with open_store(workspace) as store:
        secret = make_link(user, store=store, actor=PROGRAM, now=now())
    _show_link(workspace, user, secret, as_json=as_json)


def _state(user: User) -> str:
    if not user.active:
        return "inactive"
    return "active" if user.has_password else "no_password"


def _show_link(workspace: wiring.Workspace, user: str, secret: str, *, as_json: bool) -> None:
    settings = workspace.settings
    scheme = "https" if settings.serve_certificate else "http"
    path = f"/link/{secret}"
    if as_json:
        print_json({"user": user, "path": path})
        return
    say(
        Text(
            "Enlace para {user}, válido por 24 horas y una sola vez:",
            "Link for {user}, valid for 24 hours and once:",
        ).fill(user=user)
    )
    say(Text.both(f"  {scheme}://{settings.serve_host}:{settings.serve_port}{path}"))
    say(
        Text(
            "Si a Amuna se llega por otra dirección, póngala delante de /link.",
            "Put the address under which people reach Amuna before /link where it is another one.",
        )
    )
