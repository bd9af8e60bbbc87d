"""Visits: which page a request comes from."""

from __future__ import annotations

import pytest
from flask import Flask

from amuna.serve.dashboard.visits import account_page, address


@pytest.mark.parametrize(
    ("referer", "found"),
    [
        ("http://localhost/app/accounts/A%201?x=1", ("/app/accounts/A%201", "x=1")),
        ("http://localhost/app/today", ("/app/today", "")),
        ("http://localhost/sign-in", None),
        ("http://elsewhere.example/app/today", None),
        ("http://localhost:99/app/today", None),
        ("", None),
    ],
)
def test_only_addresses_of_this_site_are_believed(referer: str, found: tuple[str, str] | None) -> None:
    with Flask("test").test_request_context("/app/_dash-layout", headers={"Referer": referer}):
        assert address() == found


def test_any_letter_stands_in_the_address_of_an_account() -> None:
    assert account_page("A/1?q#x") == "/app/accounts/A%2F1%3Fq%23x"
