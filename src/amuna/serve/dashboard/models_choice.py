"""What of the models is looked at: read from the page's address and written to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from amuna.serve.dashboard.visits import ROOT
from amuna.workflows.views.fleet import DECISIONS_MADE

SEES = ("accuracy", "serving", "drift", "decisions", "trainings")
PATH = f"{ROOT}models"


@dataclass(frozen=True)
class Choice:
    """What of the models is looked at.

    Parameters
    ----------
    see
        Which view: one of SEES.
    decision, account
        Only decisions of this kind, or about this account; empty for all.
    a, b
        The trainings that are compared; empty for none.
    """

    see: str = "accuracy"
    decision: str = ""
    account: str = ""
    a: str = ""
    b: str = ""

    def href(self, **changes: str) -> str:
        """The address of this choice with some of it changed; what is usual is left out."""
        found, usual = replace(self, **changes), Choice()
        named = {field.name: getattr(found, field.name) for field in fields(Choice)}
        query = urlencode({key: value for key, value in named.items() if value != getattr(usual, key)})
        return f"{PATH}?{query}" if query else PATH


def choice(query: Mapping[str, str]) -> Choice:
    """The choice that an address makes."""
    see, decision = query.get("see", ""), query.get("decision", "")
    return Choice(
        see=see if see in SEES else Choice.see,
        decision=decision if decision in DECISIONS_MADE else "",
        account=query.get("account", "").strip(),
        a=query.get("a", ""),
        b=query.get("b", ""),
    )


def short(run_id: str) -> str:
    """The beginning of a run's name, as the command line takes it."""
    return run_id.removeprefix("run-")[:9]
