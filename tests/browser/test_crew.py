"""A field crew's story: sign in with the keyboard alone, find the account with alarms, say that one is looked at."""

from __future__ import annotations

from playwright.sync_api import expect
from tests.browser.conftest import Visitor
from tests.browser.person import PHONE
from tests.browser.utility import PASSWORD, Utility, user_name

from amuna.access.roles import Role


def test_a_crew_signs_in_and_marks_an_alarm_with_the_keyboard_alone(
    visitor: Visitor, utility: Utility
) -> None:
    person = visitor()
    keys = person.page.keyboard
    person.open("/")
    person.check("sign-in-1440")
    expect(person.page.get_by_label(person.say("Correo o usuario", "E-mail or user"))).to_be_focused()
    keys.type(user_name(Role.CREW))
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    person.page.wait_for_url("**/app/alarms")
    accounts = person.say("Cuentas", "Accounts")
    person.press_until(person.navigation().get_by_role("link", name=accounts))
    keys.press("Enter")
    expect(person.heading()).to_have_text(accounts)
    person.settled()
    search = person.page.get_by_placeholder(person.say("Buscar", "Search"))
    person.press_until(search)
    keys.type(utility.foreign)
    expect(person.page.locator(".grid-count")).to_contain_text(person.say("1 de", "1 of"))
    person.press_until(person.page.locator(".ag-header-cell").first)
    person.press_until(person.page.locator(".ag-row [col-id=account_id]").first, "ArrowDown")
    keys.press("Enter")
    person.page.wait_for_url(f"**/app/accounts/{utility.foreign}")
    person.settled()

    alarms = person.page.locator("#account-alarms")
    waiting = alarms.get_by_role("button", name=person.say("La reviso", "I look at it"))
    before = waiting.count()
    assert before
    person.press_until(waiting.first)
    keys.press("Enter")
    expect(waiting).to_have_count(before - 1)
    expect(alarms).to_contain_text(user_name(Role.CREW))


def test_a_crew_finds_its_alarms_on_a_phone(visitor: Visitor, utility: Utility) -> None:
    person = visitor()
    person.page.set_viewport_size(PHONE)
    person.sign_in(Role.CREW)
    expect(person.heading()).to_have_text(person.say("Alarmas", "Alarms"))
    first = person.page.locator(".alarms li").first
    expect(first.get_by_role("button", name=person.say("Cerrar", "Close"))).to_be_in_viewport()
    person.picture("story-crew-alarms-390")
    person.page.get_by_role(
        "button", name=person.say("Abrir o cerrar el menú", "Open or close the menu")
    ).click()
    person.go("Cuentas", "Accounts")
    expect(person.navigation()).not_to_be_in_viewport()
    person.page.get_by_placeholder(person.say("Buscar", "Search")).fill(utility.foreign)
    person.page.get_by_role("link", name=utility.foreign).click()
    alarms = person.page.locator("#account-alarms")
    seen = alarms.get_by_role("row").filter(has_text=person.say("consumo alto", "high use"))
    expect(seen).to_have_count(4)
    expect(seen.first.get_by_role("button", name=person.say("Cerrar", "Close"))).to_be_visible()
    person.picture("story-crew-390")
