"""The views of accounts and data say over PostgreSQL what they say over the embedded store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.integration.conftest import CUTOFF, NOW

from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, CONSUMPTION, DECISIONS, DRIFT, RUNS, SCORES, TABLES
from amuna.feeds.feed_map import require_recognised
from amuna.feeds.files import FileFeed, columns_of
from amuna.feeds.rules import Rules
from amuna.store.postgres_store import open_postgres
from amuna.workflows.forecast import forecast
from amuna.workflows.views.account import account_facts
from amuna.workflows.views.accounts import account_rows
from amuna.workflows.views.demand import account_forecast, demand
from amuna.workflows.views.demand_proof import judged_account, judged_sums
from amuna.workflows.views.feeds import (
    feed_rows,
    latest_corrections,
    latest_register_events,
    refused_reasons,
    refused_rows,
)
from amuna.workflows.views.fleet import decision_counts, decisions, drift_looks, fleet_facts, lineage
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


def test_both_stores_show_the_same_demand_and_models(trained: Store, served: Store, own_account: str) -> None:
    run_id = trained.read(RUNS)["run_id"][0]
    accounts = trained.query("SELECT DISTINCT account_id FROM consumption ORDER BY 1")["account_id"]
    zoned = pl.DataFrame({"account_id": accounts}).with_row_index("n").select(
        "account_id",
        segment=pl.when(pl.col("n") % 5 > 0).then(pl.lit("household")),
        zone_id=pl.when(pl.col("n") % 7 > 0).then(pl.format("Z{}", pl.col("n") % 3)),
        longitude=pl.lit(None, pl.Float64),
        latitude=pl.lit(None, pl.Float64),
    )  # fmt: skip
    scores = SCORES.frame(
        [
            {"run_id": run_id, "account_id": account, "cutoff": CUTOFF, "day": CUTOFF + timedelta(days=lead - 1),
             "observed_m3": 1.0 + n, "forecast_m3": 1.5, "baseline_m3": 1.2, "inside80": n % 2 == 0, "inside95": True}
            for n, account in enumerate(accounts) for lead in (1, 7)
        ]
    )  # fmt: skip
    decision = {"run_id": run_id, "account_id": own_account, "day": CUTOFF, "decision": "refit", "rival_run": "",
                "reason": "bias", "decided_by": "amuna", "decided_at": NOW, "evidence": "{}"}  # fmt: skip
    finding = {"cutoff": CUTOFF, "kind": "data", "measure": "rows", "part": "", "value": 1.0, "reference": None,
               "limit": 0.8, "drifted": True, "checked_at": NOW}  # fmt: skip
    for store in (served, trained):
        store.upsert(ACCOUNTS, zoned.select(ACCOUNTS.names))
        store.upsert(SCORES, scores)
        store.upsert(DECISIONS, DECISIONS.frame([decision]))
        store.upsert(DRIFT, DRIFT.frame([finding]))
    found, expected = demand(served), demand(trained)
    assert found.names("zone") == ["Z0", "Z1", "Z2", "unknown"]
    assert (found.first, found.cutoff) == (expected.first, expected.cutoff)
    _alike(found.sums, expected.sums)
    for view in (judged_sums, lambda store: judged_account(store, own_account)):
        assert view(served).height
        _alike(view(served), view(trained))
    _alike(account_forecast(served, own_account), account_forecast(trained, own_account))
    for view in (decisions, decision_counts, drift_looks, lineage):
        assert view(store=served).height
        _alike(view(store=served), view(store=trained))
    facts = [fleet_facts(store=store, today=CUTOFF + timedelta(days=9)) for store in (served, trained)]
    for name in ("run_id", "by_segment", "held", "champions"):
        _alike(*(getattr(each, name) for each in facts))


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
