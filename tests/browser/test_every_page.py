"""Every page, as those see it who may: in both languages, wide and on a phone, light and dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Visitor
from tests.browser.person import PHONE, WIDE, Person
from tests.browser.utility import Utility

from amuna.access.roles import GRANTS, Permission, Role
from amuna.serve.dashboard.page import Page
from amuna.serve.dashboard.pages import PAGES


def _looker(page: Page) -> Role:
    """Who looks at a page: a customer where they may, else who may see everything."""
    return Role.CUSTOMER if page.permission is Permission.BILLS else Role.ADMIN


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_can_be_read_by_everyone(page: Page, visitor: Visitor) -> None:
    person = visitor(_looker(page))
    person.open(f"/app/{page.name}")
    expect(person.heading()).to_have_text(person.say(page.title.es, page.title.en))
    _check(person, page.name)


def test_an_account_can_be_read_by_everyone(visitor: Visitor, utility: Utility) -> None:
    person = visitor(Role.ANALYST)
    person.open(f"/app/accounts/{utility.own}")
    expect(person.page.get_by_text(utility.own).first).to_be_visible()
    _check(person, "account")


def _check(person: Person, name: str) -> None:
    person.check(f"{name}-1440")
    person.page.set_viewport_size(PHONE)
    person.settled()
    person.check(f"{name}-390", axe=person.language == "es")
    if person.language == "en":
        person.page.set_viewport_size(WIDE)
        person.page.emulate_media(color_scheme="dark")
        person.settled()
        person.check(f"{name}-dark")


@pytest.mark.parametrize("role", Role)
def test_a_role_sees_the_pages_it_may_open_and_no_other(role: Role, visitor: Visitor, language: str) -> None:
    person = visitor(role)
    mine = [page for page in PAGES if page.permission in GRANTS[role]]
    person.open("/app/")
    names = person.navigation().get_by_role("link").all_inner_texts()
    assert [name.strip() for name in names] == [getattr(page.title, language) for page in mine]
    for page in PAGES:
        if page not in mine:
            person.open(f"/app/{page.name}")
            refused = person.say("Esta página no es para su rol", "This page is not for your role")
            expect(person.heading()).to_have_text(refused)
