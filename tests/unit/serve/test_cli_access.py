"""`amuna user`, `token`, `account` and `audit`: what an administrator does from a terminal."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from tests.unit.serve.conftest import Cli


def test_a_user_is_added_listed_changed_and_given_a_new_link(cli: Cli, here: Path) -> None:
    made = cli("user", "add", "Rosa@Example.org", "--role", "admin", "--name", "Rosa")
    assert re.search(r"http://127\.0\.0\.1:8350/link/[\w-]{43}\n", made.out)
    assert "rosa@example.org" in cli("user", "list").out
    assert "no password yet" in cli("user", "list").out
    again = cli("user", "add", "rosa@example.org", "--role", "analyst", code=1)
    assert "There is a user rosa@example.org already." in again.err
    cli("user", "add", "eva@example.org", "--role", "operator")
    assert (
        "eva@example.org is analyst, active."
        in cli("user", "change", "eva@example.org", "--role", "analyst").out
    )
    assert cli("user", "link", "eva@example.org", "--json").json()["path"].startswith("/link/")


def test_the_last_administrator_stays(cli: Cli, here: Path) -> None:
    cli("user", "add", "rosa@example.org", "--role", "admin")
    for words in (["--inactive"], ["--role", "analyst"]):
        assert "last active administrator" in cli("user", "change", "rosa@example.org", *words, code=1).err


def test_a_wrong_role_account_or_name_is_a_clear_answer(cli: Cli, here: Path) -> None:
    assert "customer, crew, analyst" in cli("user", "add", "a@example.org", "--role", "boss", code=1).err
    refused = cli("user", "add", "a@example.org", "--role", "customer", "--account", "A9", code=69)
    assert "no account 'A9'" in refused.err
    assert "cannot be the name" in cli("user", "add", "a b", "--role", "crew", code=1).err
    assert "no user" in cli("user", "link", "nobody@example.org", code=69).err


def test_a_token_is_shown_once_and_revoked(cli: Cli, here: Path) -> None:
    cli("user", "add", "rosa@example.org", "--role", "analyst")
    made = cli(
        "token", "make", "rosa@example.org", "--label", "BI", "--scopes", "demand accounts", "--json"
    ).json()
    assert made["token"].startswith("amuna_")
    listed = cli("token", "list", "--json")
    assert made["token"] not in listed.out
    assert [row["state"] for row in listed.json()["tokens"]] == ["active"]
    cli("token", "revoke", made["token_id"])
    assert cli("token", "list", "--json").json()["tokens"][0]["state"] == "revoked"
    refused = cli("token", "make", "rosa@example.org", "--label", "x", "--scopes", "admin", code=1)
    assert "does not have admin" in refused.err
    assert (
        "no permission 'all'"
        in cli("token", "make", "rosa@example.org", "--label", "x", "--scopes", "all", code=1).err
    )


def test_erasing_an_account_asks_first_and_says_when_there_is_none(
    cli: Cli, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert "Nothing was erased" in cli("account", "forget", "A9", code=1).err
    assert "no account 'A9'" in cli("account", "forget", "A9", "--yes", code=69).err


def test_in_spanish_it_asks_and_answers_in_spanish(
    cli: Cli, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amuna.serve.cli.language.LANGUAGE", "es")
    monkeypatch.setattr("sys.stdin", io.StringIO("no\n"))
    refused = cli("account", "forget", "A9", code=1)
    assert "¿Borrar todo lo que se sabe de la cuenta A9?" in refused.out
    assert "No se borró nada" in refused.err
    monkeypatch.setattr("sys.stdin", io.StringIO("sí\n"))
    assert "la cuenta 'A9'" in cli("account", "forget", "A9", code=69).err
    assert "Enlace para rosa@example.org" in cli("user", "add", "rosa@example.org", "--role", "admin").out
    assert "sin contraseña aún" in cli("user", "list").out


def test_the_audit_log_tells_the_newest_first(cli: Cli, here: Path) -> None:
    cli("user", "add", "rosa@example.org", "--role", "admin")
    rows = cli("audit", "--json").json()["audit"]
    assert [row["action"] for row in rows] == ["link_made", "user_added"]
    assert cli("audit", "--action", "user_added", "--json").json()["audit"] == rows[1:]
