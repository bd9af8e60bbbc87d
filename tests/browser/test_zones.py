"""Zones in a browser: chosen by click and by keyboard, sliders that answer, an address that keeps it all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.conftest import Visitor
from tests.browser.person import PHONE, WAIT_MS, WIDE, Person
from tests.browser.utility import Utility, served
from tests.zone_page import page_store

from amuna.access.roles import Role
from amuna.workflows.audit import PROGRAM
from amuna.workflows.links import first_admin_link
from amuna.workflows.sessions import open_session
from amuna.workflows.users import add_user

_TOML = """[store]
path = "town.duckdb"
[utility]
time_zone = "Europe/Rome"
country = "IT"
"""


@pytest.fixture(scope="module")
def utility(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Utility]:
    """The town of zones, served by a process of its own."""
    folder = tmp_path_factory.mktemp("zones")
    made = Utility(folder)
    _people(made, folder)
    with served(made) as open_one:
        yield open_one


def _people(made: Utility, folder: Path) -> None:
    store = page_store(folder, seen_days=2)
    now = datetime.now(UTC)
    first_admin_link(store, now)
    user = add_user("analyst@example.org", Role.ANALYST, store=store, actor=PROGRAM, now=now, accounts=[])
    made.sessions[Role.ANALYST] = open_session(user, store=store, now=now, address="", how="test").secret
    store.close()
    (folder / "amuna.toml").write_text(_TOML, encoding="utf-8")


def _map(person: Person) -> None:
    person.open("/app/demand?see=zones")
    expect(person.page.locator(".zone-map svg a")).to_have_count(2)


def _title(person: Person, name: str) -> None:
    expect(person.page.get_by_role("heading", name=name, exact=True)).to_be_visible(timeout=WAIT_MS)


def test_a_zone_is_chosen_by_click_and_the_plan_goes_along(visitor: Visitor) -> None:
    person = visitor(Role.ANALYST)
    _map(person)
    person.page.locator(".zone-map a", has=person.page.locator("title", has_text="North")).click()
    _title(person, "North (north)")
    assert "of=zone:north" in person.page.url
    slider = person.page.locator("#zone-plan-price [role=slider]")
    answer = person.page.locator("#zone-plan-answer .number .value").first
    before = answer.inner_text()
    for _ in range(6):
        slider.press("ArrowRight")
    expect(answer).not_to_have_text(before)
    person.page.wait_for_url("**plan=price:3*")
    expect(slider).to_be_focused()
    person.page.wait_for_load_state("networkidle")  # every position of the slider is answered
    after = answer.inner_text()
    person.page.locator("#main a[href*='unit=ls']").click()
    person.page.wait_for_url("**unit=ls*")
    person.settled()
    assert "plan=price:3" in person.page.url
    expect(person.page.locator("#zone-plan-answer .number .value").first).to_have_text(after)
    person.page.reload()
    person.settled()
    expect(person.page.locator("#zone-plan-answer .number .value").first).to_have_text(after)
    expect(person.page.locator("#zone-plan-price [role=slider]")).to_have_attribute("aria-valuenow", "3")


def test_a_zone_is_chosen_without_a_mouse_and_back_leads_back(visitor: Visitor) -> None:
    person = visitor(Role.ANALYST)
    _map(person)
    link = person.page.locator(".zone-map a").first
    person.press_until(link)
    name = link.get_attribute("aria-label") or ""
    person.page.keyboard.press("Enter")
    _title(person, name.split(":")[0])
    expect(person.page.locator(".zone-map a[aria-current=true]")).to_have_count(1)
    person.page.go_back()
    _title(person, person.say("Todas las zonas", "All zones"))


def test_hours_of_the_heat_map_are_read_by_pointing(visitor: Visitor) -> None:
    person = visitor(Role.ANALYST)
    person.open("/app/demand?see=zones&of=zone:north")
    person.page.locator(".cells").hover(position={"x": 40, "y": 100})
    tip = person.page.locator(".cell-tip")
    expect(tip).to_contain_text("m³/h")
    expect(tip).to_contain_text(person.say("frente a lo usual", "against the usual"))


def test_the_view_can_be_read_by_everyone(visitor: Visitor, language: str) -> None:
    person = visitor(Role.ANALYST, dark=language == "en")
    for name, query in (("zones", ""), ("zone", "&of=zone:north"), ("zone-tile", "&of=zone:west&over=week")):
        person.open(f"/app/demand?see=zones{query}")
        person.check(f"{name}-1440", axe=name != "zone-tile")
    person.page.set_viewport_size(PHONE)
    person.settled()
    person.check("zone-390")
    person.page.set_viewport_size(WIDE)
