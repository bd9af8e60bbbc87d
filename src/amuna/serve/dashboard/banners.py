"""What is stale, said above every page; and up to which day there are data."""

from __future__ import annotations

from datetime import date

from amuna.domain.errors import TransientError
from amuna.domain.text import Text
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import notice
from amuna.serve.report.numbers import day
from amuna.workflows.health import last_usable_day

LATE_DAYS = 2  # yesterday's readings may still be on their way; those of the day before should be here
_UNTIL = Text("Datos hasta el {day}", "Data up to {day}")
_LATE = Text(
    "Faltan datos recientes: los últimos son del {day}, hace {days} días. Lo que se muestra es de entonces.",
    "Recent data are missing: the last are of {day}, {days} days ago. What is shown is as of then.",
)
_AWAY = Text(
    "El almacén de datos no responde. Se muestra lo último que se sabía.",
    "The data store does not answer. What was last known is shown.",
)


def data_until(visit: Visit) -> str:
    """Up to which day there are data; empty where nothing is known."""
    last = _last_day(visit)
    return "" if last is None else visit.say(_UNTIL, day=day(last))


def banners(visit: Visit) -> list[Component]:
    """One for data that are late, one for a store that does not answer; mostly none."""
    found = []
    last = _last_day(visit)
    if visit.desk.memo.trouble is not None:
        found.append(notice(visit, "bad", _AWAY))
    today = visit.desk.now().astimezone(visit.desk.zone).date()
    if last is not None and (today - last).days > LATE_DAYS:
        text = _LATE.fill(day=day(last), days=str((today - last).days))
        found.append(notice(visit, "warn", text))
    return found


def _last_day(visit: Visit) -> date | None:
    try:
        return visit.desk.memo.kept("last_day", lambda: last_usable_day(visit.desk.store))
    except TransientError:
        return None
