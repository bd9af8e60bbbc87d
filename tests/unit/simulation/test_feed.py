"""The simulator behind the Feed port."""

from __future__ import annotations

import polars as pl
import pytest

from amuna.domain.errors import UnknownSetting
from amuna.domain.ports import Feed
from amuna.simulation import SimulationFeed, Utility
from amuna.simulation.export import feed_frame, feed_rows
from amuna.simulation.slabs import simulate_slab

ORDER = ["AccountOID", "ConsumptionDate", "RecordedAt", "Consumption"]


@pytest.mark.parametrize("by", ["account", "day"])
def test_batches_hold_the_whole_feed_once(dirty: Utility, by: str) -> None:
    feed: Feed = SimulationFeed(dirty, by=by, accounts_per_batch=70)  # type: ignore[arg-type]
    batches = list(feed.batches(None))
    assert [batch.kind for batch in batches[:2]] == ["accounts", "consumption"]
    assert len({batch.source for batch in batches}) == len(batches)
    assert [b.watermark for b in batches] == sorted(b.watermark for b in batches)
    rows = pl.concat([batch.rows for batch in batches[1:]])
    expected = feed_frame(dirty, feed_rows(dirty, simulate_slab(dirty, 0, dirty.settings.accounts)))
    assert rows.drop("_row").sort(ORDER).equals(expected.sort(ORDER))
    assert batches[1].rows["_row"].to_list() == list(range(2, len(batches[1].rows) + 2))


@pytest.mark.parametrize("by", ["account", "day"])
def test_a_feed_resumes_after_its_watermark(dirty: Utility, by: str) -> None:
    feed = SimulationFeed(dirty, by=by, accounts_per_batch=70)  # type: ignore[arg-type]
    batches = list(feed.batches(None))
    for stopped in (0, 2, len(batches) - 1):
        feed.acknowledge(batches[stopped].watermark)
        rest = list(feed.batches(feed.acknowledged))
        assert [b.source for b in rest] == [b.source for b in batches[stopped + 1 :]]
        assert all(a.rows.equals(b.rows) for a, b in zip(rest, batches[stopped + 1 :], strict=True))


def test_a_day_brings_what_was_recorded_with_it(dirty: Utility) -> None:
    batch = list(SimulationFeed(dirty, by="day").batches(None))[100]
    assert batch.rows["RecordedAt"].n_unique() == 1
    assert batch.rows["ConsumptionDate"].max().isoformat() == batch.watermark
    assert batch.rows["ConsumptionDate"].min().isoformat() < batch.watermark


@pytest.mark.parametrize(
    ("by", "watermark"),
    [("account", "-1"), ("account", "301"), ("account", "x"), ("day", "12"), ("day", "2030-01-01")],
)
def test_a_foreign_watermark_is_refused(dirty: Utility, by: str, watermark: str) -> None:
    feed = SimulationFeed(dirty, by=by)  # type: ignore[arg-type]
    with pytest.raises(UnknownSetting, match=f"no watermark '{watermark}'"):
        next(feed.batches(watermark))
