"""Shards: every account, whether it is there or still to come, is in one range and only in one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amuna.domain.errors import UnknownSetting
from amuna.domain.ports import Store
from amuna.domain.tables import CONSUMPTION
from amuna.store.duckdb_store import open_store
from amuna.workflows.shards import ALL, Accounts, parse_accounts, shards, within_range

IDS = st.text(st.sampled_from("AZaz019.-_ é"), min_size=1, max_size=6)


def holds(accounts: Accounts, name: str) -> bool:
    return name >= accounts.start and (not accounts.end or name < accounts.end)


def fill(store: Store, ids: list[str]) -> None:
    rows = [
        {
            "account_id": name,
            "day": date(2024, 1, 1),
            "consumption_m3": 1.0,
            "flag": "ok",
            "recorded_at": datetime(2024, 1, 2, tzinfo=UTC),
            "batch_id": "b",
        }
        for name in ids
    ]
    store.upsert(CONSUMPTION, CONSUMPTION.frame(rows))


@settings(max_examples=25, deadline=None)
@given(st.lists(IDS, unique=True, max_size=30), st.integers(1, 40), st.lists(IDS, max_size=20))
def test_ranges_cover_every_account_once(ids: list[str], count: int, later: list[str]) -> None:
    with TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "s.duckdb", threads=1)
        fill(store, ids)
        ranges = shards(store, count)
        selected = []
        for accounts in ranges:
            wanted, bounds = within_range(accounts)
            query = f"SELECT account_id FROM {CONSUMPTION.name} WHERE TRUE{wanted}"
            selected += store.query(query, bounds)["account_id"].to_list()
        store.close()
    assert sorted(selected) == sorted(ids)
    assert 1 <= len(ranges) <= count
    for name in [*ids, *later]:
        assert sum(holds(accounts, name) for accounts in ranges) == 1, name
    for accounts in ranges:
        assert parse_accounts(str(accounts)) == accounts


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 200), st.integers(1, 30))
def test_ranges_are_of_about_the_same_size(n: int, count: int) -> None:
    ids = pl.Series([f"{i:04d}" for i in range(n)])
    with TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "s.duckdb", threads=1)
        fill(store, ids.to_list())
        ranges = shards(store, count)
        store.close()
    sizes = [sum(holds(accounts, name) for name in ids) for accounts in ranges]
    assert len(ranges) == min(n, count)
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("text", ["B", "B.", "b..a", "a..a"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(UnknownSetting, match="is no range of accounts"):
        parse_accounts(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ALL),
        ("..", ALL),
        ("..B", Accounts("", "B")),
        ("B..", Accounts("B")),
        ("A..B", Accounts("A", "B")),
    ],
)
def test_ranges_are_read_as_they_are_written(text: str, expected: Accounts) -> None:
    assert parse_accounts(text) == expected
