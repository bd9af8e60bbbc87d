"""A browser, a utility that is served, and people in front of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.browser.person import WIDE, Person
from tests.browser.utility import LANGUAGES, ROOT, Utility, make_demo, populate, served

from amuna.access.roles import Role
from amuna.access.secrets import form_key
from amuna.serve.auth.cookies import FORM_KEY, SESSION

Visitor = Callable[..., Person]
_LOCALES = {"es": "es-PE", "en": "en-US"}


@pytest.fixture(scope="session")
def utility(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Utility]:
    """The demo's utility, small, served by a process of its own."""
    made = make_demo(tmp_path_factory.mktemp("browser") / "demo")
    populate(made)
    with served(made) as open_one:
        yield open_one


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots are kept: AMUNA_TEST_SCREENSHOTS, or build/screenshots."""
    return Path(os.environ.get("AMUNA_TEST_SCREENSHOTS") or ROOT / "build" / "screenshots")


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """Each language in turn."""
    return str(request.param)


@pytest.fixture
def visitor(chromium: Browser, utility: Utility, pictures: Path, language: str) -> Iterator[Visitor]:
    """Someone with a browser of their own: signed in as a role, or nobody yet.

    Afterwards their browser must have had nothing to complain of, and must have asked nobody else.
    """
    people: list[Person] = []

    def come(role: Role | None = None, *, dark: bool = False) -> Person:
        context = chromium.new_context(
            locale=_LOCALES[language],
            timezone_id="America/Lima",
            viewport=WIDE,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        if role is not None:
            secret = utility.sessions[role]
            found = {SESSION: secret, FORM_KEY: form_key(secret)}
            context.add_cookies(
                [{"name": name, "value": value, "url": utility.door} for name, value in found.items()]
            )
        people.append(Person(context, utility, language, pictures))
        return people[-1]

    yield come
    for person in people:
        person.context.close()
    assert [complaint for person in people for complaint in person.complaints] == []
    assert [address for person in people for address in person.outside] == []
