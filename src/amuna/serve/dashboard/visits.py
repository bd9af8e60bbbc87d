"""Who is in front of which page: for the first answer, and for each callback."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from flask import request

from amuna.serve.auth.gate import principal
from amuna.serve.auth.language import language
from amuna.serve.dashboard.page import Visit
from amuna.serve.desk import Desk

ROOT = "/app/"


def account_page(account_id: str) -> str:
    """The address of an account's page, whatever letters its name has."""
    return f"{ROOT}accounts/{quote(account_id, safe='')}"


def visit(desk: Desk) -> Visit:
    """Who asks in this callback, before which page.

    Raises
    ------
    SignInNeeded
        If nobody is signed in.
    """
    path, query = address() or (ROOT, "")
    return visit_to(desk, path, query)[1]


def visit_to(desk: Desk, path: str, query: str) -> tuple[str, Visit]:
    """The page's name in a path, and the visit to it."""
    parts = [unquote(part) for part in path.removeprefix(ROOT).strip("/").split("/") if part]
    found: Mapping[str, str] = dict(parse_qsl(query.removeprefix("?")))
    name, *rest = parts or [""]
    return name, Visit(desk, principal(), language(), tuple(rest), found)


def address() -> tuple[str, str] | None:
    """Path and query of the page that this request comes from, which browsers tell of their own site."""
    split = urlsplit(request.headers.get("Referer", ""))
    if split.netloc != request.host or not split.path.startswith(ROOT):
        return None
    return split.path, split.query
