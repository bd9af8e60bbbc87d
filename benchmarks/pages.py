"""The dashboard over a large utility, in Chromium: until a page can be read, and until it answers what a person does.

    python benchmarks/pages.py [--accounts-n 27000] [--workspace DIR] [--runs 3] [--only accounts] [--json]

`amuna serve` runs as a process of its own on the demo's utility. Each page is opened by a browser that has seen nothing
yet, signed in by a link. It can be read once its main numbers and the first line or rows of its chart or grid stand on the
screen. An interaction runs from the last key or click to the changed content on the screen. Medians of some runs.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError
from rich.console import Console
from rich.table import Table

from _chromium import Act, Wanted, answered, chromium, enter, opened, painted, visitor
from _common import cores, finish, parser
from amuna import wiring
from amuna.access.roles import Role
from amuna.domain.tables import ACCOUNTS
from amuna.workflows.audit import PROGRAM
from amuna.workflows.links import VISIT, first_admin_link, make_link
from amuna.workflows.users import add_user
from amuna.workflows.views.example import example_account
from api import made, serving

PAINT_BAR_S, ANSWER_BAR_S = 1.5, 0.5
_NUMBER = Wanted("#main .number .value")
_LINE = Wanted("#main .recharts-line path, #main .recharts-area path", drawn=True)
_BAR = Wanted("#main .recharts-bar-rectangle path", drawn=True)
_ROW = Wanted("#main .ag-row[row-index='0'] .ag-cell")
_FIRST_ACCOUNT = Wanted("#main .ag-row[row-index='0'] [col-id='account_id']", match=r"A\d+")


@dataclass(frozen=True)
class Does:
    """Something that is done on a page, and what then stands there."""

    name: str
    act: Act
    wanted: Wanted


@dataclass(frozen=True)
class Opens:
    """A page: what makes it readable, and what is done there, each from a freshly opened one.

    Parameters
    ----------
    name
        How its figures are called.
    path
        Its address; `{account}` stands for the account of the demo's customer.
    """

    name: str
    path: str
    wanted: tuple[Wanted, ...]
    does: tuple[Does, ...] = ()
    role: Role = Role.ADMIN


def _click(selector: str) -> Act:
    return lambda page: page.locator(selector).first.click()


def _write(selector: str, words: str) -> Act:
    return lambda page: page.locator(selector).first.press_sequentially(words)


def _choose_zone(page: Page) -> None:
    page.locator("#demand-of").click()
    page.get_by_role("option").filter(has_text="Zona").nth(3).click()


def _scroll(page: Page) -> None:
    page.locator("#main .ag-body-viewport").hover()
    page.mouse.wheel(0, 10_000 * 36)


def _later(page: Page) -> None:
    """A day later, as the arrow in a field of dates does."""
    page.locator("#my-water-last").press("ArrowUp")


def _first_zone(page: Page) -> None:
    """The first link of the map, or of the table where there is none, by the keyboard."""
    page.locator("#main a[href*='of=zone']").first.press("Enter")


def _dearer(page: Page) -> None:
    """A tariff that rises a bit more each year, by the slider's keyboard."""
    page.locator("#zone-plan-price [role=slider]").press("ArrowRight")


def _tab(query: str) -> Wanted:
    """The choice of this view, once it is the one where the visitor stands."""
    return Wanted(f"#main a.here[href*='{query}']")


_TITLE = "#main h1"
_ENGLISH = _click("[data-language=en]")
PAGES = (
    Opens(
        "today",
        "/app/today",
        (_NUMBER, _LINE),
        (
            Does("language", _ENGLISH, Wanted(_TITLE, match="^Today$")),
            Does(
                "to_demand", _click("#main a[href='/app/demand'].number"), Wanted(_TITLE, match="^Demanda$")
            ),
        ),
    ),
    Opens("alarms", "/app/alarms", (Wanted("#main .card a[href*='/app/accounts/']"),)),
    Opens(
        "demand",
        "/app/demand",
        (_NUMBER, _LINE),
        (
            Does("zone", _choose_zone, Wanted("#main .card h2", match="^Zona")),
            Does("grain", _click("#main a[href*='step=month']"), _tab("step=month")),
            Does(
                "proof",
                _click("#main a[href*='see=proof']"),
                _tab("see=proof"),
            ),
            Does(
                "season",
                _click("#main a[href*='see=season']"),
                _tab("see=season"),
            ),
            Does(
                "weather",
                _click("#main a[href*='see=weather']"),
                _tab("see=weather"),
            ),
            Does(
                "compare",
                _click("#main a[href*='see=compare']"),
                _tab("see=compare"),
            ),
            Does(
                "account",
                _write("#demand-account", "A0000100\n"),
                Wanted("#main .card h2", match="A0000100"),
            ),
        ),
    ),
    Opens(
        "zones",
        "/app/demand?see=zones",
        (_NUMBER, Wanted("#main .drawing path", drawn=True)),
        (
            Does("choose", _first_zone, Wanted("#main .heat .drawing path", drawn=True)),
            Does("plan", _dearer, Wanted("#zone-plan-answer .number .value")),
            Does("week", _click("#main a[href*='over=week']"), _tab("over=week")),
        ),
    ),
    Opens(
        "accounts",
        "/app/accounts",
        (_FIRST_ACCOUNT, Wanted("#accounts-grid-count")),
        (
            Does(
                "sort", _click("#main .ag-header-cell[col-id='mean_m3'] .ag-header-cell-text"), _FIRST_ACCOUNT
            ),
            Does("search", _write("#accounts-search", "7345"), _FIRST_ACCOUNT),
            Does(
                "filter", _write("#main .ag-floating-filter[col-id='zone_id'] input", "0012"), _FIRST_ACCOUNT
            ),
            Does(
                "scroll",
                _scroll,
                Wanted("#main .ag-row[row-index='10005'] [col-id='account_id']", match=r"A\d+"),
            ),
            Does("open", _click("#main .ag-row[row-index='3'] a"), Wanted("#main .account-name")),
        ),
    ),
    Opens("account", "/app/accounts/{account}", (_NUMBER, _LINE)),
    Opens(
        "data",
        "/app/data",
        (_NUMBER, Wanted("#main table.rows td")),
        (
            Does("quarantine", _click("#main a[href$='/quarantine']"), _ROW),
            Does("gaps", _click("#main a[href$='/gaps']"), Wanted("#main .card h2", match="último año")),
            Does("changes", _click("#main a[href$='/changes']"), _ROW),
        ),
    ),
    Opens(
        "quarantine",
        "/app/data/quarantine",
        (_ROW,),
        (Does("filter", _click("#main a[href*='reason=']"), Wanted("#refused-grid-count")),),
    ),
    Opens(
        "models",
        "/app/models",
        (_NUMBER, _LINE),
        (
            Does("serving", _click("#main a[href*='see=serving']"), Wanted("#main .card h2", match="Quién")),
            Does(
                "drift",
                _click("#main a[href*='see=drift']"),
                _tab("see=drift"),
            ),
            Does(
                "decisions",
                _click("#main a[href*='see=decisions']"),
                _tab("see=decisions"),
            ),
            Does(
                "trainings",
                _click("#main a[href*='see=trainings']"),
                _tab("see=trainings"),
            ),
        ),
    ),
    Opens(
        "my_water",
        "/app/my-water",
        (Wanted("#main .money"), _LINE),
        (
            Does("period", _later, Wanted("#my-water-answer")),
            Does("language", _ENGLISH, Wanted(_TITLE, match="^My water$")),
        ),
        role=Role.CUSTOMER,
    ),
    Opens(
        "admin",
        "/app/admin",
        (_ROW,),
        (
            Does(
                "audit",
                _click("#main a[href$='/audit']"),
                Wanted("#admin-audit .ag-row[row-index='0'] .ag-cell"),
            ),
            Does("tokens", _click("#main a[href$='/tokens']"), Wanted("#main .card h2", match="ficha")),
        ),
    ),
)


def main() -> None:
    """Make the workspace, serve it, look."""
    arguments = parser(__doc__.splitlines()[0])
    arguments.add_argument("--accounts-n", type=int, default=27_000)
    arguments.add_argument(
        "--workspace", type=Path, help="a workspace that `amuna demo` made; else one is made"
    )
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--only", help="one page, by the name of its figures")
    options = arguments.parse_args()
    pages = [page for page in PAGES if options.only in (None, page.name)]
    with tempfile.TemporaryDirectory(prefix="amuna-pages-") as folder:
        workspace = options.workspace or made(Path(folder) / "demo", options.accounts_n)
        figures = measure(workspace, pages, runs=options.runs)
    show(figures)
    finish(figures, as_json=options.json)


def measure(workspace: Path, pages: list[Opens], *, runs: int) -> dict[str, Any]:
    """Seconds by page and interaction."""
    links, account, accounts = invited(workspace)
    figures: dict[str, Any] = {}
    where: dict[str, Any] = {}
    command = [sys.executable, "-m", "amuna.serve.cli.main", "-w", str(workspace), "serve", "--json"]
    with serving(command) as door, chromium() as browser:
        sessions = {role: enter(browser, door + link) for role, link in links.items()}
        for page in pages:
            address = door + page.path.format(account=account)
            found = [_paint(browser, sessions[page.role], address, page) for _ in range(runs)]
            figures[f"{page.name}_paint_s"] = median(each["seconds"] for each in found)
            figures[f"{page.name}_first_visit_s"] = found[0]["seconds"]
            where[page.name] = min(found, key=lambda each: each["seconds"])
            for does in page.does:
                try:
                    seconds = [
                        _answer(browser, sessions[page.role], address, page, does) for _ in range(runs)
                    ]
                except PlaywrightError as error:
                    raise RuntimeError(f"{page.name}: {does.name} did not come: {error}") from error
                figures[f"{page.name}_{does.name}_s"] = median(seconds)
    paints = {name: seconds for name, seconds in figures.items() if name.endswith("_paint_s")}
    answers = {
        f"{page.name}_{does.name}_s": figures[f"{page.name}_{does.name}_s"]
        for page in pages
        for does in page.does
    }
    return {
        "worst_paint_s": max(paints.values()),
        "worst_interaction_s": max(answers.values(), default=0.0),
        **figures,
        "where": where,
        "accounts": accounts,
        "runs": runs,
        "cores": cores(),
    }


def invited(workspace: Path) -> tuple[dict[Role, str], str, int]:
    """Links of an administrator and of a customer made for this, the customer's account, and how many there are."""
    now = datetime.now(UTC)
    store = wiring.store(wiring.open_workspace(workspace))
    try:
        first_admin_link(store, now)  # else the server's start would make one for the administrator made here
        account, links = example_account(store), {}
        for role, held in ((Role.ADMIN, []), (Role.CUSTOMER, [account])):
            name = f"{role.value}-{now:%Y%m%d%H%M%S}@example.org"
            add_user(name, role, store=store, actor=PROGRAM, now=now, accounts=held)
            links[role] = f"/link/{make_link(name, store=store, actor=PROGRAM, now=now, purpose=VISIT)}"
        return links, account, store.count(ACCOUNTS)
    finally:
        store.close()


def _paint(browser: Browser, session: Any, address: str, page: Opens) -> dict[str, Any]:
    with visitor(browser, session) as context:
        return painted(context, address, list(page.wanted))


def _answer(browser: Browser, session: Any, address: str, page: Opens, does: Does) -> float:
    with visitor(browser, session) as context:
        return answered(opened(context, address, list(page.wanted)), does.act, does.wanted)


def show(figures: dict[str, Any]) -> None:
    """Tables for people."""
    title = f"{figures['accounts']:,} accounts, median of {figures['runs']} [s], {figures['cores']} cores"
    table = Table(title=title)
    for column in ("", "seconds", "bar"):
        table.add_column(column, justify="left" if not column else "right")
    for name, seconds in figures.items():
        if name.endswith("_s") and not name.endswith("_first_visit_s"):
            bar = PAINT_BAR_S if name.endswith("paint_s") else ANSWER_BAR_S
            shown = f"[red]{seconds:.2f}[/]" if seconds > bar else f"{seconds:.2f}"
            table.add_row(name.removesuffix("_s"), shown, f"{bar:g}")
    console = Console()
    console.print(table)
    wide = Console(width=max(console.width, 160))
    spent = Table(title="Where a page's time goes, its quickest run")
    names = list(next(iter(figures["where"].values())))
    for column in ("", *names):
        spent.add_column(column, justify="left" if not column else "right", overflow="fold")
    for page, found in figures["where"].items():
        spent.add_row(page, *(str(found[name]) for name in names))
    wide.print(spent)


if __name__ == "__main__":
    main()
