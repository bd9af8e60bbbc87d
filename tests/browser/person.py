"""Someone in front of a browser: what they open, what they see, and what their browser complains of."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response, expect
from tests.browser.utility import PASSWORD, Utility, user_name

from amuna.access.roles import Role

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
WAIT_MS = 15_000
MOST_PRESSES = 60
_AXE = Axe()
_GRAVE = ("serious", "critical")
_SETTLED = """() => document.querySelector('#main h1')
  && !document.querySelector('[data-dash-is-loading="true"], .ag-row-loading, .ag-overlay-loading-center')
  && [...document.querySelectorAll('.grid-count')].every(each => each.textContent)"""
_WIDER = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const scrolls = (each) => each && each !== document.body && each !== document.documentElement
    && (getComputedStyle(each).overflowX !== 'visible' || scrolls(each.parentElement));
  return [...document.body.querySelectorAll('*')]
    .filter(each => each.getBoundingClientRect().right > room + 1 && !scrolls(each.parentElement))
    .slice(-4).map(each => each.outerHTML.slice(0, 160)).concat(['scrolls sideways']);
}"""


class Person:
    """Someone in front of a browser.

    Parameters
    ----------
    context
        Their browser.
    utility
        Where they go.
    language
        `es` or `en`: what their browser asks for.
    pictures
        Folder of screenshots.
    """

    def __init__(self, context: BrowserContext, utility: Utility, language: str, pictures: Path) -> None:
        self.utility, self.language, self.pictures = utility, language, pictures
        self.complaints: list[str] = []
        self.outside: list[str] = []
        context.set_default_timeout(WAIT_MS)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", self._asked)
        context.on("response", self._answered)
        self.context = context
        self.page: Page = context.new_page()

    def say(self, es: str, en: str) -> str:
        """One of two words: that of their language."""
        return es if self.language == "es" else en

    def open(self, path: str) -> None:
        """Go to an address and wait until it stands still."""
        self.page.goto(self.utility.door + path)
        if path.startswith("/app/"):
            self.settled()

    def settled(self) -> None:
        """Wait until the page is there and nothing of it is still being fetched."""
        self.page.wait_for_function(_SETTLED)

    def go(self, es: str, en: str) -> None:
        """Choose a page from the navigation."""
        name = self.say(es, en)
        self.navigation().get_by_role("link", name=name, exact=True).click()
        expect(self.heading()).to_have_text(name)
        self.settled()

    def navigation(self) -> Locator:
        """The list of pages."""
        return self.page.get_by_role("navigation", name=self.say("Páginas", "Pages"))

    def heading(self) -> Locator:
        """The page's name above its content."""
        return self.page.get_by_role("heading", level=1)

    def sign_in(self, role: Role) -> None:
        """Come in with the password of the person of a role."""
        self.open("/")
        self.page.get_by_label(self.say("Correo o usuario", "E-mail or user")).fill(user_name(role))
        self.page.get_by_label(self.say("Contraseña", "Password"), exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name=self.say("Entrar", "Sign in"), exact=True).click()
        self.page.wait_for_url("**/app/**")
        self.settled()

    def press_until(self, wanted: Locator, key: str = "Tab") -> None:
        """Press a key until what is wanted has the focus, as who uses no mouse does."""
        for _ in range(MOST_PRESSES):
            if wanted.evaluate("each => each === document.activeElement"):
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"{wanted} is not reached by {key}")

    def text(self) -> str:
        """All words of the page."""
        return self.page.locator("main").inner_text()

    def picture(self, name: str) -> None:
        """Keep what is seen."""
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self.pictures / f"{name}.{self.language}.png", full_page=True)

    def check(self, name: str, *, axe: bool = True) -> None:
        """Keep what is seen, and see that it has a title, says its language, fits, and can be used by everyone."""
        self.picture(name)
        found = self.page.evaluate(_WIDER)
        if axe:
            found += self.hindrances()
        assert not found, f"{name}:\n" + "\n".join(found)
        assert self.page.locator("html").get_attribute("lang") == self.language
        assert re.search(r"\w", self.page.title())

    def hindrances(self) -> list[str]:
        """What axe-core finds that hinders people gravely."""
        found = _AXE.run(self.page).response["violations"]
        return [
            f"{each['id']}: {node['target']} {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
            for each in found
            if each["impact"] in _GRAVE
            for node in each["nodes"][:3]
        ]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(
                f"{message.type}: {message.text[:400]} ({message.location.get('url', '')})"
            )

    def _asked(self, request: Request) -> None:
        split = urlsplit(request.url)
        if split.scheme not in ("data", "blob") and f"{split.scheme}://{split.netloc}" != self.utility.door:
            self.outside.append(request.url)

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} {response.url}")
