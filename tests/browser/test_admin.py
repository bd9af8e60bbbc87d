"""An administrator's story: the first link, a password, a user, a token that a program then uses, and the log of it all."""

from __future__ import annotations

import httpx
from playwright.sync_api import expect
from tests.browser.conftest import Visitor
from tests.browser.utility import PASSWORD, Utility

from amuna.access.roles import Role


def test_an_administrator_adds_a_user_and_a_token_and_finds_both_in_the_log(
    visitor: Visitor, utility: Utility, language: str
) -> None:
    person = visitor()
    page = person.page
    person.open(utility.links[language, Role.ADMIN])
    person.check("password-1440")
    page.get_by_label(person.say("Contraseña", "Password"), exact=True).fill(PASSWORD)
    page.get_by_role("button", name=person.say("Guardar y entrar", "Save and sign in")).click()
    page.wait_for_url("**/app/today")

    person.go("Administración", "Administration")
    added = f"nueva.{language}@example.org"
    page.get_by_label(person.say("Correo", "E-mail"), exact=True).fill(added)
    page.get_by_role("button", name=person.say("Agregar", "Add"), exact=True).click()
    secret = page.locator(".admin-secret")
    link = secret.inner_text()
    assert link.startswith(f"{utility.door}/link/")
    assert httpx.get(link).status_code == 200
    expect(page.get_by_role("link", name=added)).to_be_visible()

    page.get_by_role("link", name=person.say("Fichas", "Tokens"), exact=True).click()
    page.get_by_label(person.say("Para qué es", "What it is for"), exact=True).fill(f"story {language}")
    page.get_by_role("button", name=person.say("Crear", "Make"), exact=True).click()
    token = secret.inner_text()
    path = f"{utility.door}/api/v1/accounts/{utility.own}/forecast"
    assert httpx.get(path).status_code == 401
    answer = httpx.get(path, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["days"]

    page.get_by_role("link", name=person.say("Bitácora", "Audit log")).click()
    log = page.locator("#admin-audit")
    for found in (added, person.say("ficha", "token")):
        expect(log.get_by_role("row").filter(has_text=found).first).to_be_visible()
    person.settled()
    person.check("audit-1440")
