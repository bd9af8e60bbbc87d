"""Shards: ranges of accounts that several workers take side by side."""

from __future__ import annotations

from dataclasses import dataclass

from amuna.domain.errors import UnknownSetting
from amuna.domain.ports import Store
from amuna.domain.tables import CONSUMPTION
from amuna.domain.text import Text


@dataclass(frozen=True)
class Accounts:
    """A half-open range of account ids, `start <= id < end`; an empty end is open, so that new accounts have a place.

    Written START..END, such as `..B0500`, `B0500..B1000` or `B1000..`.
    """

    start: str = ""
    end: str = ""

    def __str__(self) -> str:
        return f"{self.start}..{self.end}"


ALL = Accounts()


def parse_accounts(text: str) -> Accounts:
    """A range as it is written; all accounts where the text is empty.

    Raises
    ------
    UnknownSetting
        If the text is no range.
    """
    start, dots, end = text.partition("..")
    if text and (not dots or (start and end and start >= end)):
        raise UnknownSetting(
            Text("'{found}' no es un rango de cuentas.", "'{found}' is no range of accounts."),
            remedy=Text(
                "Escriba INICIO..FIN, sin incluir el fin, por ejemplo B0500..B1000; amuna shards los muestra.",
                "Write START..END, the end not included, such as B0500..B1000; amuna shards lists them.",
            ),
            found=text,
        )
    return Accounts(start, end)


def shards(store: Store, count: int) -> list[Accounts]:
    """At most `count` ranges of about as many accounts each, which together hold every account there is or may come.

    No range begins or ends at an id that could not be told from the two dots it is written with.
    """
    ids = store.query(f"SELECT DISTINCT account_id FROM {CONSUMPTION.name} ORDER BY 1")[
        "account_id"
    ].to_list()
    bounds = [name for name in ids if ".." not in f".{name}."]
    count = max(1, min(count, len(bounds)))
    inner = [str(bounds[len(bounds) * shard // count]) for shard in range(1, count)]
    return [Accounts(start, end) for start, end in zip(["", *inner], [*inner, ""], strict=True)]


def within_range(accounts: Accounts) -> tuple[str, list[str]]:
    """Condition on `account_id` to append to a WHERE, and its parameters."""
    bounds = [("account_id >= ?", accounts.start), ("account_id < ?", accounts.end)]
    given = [(term, bound) for term, bound in bounds if bound]
    return "".join(f" AND {term}" for term, _ in given), [bound for _, bound in given]
