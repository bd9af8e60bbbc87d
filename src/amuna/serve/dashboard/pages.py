"""The pages of the dashboard, in the order of the navigation."""

from __future__ import annotations

from amuna.serve.dashboard.page import Page
from amuna.serve.dashboard.today import PAGE as TODAY

PAGES: tuple[Page, ...] = (TODAY,)


def page_of(name: str) -> Page | None:
    """The page of that name."""
    return next((page for page in PAGES if page.name == name), None)
