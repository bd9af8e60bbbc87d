"""A customer's story: the link, the bill to come, another period, advice; and nothing of anybody else's."""

from __future__ import annotations

import re
from datetime import date, timedelta

from playwright.sync_api import expect
from tests.browser.conftest import Visitor
from tests.browser.utility import Utility

from amuna.access.roles import Role

_SOLES = r"S/\s?[\d\s.]+"


def test_a_customer_sees_the_bill_to_come_and_chooses_another_period(
    visitor: Visitor, utility: Utility, language: str
) -> None:
    person = visitor()
    person.open(utility.links[language, Role.CUSTOMER])
    person.page.get_by_role("button", name=person.say("Ver mi consumo", "See my water use")).click()
    person.page.wait_for_url("**/app/my-water")
    expect(person.heading()).to_have_text(person.say("Mi agua", "My water"))
    person.settled()

    text = person.text()
    likely = person.say("Lo más probable: entre", "Most likely:")
    assert re.search(rf"{likely} {_SOLES}", text), text
    low, high = (
        float(figure.replace("\u202f", "")) for figure in re.findall(r"S/\s?([\d\u202f.]+)", text)[1:3]
    )
    assert 0 <= low < high
    assert utility.own in text
    expect(
        person.page.get_by_role("heading", name=person.say("Cómo pagar menos", "How to pay less"))
    ).to_be_visible()

    answer = person.page.locator("#my-water-answer")
    before = answer.inner_text()
    tomorrow = date.today() + timedelta(days=1)  # noqa: DTZ011 - as the person's calendar says
    person.page.get_by_role("textbox", name=person.say("Desde", "From"), exact=True).fill(
        tomorrow.isoformat()
    )
    person.page.get_by_role("textbox", name=person.say("Hasta", "To"), exact=True).fill(
        (tomorrow + timedelta(days=6)).isoformat()
    )
    expect(answer).not_to_have_text(before)
    assert re.search(_SOLES, answer.inner_text())
    person.picture("story-customer")


def test_a_customer_sees_no_other_account_and_no_other_page(visitor: Visitor, utility: Utility) -> None:
    person = visitor(Role.CUSTOMER)
    unknown = re.compile(person.say("No existe", "There is no|It does not exist"))
    for path in (f"/app/accounts/{utility.foreign}", f"/app/my-water?account={utility.foreign}"):
        person.open(path)
        expect(person.page.locator("main")).to_contain_text(unknown)
        assert "m³" not in person.text()
    person.open("/app/accounts")
    expect(person.page.locator(".ag-cell").first).to_be_visible()
    assert utility.foreign not in person.text()
    person.open("/app/today")
    refused = person.say("Esta página no es para su rol", "This page is not for your role")
    expect(person.heading()).to_have_text(refused)
