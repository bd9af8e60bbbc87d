"""Do the doors answer? Asked over HTTP by a visitor of each kind, the way a browser asks."""

from __future__ import annotations

import time
from dataclasses import dataclass

import httpx

from amuna.access.roles import GRANTS, Role
from amuna.domain.access_tables import USERS
from amuna.domain.errors import PermanentError
from amuna.domain.text import Text
from amuna.serve.dashboard.page import Page
from amuna.serve.dashboard.pages import PAGES
from amuna.serve.dashboard.shell import FAILED
from amuna.serve.dashboard.visits import ROOT
from amuna.serve.desk import Desk
from amuna.workflows.audit import PROGRAM
from amuna.workflows.links import VISIT, first_admin_link, make_link
from amuna.workflows.users import add_user, change_user

OPEN = ("/health", "/ready", "/metrics", "/sign-in", "/api/docs", "/api/v1/openapi.json")
VISITOR = "checkup"
_WAIT_S = 60.0
_AS = Text("{path} como {role}", "{path} as {role}")


@dataclass(frozen=True)
class Answered:
    """A door that answered, as whom it was asked, and how long it took [s]."""

    path: str
    asked_as: str
    seconds: float


def check_doors(door: str, desk: Desk, *, account_id: str) -> list[Answered]:
    """Ask every open door, and every page as an administrator and as a customer of the account.

    The visitor is a user of its own, who is inactive afterwards.

    Raises
    ------
    PermanentError
        If one does not answer as it should.
    """
    with httpx.Client(base_url=door, timeout=_WAIT_S) as nobody:
        found = [_open_door(nobody, path) for path in OPEN]
    first_admin_link(desk.store, desk.now())  # so that the visitor is never the only administrator
    try:
        for role, accounts in ((Role.ADMIN, ()), (Role.CUSTOMER, (account_id,))):
            with httpx.Client(base_url=door, timeout=_WAIT_S) as browser:
                _enter(browser, desk, role, accounts)
                found += [_page(browser, page, role) for page in PAGES if page.permission in GRANTS[role]]
    finally:
        change_user(VISITOR, store=desk.store, actor=PROGRAM, now=desk.now(), active=False)
    return found


def _enter(browser: httpx.Client, desk: Desk, role: Role, accounts: tuple[str, ...]) -> None:
    """Begin a session, as a person does who was sent a link."""
    store, now = desk.store, desk.now()
    if store.count(USERS, where={"user_id": VISITOR}):
        change_user(VISITOR, store=store, actor=PROGRAM, now=now, role=role, active=True, accounts=accounts)
    else:
        add_user(VISITOR, role, store=store, actor=PROGRAM, now=now, accounts=accounts)
    secret = make_link(VISITOR, store=store, actor=PROGRAM, now=now, purpose=VISIT, hours=1)
    answer = browser.post(f"/link/{secret}")
    if answer.status_code >= 400:
        raise _refused(_AS.fill(path="/link/…", role=role.value), answer)


def _open_door(nobody: httpx.Client, path: str) -> Answered:
    started = time.perf_counter()
    answer = nobody.get(path)
    if answer.status_code != 200:
        raise _refused(path, answer)
    return Answered(path, "nobody", time.perf_counter() - started)


def _page(browser: httpx.Client, page: Page, role: Role) -> Answered:
    """A page whole: its shell, then its content as the browser fetches it."""
    path = f"{ROOT}{page.name}"
    started = time.perf_counter()
    shell = browser.get(path)
    content = browser.get(f"{ROOT}_dash-layout", headers={"Referer": f"{browser.base_url}{path.lstrip('/')}"})
    for answer in (shell, content):
        if answer.status_code != 200 or FAILED.es in answer.text or FAILED.en in answer.text:
            raise _refused(_AS.fill(path=path, role=role.value), answer)
    return Answered(path, role.value, time.perf_counter() - started)


def _refused(path: Text | str, answer: httpx.Response) -> PermanentError:
    return PermanentError(
        Text("{path} respondió {status}: {said}", "{path} answered {status}: {said}"),
        remedy=Text(
            "El registro de amuna --verbose serve dice más.", "The log of amuna --verbose serve says more."
        ),
        path=path,
        status=answer.status_code,
        said=answer.text[:200],
    )
