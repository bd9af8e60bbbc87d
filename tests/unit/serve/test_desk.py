"""The memo: what it keeps, for how long, and how much."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from amuna.domain.ports import Store
from amuna.domain.tables import UPDATES
from amuna.serve import desk
from amuna.serve.desk import Memo
from amuna.store.duckdb_store import open_store

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store(":memory:")
    yield opened
    opened.close()


def _update(store: Store) -> None:
    row = dict.fromkeys(("rows", "restated", "adopted", "scored"), 0) | {"seconds": 0.0, "accounts": ""}
    times = {"updated_at": NOW, "known_at": NOW, "cutoff": NOW.date(), "run_id": "run"}
    store.upsert(UPDATES, UPDATES.frame([row | times]))


def test_a_result_is_made_once_until_the_data_change(store: Store) -> None:
    memo, made = Memo(store), iter(range(9))
    assert [memo.kept("a", lambda: next(made)) for _ in range(3)] == [0, 0, 0]
    _update(store)
    assert memo.kept("a", lambda: next(made)) == 0  # the store is looked at once a second
    memo.look_again()
    assert memo.kept("a", lambda: next(made)) == 1


def test_what_was_forgotten_while_it_was_made_is_not_kept(store: Store) -> None:
    memo = Memo(store)

    def make() -> str:
        memo.forget()
        return "with the erased account"

    memo.kept("a", make)
    assert memo.kept("a", lambda: "without") == "without"


def test_the_oldest_results_give_way(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "MOST_KEPT", 2)
    memo = Memo(store)
    for name in "abc":
        memo.kept(name, lambda: "first")
    assert [memo.kept(name, lambda: "second") for name in "cba"] == ["first", "first", "second"]
