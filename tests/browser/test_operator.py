"""An operator's story: a file with its preview, taken in, and what was refused of it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import expect
from tests.browser.conftest import Visitor
from tests.browser.person import Person
from tests.browser.utility import Utility

from amuna.access.roles import Role

MOST_LOOKS = 40


def test_an_operator_hands_in_a_file_after_its_preview(
    visitor: Visitor, utility: Utility, tmp_path: Path
) -> None:
    person = visitor()
    person.sign_in(Role.OPERATOR)
    person.go("Datos", "Data")
    person.page.get_by_role("link", name=person.say("Subir un archivo", "Upload a file")).click()
    file = tmp_path / f"days.{person.language}.csv"
    file.write_text(_days(utility, year=person.say("2024", "2023")), encoding="utf-8")
    person.page.locator("#upload-file input[type=file]").set_input_files(file)
    found = person.page.locator("#upload-found")
    expect(found.locator(".number").first).to_contain_text("5")
    expect(found).to_contain_text(
        person.say("Filas que irían a cuarentena", "Rows that would go to quarantine")
    )
    person.check("upload-1440")

    person.page.locator("#upload-take").click()
    done = found.get_by_role("status")
    expect(done).to_contain_text(
        re.compile(person.say(r"5 filas nuevas.* 2 en cuarentena", r"5 new rows.* 2 in quarantine"))
    )
    person.page.get_by_role("link", name=person.say("Ver la cuarentena", "See the quarantine")).click()
    expect(person.page.locator(".ag-row").first).to_be_visible()
    person.settled()
    assert "-400" in person.text()
    person.picture("story-operator")


def _days(utility: Utility, *, year: str) -> str:
    """Five good days, one of less than nothing and one without a number, in litres."""
    days = [date(int(year), 1, 1) + timedelta(days=each) for each in range(7)]
    values = ["300", "310", "290", "305", "320", "-400", "many"]
    rows = [f"{day},{utility.own},{value}" for day, value in zip(days, values, strict=True)]
    return "\n".join(["ConsumptionDate,AccountOID,Consumption", *rows]) + "\n"


def test_an_operator_starts_a_training_and_sees_it_end(visitor: Visitor, utility: Utility) -> None:
    person = visitor(Role.OPERATOR)
    page = person.page
    before = _trainings(person)
    person.open("/app/models?see=trainings")
    page.get_by_role("button", name=person.say("Entrenar de nuevo", "Train again")).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    person.check("training-question-1440")
    page.locator("#models-train-yes").click()
    asked = person.say("Entrenamiento pedido", "Training asked for")
    expect(page.locator("#models-told")).to_contain_text(asked)
    for _ in range(MOST_LOOKS):
        if _trainings(person) > before:
            break
        page.reload()
    assert _trainings(person) == before + 1
    person.open("/app/models?see=trainings")
    expect(page.locator("#models-job")).to_contain_text(person.say("terminó bien", "ended well"))
    person.open(f"/app/accounts/{utility.own}")
    expect(page.locator("#main .recharts-line path").first).to_be_visible()


def _trainings(person: Person) -> int:
    """How many trainings that a person asked for have ended well."""
    answer = person.context.request.get(f"{person.utility.door}/api/v1/jobs?job=train").json()
    return sum(job["status"] == "ok" for job in answer["items"])
