"""What a serving process says once its doors are open: where they are, and how the first people come in."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from amuna.domain.text import Text
from amuna.serve.cli.language import told
from amuna.serve.cli.output import console, print_json, rows_table
from amuna.serve.desk import Desk
from amuna.workflows.links import demo_customer_link, first_admin_link
from amuna.workflows.views.example import example_account

DEMO_MARK = ".amuna-demo"


def welcome(door: str, desk: Desk, *, as_json: bool) -> None:
    """Say where the doors are; a link for the first administrator, and in a demo one for a customer."""
    links = _links(door, desk)
    if as_json:
        print_json({"door": door, **links})
    else:
        console.print(f"\n{told(_OPEN).format(door=door)}")
        for name, link in links.items():
            console.print(f"\n{told(_SAID[name])}\n  {link}", soft_wrap=True, highlight=False)
    sys.stdout.flush()


def checked(door: str, desk: Desk, *, as_json: bool) -> None:
    """Ask every page and say how they answered.

    Raises
    ------
    PermanentError
        If one does not answer as it should.
    """
    from amuna.serve.checkup import check_doors

    answers = check_doors(door, desk, account_id=example_account(desk.store))
    if as_json:
        print_json({"door": door, "answered": answers})
        return
    columns = {
        "path": Text("dirección", "door"),
        "asked_as": Text("consultada como", "asked as"),
        "seconds": Text("segundos", "seconds"),
    }
    title = Text("Las {n} direcciones de {door} responden", "All {n} doors at {door} answer")
    askers = {code: told(name) for code, name in _ASKERS.items()}
    rows = pl.DataFrame(answers).with_columns(pl.col("asked_as").replace(askers))
    rows_table(title.fill(n=len(answers), door=door), rows, columns)


_OPEN = Text(
    "Amuna está abierta en [bold]{door}[/]. Ctrl-C la detiene.",
    "Amuna is open at [bold]{door}[/]. Ctrl-C stops.",
)
_ASKERS = {
    "nobody": Text("nadie", "nobody"),
    "admin": Text("administrador", "admin"),
    "customer": Text("cliente", "customer"),
}
_SAID = {
    "admin_link": Text(
        "Para el primer administrador, que elegirá su contraseña (sirve una sola vez, por un día):",
        "For the first administrator, to choose a password (works once, for a day):",
    ),
    "customer_link": Text(
        "Para un cliente de la demostración, que quiera mirar (sirve una sola vez, por un día):",
        "For a customer of the demo, to look around (works once, for a day):",
    ),
}


def _links(door: str, desk: Desk) -> dict[str, str]:
    links = {}
    admin = first_admin_link(desk.store, desk.now())
    if admin is not None:
        links["admin_link"] = f"{door}/link/{admin}"
    if is_demo(desk.workspace.folder):
        customer = demo_customer_link(example_account(desk.store), store=desk.store, now=desk.now())
        links["customer_link"] = f"{door}/link/{customer}"
    return links


def is_demo(folder: Path) -> bool:
    """Whether the workspace is one that `amuna demo` made."""
    return (folder / DEMO_MARK).is_file()
