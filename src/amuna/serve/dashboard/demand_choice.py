"""What of demand is looked at: read from the page's address and written to it, so that a view can be shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from amuna.access.roles import Permission, Principal
from amuna.serve.dashboard.visits import ROOT
from amuna.workflows.views.demand import Part

SEES = ("history", "zones", "proof", "season", "weather", "compare")
STEPS = ("day", "week", "month")
SPANS = ("90", "365", "730")
PAIRS = ("month", "weeks", "year")
OVERS = ("day", "week")
UNITS = ("m3h", "ls")
_KINDS = ("zone", "segment", "account")
_MOST_DAYS = 3660
PATH = f"{ROOT}demand"


@dataclass(frozen=True)
class Choice:
    """What of demand is looked at. What stands in the address and cannot be is taken for the usual.

    Parameters
    ----------
    of
        `all`, or `zone:`, `segment:` or `account:` and a name.
    see
        Which view: one of SEES.
    step, span
        Of the history: means per day, week or month; days back from the last one.
    pair
        Which two periods are compared: one of PAIRS; or `own`, from the days below.
    a, b
        The own periods, earlier and later: first and last day, as 2025-12-01..2025-12-31.
    over, unit
        Of the zones: the next day or week on the map; unit of flows.
    plan
        Of the zones: levers of the plan that were moved, as growth:1,years:5.
    """

    of: str = "all"
    see: str = "history"
    step: str = "day"
    span: str = "90"
    pair: str = "month"
    a: str = ""
    b: str = ""
    over: str = "day"
    unit: str = "m3h"
    plan: str = ""

    @property
    def part(self) -> Part:
        """Whose demand."""
        kind, _, name = self.of.partition(":")
        return Part(kind, name) if name else Part()

    def href(self, **changes: str) -> str:
        """The address of this choice with some of it changed; what is usual is left out."""
        query = query_of(replace(self, **changes))
        return f"{PATH}?{query}" if query else PATH


def choice(query: Mapping[str, str]) -> Choice:
    """The choice that an address makes."""
    usual = Choice()
    of = query.get("of", "")
    kind, _, name = of.partition(":")
    a, b = (query.get(key, "") for key in ("a", "b"))
    own = query.get("pair") == "own" and days_of(a) is not None and days_of(b) is not None
    return Choice(
        of=of if kind in _KINDS and name else usual.of,
        see=_one_of(SEES, query.get("see"), usual.see),
        step=_one_of(STEPS, query.get("step"), usual.step),
        span=_one_of(SPANS, query.get("span"), usual.span),
        pair="own" if own else _one_of(PAIRS, query.get("pair"), usual.pair),
        a=a if own else "",
        b=b if own else "",
        over=_one_of(OVERS, query.get("over"), usual.over),
        unit=_one_of(UNITS, query.get("unit"), usual.unit),
        plan=query.get("plan", ""),
    )


def permitted(chosen: Choice, principal: Principal) -> Choice:
    """The choice, or the zones where these are all of demand that someone may see, as a field crew."""
    if principal.may(Permission.DEMAND) or chosen.see == "zones":
        return chosen
    return Choice(see="zones")


def needed(chosen: Choice) -> Permission:
    """What it takes to see this choice."""
    return Permission.ZONES if chosen.see == "zones" else Permission.DEMAND


def query_of(chosen: Choice) -> str:
    """The query of an address that makes this choice."""
    usual = Choice()
    named = {field.name: getattr(chosen, field.name) for field in fields(Choice)}
    return urlencode({key: value for key, value in named.items() if value != getattr(usual, key)}, safe=":,")


def days_of(text: str) -> tuple[date, date] | None:
    """First day and the day after the last one of `2025-12-01..2025-12-31`; None for anything else."""
    first, _, last = text.partition("..")
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None
    if not 0 <= (end - start).days < _MOST_DAYS or end == date.max:
        return None
    return start, end + timedelta(days=1)


def periods(chosen: Choice, cutoff: date) -> tuple[tuple[date, date], tuple[date, date]]:
    """The earlier and the later period, start <= day < end, that are compared."""
    own = days_of(chosen.a), days_of(chosen.b)
    if chosen.pair == "own" and own[0] is not None and own[1] is not None:
        return own[0], own[1]
    if chosen.pair == "weeks":
        start = cutoff - timedelta(days=28)
        return (start - timedelta(days=28), start), (start, cutoff)
    if chosen.pair == "year":
        start = cutoff - timedelta(days=364)
        return (start - timedelta(days=364), start), (start, cutoff)
    last = cutoff - timedelta(days=1)
    start = last.replace(day=1)
    return (_year_before(start), _year_before(last) + timedelta(days=1)), (start, cutoff)


def spelled(days: tuple[date, date]) -> str:
    """A period, start <= day < end, as it stands in the address."""
    return f"{days[0]}..{days[1] - timedelta(days=1)}"


def _year_before(day: date) -> date:
    """The same day of last year; the last of February for its 29th."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def _one_of(known: tuple[str, ...], found: Any, usual: str) -> str:
    return found if found in known else usual
