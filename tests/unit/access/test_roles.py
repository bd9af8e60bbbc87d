"""Roles: what each may, and whose rows it sees."""

from __future__ import annotations

import polars as pl
import pytest

from amuna.access.roles import GRANTS, Permission, Principal, Role
from amuna.domain.errors import NotAllowed, NotFound

CUSTOMER = Principal("ana@example.org", "Ana", Role.CUSTOMER, frozenset({"A1"}))


def test_a_customer_sees_their_accounts_and_nothing_of_others() -> None:
    rows = pl.DataFrame({"account_id": ["A1", "A2"], "consumption_m3": [1.0, 2.0]})
    assert CUSTOMER.only(rows)["account_id"].to_list() == ["A1"]
    CUSTOMER.require_sight("A1")
    with pytest.raises(NotFound) as foreign:
        CUSTOMER.require_sight("A2")
    with pytest.raises(NotFound) as absent:
        CUSTOMER.require_sight("no such account")
    assert str(foreign.value).replace("A2", "X") == str(absent.value).replace("no such account", "X")


def test_a_customer_without_accounts_sees_none() -> None:
    nobody = Principal("eva@example.org", "Eva", Role.CUSTOMER, frozenset())
    assert nobody.only(pl.DataFrame({"account_id": ["A1"]})).is_empty()


def test_a_token_never_may_more_than_its_users_role() -> None:
    token = Principal(
        "a@example.org", "A", Role.ANALYST, None, frozenset({Permission.ADMIN, Permission.DEMAND})
    )
    token.require(Permission.DEMAND)
    for refused in (Permission.ADMIN, Permission.ACCOUNTS):
        with pytest.raises(NotAllowed):
            token.require(refused)


def test_only_administrators_administer_and_customers_get_no_totals() -> None:
    assert {role for role in Role if Permission.ADMIN in GRANTS[role]} == {Role.ADMIN}
    assert {role for role in Role if Permission.AUDIT in GRANTS[role]} == {Role.ADMIN}
    assert GRANTS[Role.CUSTOMER] == {Permission.ACCOUNTS, Permission.BILLS}
