"""Chromium with a stopwatch: how long until what is awaited stands on the screen, and where that time goes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

SCRIPT = (Path(__file__).parent / "_stopwatch.js").read_text("utf-8")
MOST_S = 30.0
_WIDE = {"width": 1440, "height": 900}
_DONE = "() => window.stopwatch && stopwatch.seconds() !== null"
_WHERE = """() => {
  const all = performance.getEntriesByType('resource');
  const layout = all.find(each => each.name.endsWith('/_dash-layout'));
  const scripts = all.filter(each => each.initiatorType === 'script');
  const first = performance.getEntriesByName('first-contentful-paint')[0];
  const [page] = performance.getEntriesByType('navigation');
  const sum = (each) => each.reduce((total, one) => total + one.transferSize, 0) / 1024;
  return {
    html_s: page.responseEnd / 1000,
    first_contentful_paint_s: first ? first.startTime / 1000 : null,
    layout_asked_s: layout ? layout.requestStart / 1000 : null,
    layout_server_s: layout ? (layout.responseStart - layout.requestStart) / 1000 : null,
    layout_kb: layout ? layout.decodedBodySize / 1024 : null,
    scripts: scripts.length,
    scripts_kb: sum(scripts),
    scripts_end_s: Math.max(0, ...scripts.map(each => each.responseEnd)) / 1000,
    requests: all.length,
  };
}"""


@dataclass(frozen=True)
class Wanted:
    """What is awaited: an element that is on the screen with words in it, others than before, or a drawn line.

    Parameters
    ----------
    selector
        Which element.
    match
        Regular expression that its words must match.
    drawn
        Whether it is a path of a chart, and only has to be drawn.
    """

    selector: str
    match: str = ""
    drawn: bool = False


Act = Callable[[Page], None]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; each context of it has a cache of its own, empty at first."""
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or playwright.chromium.executable_path
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def enter(browser: Browser, link: str) -> Any:
    """Use a one-time link; what the browser then keeps of the session."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(link)
    page.locator("main form button").click()
    page.wait_for_url("**/app/**")
    kept = context.storage_state()
    context.close()
    return kept


@contextmanager
def visitor(browser: Browser, session: Any) -> Iterator[BrowserContext]:
    """Someone who is signed in, and whose browser has seen nothing yet."""
    context = browser.new_context(storage_state=session, viewport=_WIDE, locale="es-PE")
    context.set_default_timeout(MOST_S * 1000)
    yield context
    context.close()


def painted(context: BrowserContext, address: str, wanted: list[Wanted]) -> dict[str, Any]:
    """Seconds from asking for a page to all that is wanted on the screen, and where they go."""
    page = context.new_page()
    page.add_init_script(f"{SCRIPT};window.stopwatch && stopwatch.paint({_told(wanted)})")
    tools = context.new_cdp_session(page)
    tools.send("Performance.enable")
    page.goto(address, wait_until="commit")
    seconds = _seconds(page)
    spent = {each["name"]: each["value"] for each in tools.send("Performance.getMetrics")["metrics"]}
    where = page.evaluate(_WHERE)
    page.close()
    return {
        "seconds": seconds,
        **{name: value if value is None else round(value, 3) for name, value in where.items()},
        "script_s": round(spent["ScriptDuration"], 3),
        "layout_and_style_s": round(spent["LayoutDuration"] + spent["RecalcStyleDuration"], 3),
    }


def opened(context: BrowserContext, address: str, wanted: list[Wanted]) -> Page:
    """A page with a stopwatch, once all that is wanted is there and the network is still."""
    page = context.new_page()
    page.add_init_script(SCRIPT)
    page.goto(address)
    for each in wanted:
        page.locator(each.selector).first.wait_for(state="attached")
    page.wait_for_load_state("networkidle")
    return page


def answered(page: Page, act: Act, wanted: Wanted) -> float:
    """Seconds from the last thing a person does to the answer on the screen."""
    page.evaluate(f"stopwatch.arm({_told([wanted])})")
    act(page)
    return _seconds(page)


def _seconds(page: Page) -> float:
    page.wait_for_function(_DONE, timeout=MOST_S * 1000)
    return round(float(page.evaluate("stopwatch.seconds()")), 3)


def _told(wanted: list[Wanted]) -> str:
    return json.dumps([each.__dict__ for each in wanted])
