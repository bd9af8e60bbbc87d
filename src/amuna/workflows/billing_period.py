"""Billing periods: the months as the utility bills them, and the last day known."""

from __future__ import annotations

from datetime import date, timedelta

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.tables import CONSUMPTION
from amuna.domain.text import Text
from amuna.workflows.period import Period


def billing_period(day: date, *, first_day_of_month: int) -> Period:
    """The billing period that a day lies in: from that day of a month to the day before it in the next."""
    first = day.replace(day=first_day_of_month)
    if first > day:
        first = (first.replace(day=1) - timedelta(days=1)).replace(day=first_day_of_month)
    after = (first.replace(day=1) + timedelta(days=31)).replace(day=first_day_of_month)
    return Period(first, after - timedelta(days=1))


def next_period(period: Period, *, first_day_of_month: int) -> Period:
    """The billing period that follows."""
    return billing_period(period.last_day + timedelta(days=1), first_day_of_month=first_day_of_month)


def period_before(period: Period, *, first_day_of_month: int) -> Period:
    """The billing period that came before."""
    return billing_period(period.first_day - timedelta(days=1), first_day_of_month=first_day_of_month)


def newest_day(store: Store) -> date:
    """The first day after all consumption known.

    Raises
    ------
    NotEnoughData
        If there is none.
    """
    found: date | None = store.query(f"SELECT MAX(day) FROM {CONSUMPTION.name} WHERE flag = 'ok'").item()
    if found is None:
        raise NotEnoughData(
            Text("Todavía no hay consumos.", "There is no consumption yet."),
            remedy=Text("Ingrese lecturas: amuna ingest ARCHIVO.", "Take some in: amuna ingest FILE."),
        )
    return found + timedelta(days=1)
