"""The views of accounts and data say over PostgreSQL what they say over the embedded store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.integration.conftest import CUTOFF, NOW

from amuna.domain.ports import Store
from amuna.domain.tables import CONSUMPTION, TABLES
from amuna.feeds.feed_map import require_recognised
from amuna.feeds.files import FileFeed, columns_of
from amuna.feeds.rules import Rules
from amuna.store.postgres_store import open_postgres
from amuna.workflows.forecast import forecast
from amuna.workflows.views.account import account_facts
from amuna.workflows.views.accounts import account_rows
from amuna.workflows.views.feeds import (
    feed_rows,
    latest_corrections,
    latest_register_events,
    refused_reasons,
    refused_rows,
)
from amuna.workflows.views.gaps import gaps
from amuna.workflows.views.preview import preview


@pytest.fixture
def served(trained: Store, new_database: Callable[[], str]) -> Iterator[Store]:
    """The trained store's rows, forecasts included, in PostgreSQL."""
    forecast(store=trained, horizon=7, billing_days=14)
    store = open_postgres(new_database())
    for table in TABLES:
        store.upsert(table, trained.read(table))
    yield store
    store.close()


def _alike(found: object, expected: object) -> None:
    if isinstance(expected, pl.DataFrame):
        assert isinstance(found, pl.DataFrame)
        assert_frame_equal(found, expected, check_row_order=False)
    else:
        assert found == pytest.approx(expected) if isinstance(expected, float) else found == expected


def test_both_stores_show_the_same(trained: Store, served: Store, tmp_path: Path, own_account: str) -> None:
    for view in (account_rows, refused_reasons, latest_corrections, latest_register_events):
        _alike(view(store=served), view(store=trained))
    _alike(
        account_rows(store=served, accounts=[own_account]),
        account_rows(store=trained, accounts=[own_account]),
    )
    _alike(feed_rows(store=served, now=NOW), feed_rows(store=trained, now=NOW))
    _alike(
        refused_rows(store=served, reason="negative").rows,
        refused_rows(store=trained, reason="negative").rows,
    )
    for name in ("days", "zones"):
        _alike(getattr(gaps(store=served), name), getattr(gaps(store=trained), name))
    facts = [account_facts(own_account, store=store) for store in (served, trained)]
    for field in fields(facts[0]):
        _alike(*(getattr(each, field.name) for each in facts))


def test_a_preview_is_undone_in_both(trained: Store, served: Store, tmp_path: Path, own_account: str) -> None:
    path = tmp_path / "new.csv"
    path.write_text(
        f"account_id,day,consumption_m3\n{own_account},{CUTOFF},1\nnew,{CUTOFF},2\nbad,{CUTOFF},-2\n"
    )
    feed_map = require_recognised(columns_of(path), source=str(path), time_zone="America/Lima")
    told = []
    for store in (served, trained):
        before = store.count(CONSUMPTION)
        told.append(preview(FileFeed(path, feed_map), feed_map, store=store, rules=Rules(), now=NOW))
        assert store.count(CONSUMPTION) == before
    assert vars(told[0].ingest) | {"seconds": 0} == vars(told[1].ingest) | {"seconds": 0}
    _alike(told[0].refused, told[1].refused)
    _alike(told[0].sample, told[1].sample)
    assert (told[0].accounts, told[0].unknown_accounts) == (2, 1)
