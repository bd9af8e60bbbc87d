"""An analyst's story: today, the demand of a zone with its range, the file of it, and why an account has its model."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect
from tests.browser.conftest import Visitor
from tests.browser.utility import Utility

from amuna.access.roles import Role

_RANGE = r"80 %: (?:entre|between) ([\d\u202f.]+) (?:y|and) ([\d\u202f.]+)\u202fm³"


def test_an_analyst_reads_and_exports_the_demand_of_a_zone(visitor: Visitor, tmp_path: Path) -> None:
    person = visitor()
    person.sign_in(Role.ANALYST)
    expect(person.heading()).to_have_text(person.say("Hoy", "Today"))
    person.go("Demanda", "Demand")
    person.page.get_by_label(person.say("Demanda de", "Demand of"), exact=True).first.click()
    zone = person.page.get_by_role("option").filter(has_text=person.say("Zona", "Zone")).first
    name = zone.inner_text()
    zone.click()
    expect(person.page.get_by_role("heading", name=name, level=2)).to_be_visible()
    low, high = (float(each.replace("\u202f", "")) for each in re.search(_RANGE, person.text()).groups())
    assert 0 < low < high

    with person.page.expect_download() as waiting:
        person.page.get_by_role(
            "link", name=person.say("Descargar lo que se ve", "Download what is shown")
        ).click()
    file = tmp_path / "zone.csv"
    waiting.value.save_as(file)
    heading, *rows = file.read_text("utf-8-sig").splitlines()
    assert person.say("Pronóstico (m³)", "Forecast (m³)") in heading
    assert len(rows) > 90

    person.page.get_by_text(person.say("Por mes", "By month"), exact=True).click()
    expect(
        person.page.locator("[aria-current=true]").filter(has_text=person.say("Por mes", "By month"))
    ).to_be_visible()
    person.settled()
    person.picture("story-analyst")


def test_an_analyst_reads_why_an_account_has_its_model(visitor: Visitor, utility: Utility) -> None:
    person = visitor(Role.ANALYST)
    person.open("/app/accounts")
    person.page.get_by_placeholder(person.say("Buscar", "Search")).fill(utility.own)
    person.page.get_by_role("link", name=utility.own).click()
    why = person.page.locator("section.card").filter(
        has=person.page.get_by_role(
            "heading",
            name=person.say("Qué modelo la pronostica, y por qué", "Which model forecasts it, and why"),
        )
    )
    expect(why).to_be_visible()
    assert len(why.get_by_role("listitem").all_inner_texts()) >= 3
    assert re.search(r"MASE", why.inner_text())
