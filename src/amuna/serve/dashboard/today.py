"""The page of today: the utility's situation in ten seconds."""

from __future__ import annotations

from amuna.access.roles import Permission
from amuna.serve.dashboard.page import Component, Page, Visit
from amuna.serve.dashboard.parts import empty
from amuna.serve.report.text import Text


def layout(visit: Visit) -> Component:
    """The whole page."""
    return empty(visit, Text("Todavía no hay datos.", "There are no data yet."))


PAGE = Page(
    name="today",
    title=Text("Hoy", "Today"),
    permission=Permission.DEMAND,
    layout=layout,
    icon='<path d="M12 3.500s6.500 6.300 6.500 10.700a6.500 6.500 0 0 1-13 0C5.500 9.800 12 3.500 12 3.500Z"/>',
)
