"""The pages of the dashboard, in the order of the navigation."""

from __future__ import annotations

from amuna.serve.dashboard.accounts import PAGE as ACCOUNTS
from amuna.serve.dashboard.admin import PAGE as ADMIN
from amuna.serve.dashboard.alarms import PAGE as ALARMS
from amuna.serve.dashboard.data import PAGE as DATA
from amuna.serve.dashboard.demand import PAGE as DEMAND
from amuna.serve.dashboard.models import PAGE as MODELS
from amuna.serve.dashboard.my_water import PAGE as MY_WATER
from amuna.serve.dashboard.page import Page
from amuna.serve.dashboard.today import PAGE as TODAY

PAGES: tuple[Page, ...] = (TODAY, ALARMS, MY_WATER, DEMAND, ACCOUNTS, DATA, MODELS, ADMIN)


def page_of(name: str) -> Page | None:
    """The page of that name."""
    return next((page for page in PAGES if page.name == name), None)
