"""The description of the API: OpenAPI 3.1 that tools take, and a page that asks nobody outside."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

UNITS = ("_m3", "_pen", "_s", "_days", "_m3_day")


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    """The document, which asks nobody who they are."""
    found = app.test_client().get("/api/v1/openapi.json").get_json()
    assert isinstance(found, dict)
    return found


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_every_operation_tells_what_it_answers_and_who_may_ask(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert set(document["components"]["securitySchemes"]) == {"token", "session"}
    names = [operation["operationId"] for _, operation in _operations(document)]
    assert len(names) == len(set(names)) > 25
    for name, operation in _operations(document):
        assert operation["summary"], name
        assert operation["security"] == [{"token": []}, {"session": []}], name
        good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        assert len(good) == 1, name
        assert all("schema" in media for media in good[0]["content"].values()), name
        for status in ("401", "403", "404", "422", "429", "503"):
            assert operation["responses"][status]["content"], (name, status)


def test_numbers_that_have_a_unit_say_it_in_their_name(document: dict[str, Any]) -> None:
    for model, schema in document["components"]["schemas"].items():
        for name, field in schema.get("properties", {}).items():
            told = field.get("description", "")
            if "[m³" in told and "mase" not in name:
                assert name.endswith(("_m3", "_m3_day")), (model, name)


def test_the_page_shows_every_operation_and_asks_nobody_outside(
    app: Flask, chromium: Browser, tmp_path: Path
) -> None:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        _look(chromium, f"http://127.0.0.1:{server.server_port}", tmp_path)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _look(chromium: Browser, address: str, folder: Path) -> None:
    page = chromium.new_page(viewport={"width": 1440, "height": 1000})
    said, asked = _watch(page)
    page.goto(f"{address}/api/docs")
    page.wait_for_selector("text=The newest forecast of an account, by day")
    assert page.locator(".opblock").count() > 25
    page.click("text=The newest forecast of an account, by day")
    page.wait_for_selector(".opblock.is-open .responses-table")
    page.screenshot(path=folder / "api_docs.png")
    page.close()
    assert said == []
    assert {url for url in asked if not url.startswith((address, "data:"))} == set()


def _watch(page: Page) -> tuple[list[str], list[str]]:
    """What the browser's console says, and what addresses are asked for."""
    said: list[str] = []
    asked: list[str] = []
    page.on(
        "console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    return said, asked
