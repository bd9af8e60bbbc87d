"""Kafka between kills: the fault benchmark with a few of each."""

from __future__ import annotations

import pytest

from faults import Plan, run
from services.machine import ServerMissing


@pytest.mark.slow
def test_kills_of_consumer_broker_and_database_lose_and_double_nothing() -> None:
    try:
        plan = Plan(consumer_kills=3, duckdb_kills=2, broker_kills=1, postgres_kills=1, rebalances=1)
        figures = run(plan, seed=3)
    except ServerMissing as missing:
        pytest.skip(str(missing))
    assert (figures["kills"], figures["lost"], figures["doubled"]) == (7, 0, 0)
    assert figures["stored"] == figures["sent"] > 1_000
    assert figures["refused"] > 2
