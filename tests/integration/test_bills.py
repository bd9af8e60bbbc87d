"""Periods, bills and My water on a store that was trained: what is seen is summed, what is to come is bounded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.integration.conftest import CUTOFF, Amuna
from tests.integration.dashing import words_of

from amuna import wiring
from amuna.access.roles import Principal, Role
from amuna.billing.catalogue import Catalogue
from amuna.config.settings import FILE_NAME, Settings
from amuna.domain.errors import NotFound, WrongPeriod
from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, CONSUMPTION, MODELS, QUANTILE_COLUMNS
from amuna.serve.dashboard.my_water import PAGE, chosen_outlook
from amuna.serve.dashboard.my_water_cards import answer
from amuna.serve.dashboard.my_water_words import cubic, soles
from amuna.serve.dashboard.page import Visit
from amuna.serve.desk import Desk
from amuna.workflows.bill import BillOutlook, bill_outlook
from amuna.workflows.billing_period import billing_period, newest_day, next_period
from amuna.workflows.period import Period, PeriodReport, forecast_period
from amuna.workflows.views.customer import CustomerReport, customer_report
from amuna.workflows.views.similar import similar_accounts

QUANTILES = list(QUANTILE_COLUMNS.values())
DAY = timedelta(days=1)


@pytest.fixture
def tariffs() -> Catalogue:
    return wiring.tariffs(Settings())


def period(store: Store, first: date, last: date, account: str | None = None) -> PeriodReport:
    return forecast_period(store=store, first_day=first, last_day=last, account=account)


def volume(store: Store, account: str, first: date, last: date) -> float:
    days = store.read(CONSUMPTION, where={"account_id": account}).filter(
        pl.col("day").is_between(first, last)
    )
    return float(days["consumption_m3"].sum())


def test_a_period_that_was_seen_is_its_sum(trained: Store, own_account: str) -> None:
    first, last = CUTOFF - 30 * DAY, CUTOFF - DAY
    row = period(trained, first, last, own_account).rows.row(0, named=True)
    assert (row["observed_days"], row["missing_days"], row["forecast_days"]) == (30, 0, 0)
    expected = volume(trained, own_account, first, last)
    assert [row[name] for name in QUANTILES] == pytest.approx([expected] * len(QUANTILES))


def test_days_to_come_widen_and_days_seen_are_a_floor(trained: Store, own_account: str) -> None:
    first = CUTOFF - 10 * DAY
    widths = []
    for days in (10, 15, 30, 60):
        row = period(trained, first, first + (days - 1) * DAY, own_account).rows.row(0, named=True)
        quantiles = [row[name] for name in QUANTILES]
        assert quantiles == sorted(quantiles)
        assert (
            quantiles[0]
            >= row["observed_m3"]
            == pytest.approx(volume(trained, own_account, first, CUTOFF - DAY))
        )
        widths.append(row["high80_m3"] - row["low80_m3"])
    assert widths[0] == 0
    assert widths == sorted(widths)


def test_a_missing_day_is_estimated_and_widens(trained: Store, own_account: str) -> None:
    first, last = CUTOFF - 30 * DAY, CUTOFF - DAY
    lost = CUTOFF - 12 * DAY
    whole = volume(trained, own_account, first, last)
    trained.delete(CONSUMPTION, where={"account_id": own_account, "day": lost})
    row = period(trained, first, last, own_account).rows.row(0, named=True)
    assert (row["observed_days"], row["missing_days"]) == (29, 1)
    assert row["low80_m3"] < row["forecast_m3"] < row["high80_m3"]
    assert row["forecast_m3"] == pytest.approx(whole, rel=0.1)
    assert row["forecast_m3"] > row["observed_m3"]


def test_all_accounts_at_once_get_what_each_gets_alone(trained: Store, own_account: str) -> None:
    first, last = CUTOFF - 5 * DAY, CUTOFF + 24 * DAY
    together = period(trained, first, last).rows
    assert len(together) == trained.query("SELECT COUNT(*) FROM models").item()
    alone = period(trained, first, last, own_account).rows
    found = together.filter(account_id=own_account)
    assert alone.row(0)[1:] == pytest.approx(found.row(0)[1:])
    strange = together.filter(account_id="always_zero").row(0, named=True)
    assert strange["forecast_m3"] == 0


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (CUTOFF, CUTOFF - DAY, "before its first day"),
        (CUTOFF, CUTOFF + 92 * DAY, "93 days"),
        (CUTOFF + 60 * DAY, CUTOFF + 150 * DAY, "forecasts reach to"),
        (date.min, date.min + DAY, "not of our time"),
        (date.max - DAY, date.max, "not of our time"),
    ],
)
def test_what_is_no_period_is_refused(
    trained: Store, own_account: str, first: date, last: date, says: str
) -> None:
    with pytest.raises(WrongPeriod, match=says):
        period(trained, first, last, own_account)
    with pytest.raises(NotFound):
        period(trained, CUTOFF, CUTOFF + DAY, "nobody")


@pytest.mark.parametrize(
    ("day", "begins", "first", "last"),
    [
        (date(2025, 12, 31), 1, date(2025, 12, 1), date(2025, 12, 31)),
        (date(2025, 1, 14), 15, date(2024, 12, 15), date(2025, 1, 14)),
        (date(2025, 1, 15), 15, date(2025, 1, 15), date(2025, 2, 14)),
        (date(2024, 2, 29), 28, date(2024, 2, 28), date(2024, 3, 27)),
    ],
)
def test_billing_periods_follow_each_other(day: date, begins: int, first: date, last: date) -> None:
    found = billing_period(day, first_day_of_month=begins)
    assert found == Period(first, last)
    assert next_period(found, first_day_of_month=begins).first_day == last + DAY


def outlook(store: Store, account: str, tariffs: Catalogue) -> BillOutlook:
    return bill_outlook(
        account,
        store=store,
        tariffs=tariffs,
        tariff="sedapal-lima",
        first_day=CUTOFF - 10 * DAY,
        last_day=CUTOFF + 19 * DAY,
    )


def test_a_bill_is_ordered_and_its_chances_fall(trained: Store, own_account: str, tariffs: Catalogue) -> None:
    found = outlook(trained, own_account, tariffs)
    bills = [found.total_pen[name] for name in QUANTILES]
    assert bills == sorted(bills)
    assert found.total_pen["low95_m3"] <= found.expected_pen <= found.total_pen["high95_m3"]
    parts = found.water_pen + found.sewerage_pen + found.fixed_pen + found.igv_pen
    assert parts == pytest.approx(found.total_pen["forecast_m3"])
    chances = found.blocks["probability"].to_list()
    assert chances == sorted(chances, reverse=True)
    assert found.usual_m3 == pytest.approx(found.expected_m3, rel=0.5)
    assert found.atypical_probability is not None
    assert 0 <= found.atypical_probability < 0.2


def test_a_day_of_a_burst_makes_the_period_atypical(
    trained: Store, own_account: str, tariffs: Catalogue
) -> None:
    before = outlook(trained, own_account, tariffs)
    row = trained.read(CONSUMPTION, where={"account_id": own_account, "day": CUTOFF - 3 * DAY})
    burst = row.with_columns(
        consumption_m3=pl.lit(3 * before.expected_m3), recorded_at=pl.col("recorded_at") + DAY
    )
    trained.upsert(CONSUMPTION, burst)
    after = outlook(trained, own_account, tariffs)
    assert after.atypical_probability == 1
    assert after.expected_pen > 2.5 * before.expected_pen


def report(store: Store, account: str, tariffs: Catalogue) -> CustomerReport:
    return customer_report(account, store=store, tariffs=tariffs, tariff="sedapal-lima", first_day_of_month=1)


def similar(store: Store, count: int) -> None:
    """Say of so many accounts that they are households of one zone."""
    ids = store.query("SELECT account_id FROM models ORDER BY 1")["account_id"].head(count)
    nothing = pl.lit(None, pl.Float64)
    place = {"segment": pl.lit("household"), "zone_id": pl.lit("Z1")}
    frame = pl.DataFrame({"account_id": ids}).with_columns(**place, longitude=nothing, latitude=nothing)
    store.upsert(ACCOUNTS, frame.select(ACCOUNTS.names))


@pytest.mark.parametrize(("count", "shown"), [(10, False), (40, True)])
def test_few_similar_homes_are_never_shown(
    trained: Store, own_account: str, tariffs: Catalogue, count: int, shown: bool
) -> None:
    similar(trained, count)
    found = report(trained, own_account, tariffs)
    assert (found.peers is not None) == shown
    if found.peers is not None:
        assert found.peers.accounts == count - 1
        assert sorted(found.peers.mean_m3) == list(found.peers.mean_m3)


def test_similar_homes_are_found_over_postgres(
    new_database: Callable[[], str], trained: Store, own_account: str
) -> None:
    similar(trained, 40)
    tables = (ACCOUNTS, CONSUMPTION)
    recent = pl.col("day") >= CUTOFF - 60 * DAY
    served = wiring.store(wiring.Workspace(Path(), Settings(store_url=new_database())))
    for table in tables:
        rows = trained.read(table)
        served.upsert(table, rows.filter(recent) if table is CONSUMPTION else rows)
    asked = {"segment": "household", "zone_id": "Z1", "end": CUTOFF}
    expected = similar_accounts(trained, own_account, **asked)
    assert expected is not None
    found = similar_accounts(served, own_account, **asked)
    assert found is not None
    assert found.accounts == expected.accounts
    assert (*found.mean_m3, found.floor_m3) == pytest.approx((*expected.mean_m3, expected.floor_m3))
    assert newest_day(served) == CUTOFF
    served.close()


def test_my_water_tells_of_days_and_periods(trained: Store, own_account: str, tariffs: Catalogue) -> None:
    row = trained.read(CONSUMPTION, where={"account_id": own_account, "day": CUTOFF - 2 * DAY})
    flood = row.with_columns(consumption_m3=pl.lit(50.0), recorded_at=pl.col("recorded_at") + DAY)
    trained.upsert(CONSUMPTION, flood)
    found = report(trained, own_account, tariffs)
    assert found.seen_until == CUTOFF - DAY
    assert found.this_period.period.first_day <= CUTOFF <= found.this_period.period.last_day
    assert found.following.period.first_day == found.this_period.period.last_day + DAY
    assert CUTOFF - 2 * DAY in found.unusual["day"].to_list()
    assert found.forecast["day"].min() == CUTOFF
    first, last = found.periods.select("first_day", "last_day").row(-1)
    assert found.periods["volume_m3"][-1] == pytest.approx(volume(trained, own_account, first, last))


@pytest.mark.parametrize("account", ["always_zero", "constant", "mostly_zero", "three_days_old"])
def test_strange_accounts_have_a_page_too(trained: Store, tariffs: Catalogue, account: str) -> None:
    found = report(trained, account, tariffs)
    assert found.this_period.expected_pen >= 0
    assert (found.this_period.usual_m3 is None) == (account == "three_days_old")


def visit_of(desk: Desk, accounts: set[str] | None, **query: str) -> Visit:
    role = Role.ANALYST if accounts is None else Role.CUSTOMER
    principal = Principal("a@example.org", "A", role, None if accounts is None else frozenset(accounts))
    return Visit(desk, principal, "es", query=query)


def test_a_customer_sees_own_accounts_only(desk: Desk, own_account: str, foreign_account: str) -> None:
    page = str(PAGE.layout(visit_of(desk, {own_account})))
    assert own_account in page
    assert foreign_account not in page
    with pytest.raises(NotFound):
        PAGE.layout(visit_of(desk, {own_account}, account=foreign_account))


def test_staff_names_the_account(desk: Desk, own_account: str) -> None:
    assert "Suministro" in str(PAGE.layout(visit_of(desk, None)))
    page = str(PAGE.layout(visit_of(desk, None, account=own_account)))
    assert "no incluye el alcantarillado ni el cargo fijo" in page
    assert "No existe" in str(PAGE.layout(visit_of(desk, None, account="nobody")))
    desk.store.delete(MODELS, where={"account_id": own_account})
    assert "pocas lecturas" in str(PAGE.layout(visit_of(desk, None, account=own_account)))


def test_the_bill_shown_is_the_tariff_of_the_volume_shown(desk: Desk, own_account: str) -> None:
    seen = visit_of(desk, {own_account})
    found = chosen_outlook(seen, own_account, CUTOFF + 10 * DAY, CUTOFF + 39 * DAY)
    shown = found.total_pen["forecast_m3"]
    assert shown == pytest.approx(found.water_pen + found.sewerage_pen + found.fixed_pen + found.igv_pen)
    page = words_of(answer(seen, found))
    assert soles(shown) in page
    assert cubic(found.volume_m3["forecast_m3"]) in page


def test_another_period_is_answered(desk: Desk, own_account: str) -> None:
    seen = visit_of(desk, {own_account})
    found = chosen_outlook(seen, own_account, CUTOFF + 10 * DAY, CUTOFF + 39 * DAY)
    assert found.forecast_days == 30


def test_every_role_gets_its_page(
    app: Flask, client_as: Callable[[Role | None], FlaskClient], own_account: str
) -> None:
    page = client_as(Role.CUSTOMER).get(
        "/app/_dash-layout", headers={"Referer": "http://localhost/app/my-water"}
    )
    assert page.status_code == 200
    assert own_account in page.get_data(as_text=True)


def test_the_command_line_tells_the_bill(
    amuna: Amuna, trained_file: Path, tmp_path: Path, own_account: str
) -> None:
    (tmp_path / FILE_NAME).write_text(f'[store]\npath = "{trained_file}"\n')
    found = amuna("bill", own_account, "--from", CUTOFF, "--to", CUTOFF + 29 * DAY, "--json", cwd=tmp_path)
    assert found.json()["forecast_days"] == 30
    told = amuna("bill", own_account, cwd=tmp_path).out
    assert "expected bill" in told
    assert "sewerage and fixed charge" in told
    assert "sedapal-lima-2025-12 (serving)" in amuna("tariffs", cwd=tmp_path).out
