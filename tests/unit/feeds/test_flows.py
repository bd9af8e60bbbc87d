"""Hourly inflows of zones: long and wide sources, units, and the hours that the clock shows twice or never."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from amuna.domain.errors import UnknownSetting, UnknownUnit
from amuna.domain.ports import Batch
from amuna.domain.units import Unit
from amuna.domain.zone_tables import FLOWS
from amuna.feeds.feed_map import feed_map_from_settings, recognise
from amuna.feeds.prepare import prepare
from amuna.feeds.rules import Rules
from amuna.feeds.validate import Checked, validate

NOW = datetime(2024, 6, 1, tzinfo=UTC)
WIDE = {"kind": "flow", "zone": "*", "time": "datetime", "unit": "L/s", "time_zone": "Europe/Rome"}


def checked(rows: pl.DataFrame, settings: dict[str, object]) -> Checked:
    batch = Batch(
        "inflow.csv", "1", rows.with_row_index("_row", offset=2).cast({"_row": pl.Int64}), kind="flow"
    )
    prepared = prepare(batch, feed_map_from_settings(settings), now=NOW)
    return validate(prepared, Rules(), now=NOW, batch_id="b")


def test_each_column_is_a_zone_and_an_empty_cell_is_no_reading() -> None:
    rows = pl.DataFrame(
        {"datetime": ["2021-01-01 00:00:00", "2021-01-01 01:00:00"], "A": ["1.5", ""], "B": ["x", "-2"]}
    )
    found = checked(rows, WIDE)
    assert found.table is FLOWS
    assert found.accepted.select("zone_id", "flow_m3h").rows() == [("A", pytest.approx(1.5 * 3.6))]
    assert found.accepted["observed_at"].to_list() == [datetime(2020, 12, 31, 23, tzinfo=UTC)]
    assert found.quarantined.select("row", "reason").rows() == [(2, "not_a_number"), (3, "negative")]
    assert found.counts.read == 3


def test_the_hour_that_comes_twice_is_two_hours_and_the_one_that_never_comes_is_none() -> None:
    clock = ["01:00", "02:00", "02:00", "03:00"]
    rows = pl.DataFrame({"datetime": [f"2021-10-31 {time}:00" for time in clock], "A": ["1", "2", "3", "4"]})
    found = checked(rows, WIDE).accepted.sort("observed_at")
    assert found["observed_at"].dt.hour().to_list() == [23, 0, 1, 2]
    assert (found["flow_m3h"] / 3.6).round(6).to_list() == [1, 2, 3, 4]
    spring = pl.DataFrame({"datetime": ["2021-03-28 01:00:00", "2021-03-28 03:00:00"], "A": ["1", "2"]})
    assert checked(spring, WIDE).accepted["observed_at"].dt.hour().to_list() == [0, 1]


def test_long_rows_are_recognised_by_their_names() -> None:
    feed_map = recognise(["zone_id", "observed_at", "flow_m3h"])
    assert feed_map is not None
    assert (feed_map.kind, feed_map.zone, feed_map.unit) == ("flow", "zone_id", Unit.CUBIC_METRE_PER_HOUR)
    rows = pl.DataFrame(
        {"zone_id": ["A", "", "A"], "observed_at": ["2024-01-01T00:00Z"] * 3, "flow_m3h": [5.0, 6.0, 2e5]}
    )
    batch = Batch("f.csv", "1", rows.with_row_index("_row", offset=2).cast({"_row": pl.Int64}), kind="flow")
    found = validate(prepare(batch, feed_map, now=NOW), Rules(), now=NOW, batch_id="b")
    assert found.accepted["flow_m3h"].to_list() == [5.0]
    assert found.quarantined["reason"].to_list() == ["missing_zone", "impossible"]


def test_a_flow_needs_a_zone_and_a_unit_of_flow() -> None:
    with pytest.raises(UnknownSetting, match="zone"):
        feed_map_from_settings({"kind": "flow", "time": "t", "value": "v"})
    with pytest.raises(UnknownUnit, match="L/s"):
        feed_map_from_settings({"kind": "flow", "time": "t", "value": "v", "zone": "z", "unit": "L"})
