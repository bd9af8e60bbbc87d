"""The dashboard: what each role finds, what nobody finds, in both languages, from this machine alone."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from amuna.access.roles import GRANTS, Role
from amuna.domain.errors import NotAllowed, StoreBusy
from amuna.domain.text import Text
from amuna.serve.dashboard import setup
from amuna.serve.dashboard.pages import PAGES
from amuna.serve.dashboard.setup import SIGN_IN
from amuna.serve.dashboard.shell import FAILED
from amuna.serve.dashboard.warm import keep_warm, look_at_every_page
from amuna.serve.desk import Desk
from amuna.workflows.alarms import handle, raise_alarms

As = Callable[[Role | None], FlaskClient]
READ = {"children", "label", "title", "placeholder", "description", "alt", "headerName", "text", "content"}
READ |= {"aria-label", "nothingFoundMessage", "overlayNoRowsTemplate", "legend", "help", "error", "labels"}
SAME = {
    "ES",
    "EN",
    "Español",
    "English",
    "?",
    "S/",
    "CSV",
    "Excel",
    "JSON",
    "GeoJSON",
    "m³",
    "API",
    "OpenAPI",
}
SAME |= {"Total", "Error", "No", "MASE", "ARIMA"}
_LETTERS = re.compile(r"[^\W\d_]{2,}")
# Names of the utility, people and accounts, codes of models, files, addresses, units, dates and hashes.
_NAMES = re.compile(
    r"Aguas de Prueba|pytest-\d+/\w+|\w+@example\.org|\b(Admin|Customer|Crew|Analyst|Operator)\b|\bA\d{7}\b|\b(constant|mostly_zero|"
    r"always_zero|three_days_old)\b|DMA-\d+|[\w/.-]+\.(parquet|csv|xlsx|json|toml)|/[\w/.-]+|https?://\S+|\bm³\b|\bkm/h\b|"
    r"\bmm\b|\bmin\b|\bS/|\(\d,\d,\d\)|run-\w+|\b[0-9a-f]{6,}…?|\b\d{4}-\d\d-\d\dT?[\d:.+Z]*|\bamuna\b( \w+)*|\bUTC\b"
)


def layout(client: FlaskClient, page: str, *, language: str = "es") -> Any:
    """What the browser gets for a page, as JSON."""
    client.set_cookie("amuna_language", language)
    answer = client.get("/app/_dash-layout", headers={"Referer": f"http://localhost/app/{page}"})
    assert answer.status_code == 200, answer.text
    return json.loads(answer.data)


def moved(client: FlaskClient, page: str, query: str = "") -> Any:
    """What the browser gets when it goes to a page without loading anew."""
    body = {
        "output": "..page.children...shown.data..",
        "outputs": [{"id": "page", "property": "children"}, {"id": "shown", "property": "data"}],
        "inputs": [
            {"id": "address", "property": "pathname", "value": f"/app/{page}"},
            {"id": "address", "property": "search", "value": query},
        ],
        "changedPropIds": ["address.pathname"],
        "state": [{"id": "shown", "property": "data", "value": {"path": "/app/elsewhere"}}],
    }
    return client.post("/app/_dash-update-component", json=body)


def texts(node: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text that people read, with its place."""
    if isinstance(node, dict):
        kind = node.get("type", "")
        for name, value in node.get("props", node).items():
            place = f"{where}/{kind}.{name}" if kind else f"{where}.{name}"
            if name == "tree":
                yield from _plain_texts(value, place)
            elif isinstance(value, str) and name in READ:
                yield place, value
            elif name in READ and isinstance(value, list):
                yield from (
                    (f"{place}[{at}]", item) for at, item in enumerate(value) if isinstance(item, str)
                )
                yield from texts([item for item in value if not isinstance(item, str)], place)
            else:
                yield from texts(value, place)
    elif isinstance(node, list):
        for at, item in enumerate(node):
            yield from texts(item, f"{where}[{at}]")


def _plain_texts(tree: Any, where: str) -> Iterator[tuple[str, str]]:
    """Every text of a tree as assets/plain.js draws it."""
    if isinstance(tree, str):
        yield where, tree
    elif isinstance(tree, dict):
        yield from ((f"{where}.{name}", value) for name, value in tree.items() if name in READ)
    else:
        for at, each in enumerate(tree[1:]):
            yield from _plain_texts(each, f"{where}/{tree[0]}[{at}]")


def said(tree: Any) -> list[str]:
    return [text for _, text in texts(tree)]


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """A desk whose store has alarms, so that pages have much to say."""
    raise_alarms(store=desk.store, now=desk.now())
    desk.memo.forget()
    return desk


def test_every_text_of_every_page_is_translated(busy: Desk, client_as: As) -> None:
    client = client_as(Role.ADMIN)
    found = {page.name: _alike(client, page.name) for page in PAGES}
    assert {name: texts for name, texts in found.items() if texts} == {}


def _alike(client: FlaskClient, page: str) -> dict[str, str]:
    """Texts with words that read the same in both languages, by their place."""
    spanish, english = (dict(texts(layout(client, page, language=code))) for code in ("es", "en"))
    assert len(spanish) > 10
    assert FAILED.es not in spanish.values(), page
    return {
        place: text
        for place, text in spanish.items()
        if english.get(place) == text and text not in SAME and _LETTERS.search(_NAMES.sub("", text))
    }


def test_no_page_asks_anything_of_other_machines(busy: Desk, client_as: As) -> None:
    client = client_as(Role.ADMIN)
    for page in PAGES:
        found = re.findall(r"(?:src|href)=[\"']([^\"']+)", client.get(f"/app/{page.name}").text)
        assert len(found) > 10
        assert [address for address in found if not address.startswith("/app/")] == []
        whole = re.sub(r"http(:|%3A)//www.w3.org/2000/svg", "", json.dumps(layout(client, page.name)))
        assert re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+", whole) == []


@pytest.mark.parametrize("role", list(Role))
def test_the_navigation_names_the_pages_of_the_role_and_no_others(role: Role, client_as: As) -> None:
    client = client_as(role)
    allowed = [page for page in PAGES if page.permission in GRANTS[role]]
    named = _links(layout(client, allowed[0].name))
    assert named == [f"/app/{page.name}" for page in allowed]


def _links(node: Any) -> list[str]:
    """Where the navigation leads."""
    if isinstance(node, list):
        return [found for item in node for found in _links(item)]
    if not isinstance(node, dict):
        return []
    if node.get("type") == "NavLink":
        return [node["props"]["href"]]
    return [found for value in node.values() for found in _links(value)]


def test_a_page_of_another_role_says_so_and_shows_nothing(client_as: As) -> None:
    client = client_as(Role.CUSTOMER)
    refused = [page.name for page in PAGES if page.permission not in GRANTS[Role.CUSTOMER]]
    assert "today" in refused
    for name in refused:
        words = said(layout(client, name))
        assert "Esta página no es para su rol" in words
        came = moved(client, name).json["response"]["page"]["children"]
        assert [text for text in said(came) if text in words] == said(came), name


def test_nobody_signed_in_is_sent_to_sign_in_and_programs_are_told(client_as: As) -> None:
    client = client_as(None)
    answer = client.get("/app/today?zone=DMA-1")
    assert (answer.status_code, answer.location) == (302, f"{SIGN_IN}?next=/app/today%3Fzone%3DDMA-1")
    assert client.get("/app/_dash-layout").status_code == 401
    assert moved(client, "today").status_code in (401, 403)
    with client.get("/app/assets/theme.js") as script:
        assert script.status_code == 200


def test_the_first_page_is_the_first_of_the_role(client_as: As) -> None:
    assert client_as(Role.ADMIN).get("/app/").location == "/app/today"
    assert client_as(Role.CUSTOMER).get("/app/").location == "/app/my-water"


def test_a_page_that_is_not_there_says_so(client_as: As) -> None:
    assert "Esta página no existe" in said(layout(client_as(Role.ADMIN), "nothing"))


def test_the_first_answer_speaks_the_language_of_the_visitor(client_as: As) -> None:
    client = client_as(Role.ADMIN)
    for code in ("es", "en"):
        client.set_cookie("amuna_language", code)
        assert f'<html lang="{code}">' in client.get("/app/today").text


def test_data_that_are_late_are_named_on_every_page(desk: Desk, client_as: As) -> None:
    words = said(layout(client_as(Role.ADMIN), "today"))
    assert any(text.startswith("Faltan datos recientes") for text in words)


def test_a_store_that_does_not_answer_leaves_the_last_known_state(
    busy: Desk, client_as: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_as(Role.ADMIN)
    before = said(layout(client, "today"))

    def away(*_: object, **__: object) -> Any:
        raise StoreBusy(Text.both("The store does not answer."), remedy=Text.both("Wait."))

    monkeypatch.setattr(type(busy.store), "query", away)
    monkeypatch.setattr(type(busy.store), "read", away)
    busy.memo._looked = -1e9
    after = said(layout(client, "today"))
    assert "El almacén de datos no responde. Se muestra lo último que se sabía." in after
    assert [text for text in before if text not in after] == []


def test_today_counts_the_alarms_within_sight_and_forgets_those_closed(busy: Desk, client_as: As) -> None:
    client = client_as(Role.ADMIN)
    rows = busy.store.query("SELECT alarm_id FROM alarms WHERE state <> 'closed'")["alarm_id"].to_list()
    words = said(layout(client, "today"))
    assert words[words.index("Alarmas abiertas") + 1] == str(len(rows))
    for name in rows:
        handle(
            store=busy.store, alarm_id=name, state="closed", by="test", now=busy.now() + timedelta(hours=1)
        )
    busy.memo.forget()
    words = said(layout(client, "today"))
    assert words[words.index("Alarmas abiertas") + 1] == "0"


def test_a_callback_that_fails_is_told_in_the_page_without_its_trace(
    client_as: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_as(Role.ADMIN)
    for error, text in (
        (NotAllowed("jobs"), "Su rol no permite hacer esto"),
        (RuntimeError("secret detail"), "Algo falló en el servidor"),
    ):

        def fail(*_: object, error: Exception = error, **__: object) -> Any:
            raise error

        monkeypatch.setattr(setup, "content", fail)
        answer = moved(client, "today")
        assert answer.status_code == 200
        assert text in said(answer.json["sideUpdate"]["trouble"])[0]
        assert "secret detail" not in answer.text
        assert "Traceback" not in answer.text


def test_pages_are_warm_before_anyone_asks(app: Flask, desk: Desk) -> None:
    look_at_every_page(app, desk, threading.Event())
    assert {"demand", "last_day", "alarms"} <= set(desk.memo._kept)
    stopping = threading.Event()
    thread = threading.Thread(target=keep_warm, args=[app, desk, stopping])
    thread.start()
    stopping.set()
    thread.join(timeout=20)
    assert not thread.is_alive()
