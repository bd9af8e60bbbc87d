"""What holds for any feed: no row is lost, order does not matter, units and registers add up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amuna.domain.errors import ColumnMismatch
from amuna.domain.ports import Batch
from amuna.domain.tables import READINGS
from amuna.domain.units import Unit, convert
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.prepare import prepare
from amuna.feeds.registers import daily_consumption
from amuna.feeds.rules import Rules
from amuna.feeds.validate import Checked, validate

_NOW = datetime(2024, 6, 1, tzinfo=UTC)
_MAP = FeedMap("a", "t", "v", recorded="r")
_VOLUMES = [
    Unit.CUBIC_METRE,
    Unit.LITRE,
    Unit.MEGALITRE,
    Unit.US_GALLON,
    Unit.CUBIC_FOOT,
    Unit.HUNDRED_CUBIC_FEET,
]

_accounts = st.sampled_from(["A", "B", "C", "", " ", None])
_times = st.sampled_from(
    ["2024-01-01", "2024-01-02", "2024-01-02 00:00:00", "02/03/2024", "2030-01-01", "x", "", None]
)
_values = st.one_of(
    st.floats(-10, 1e6).map(str),
    st.sampled_from(["0,5", "1,234", "1.234", "nan", "inf", "1e8", "", "?", None]),
)
_recorded = st.sampled_from(["2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z", "", None])
_rows = st.lists(st.tuples(_accounts, _times, _values, _recorded), min_size=1, max_size=30)


def _check(rows: list[tuple[str | None, ...]]) -> Checked:
    good = [("G", "2024-01-05", "1.5", None)] * 2
    frame = pl.DataFrame([*good, *rows], schema=dict.fromkeys(["a", "t", "v", "r"], pl.String), orient="row")
    frame = frame.with_columns(_row=pl.int_range(2, frame.height + 2, dtype=pl.Int64, eager=True))
    return validate(prepare(Batch("s", "w", frame), _MAP, now=_NOW), Rules(), now=_NOW)


@settings(max_examples=60, deadline=None)
@given(_rows)
def test_every_row_ends_in_exactly_one_place(rows: list[tuple[str | None, ...]]) -> None:
    checked = _check(rows)
    counts = checked.counts

    assert counts.read == len(rows) + 2
    assert counts.read == counts.accepted + counts.quarantined + counts.duplicate
    assert checked.accepted.height == counts.accepted
    assert checked.quarantined["row"].n_unique() == counts.quarantined
    assert checked.accepted.select(pl.col("consumption_m3").is_between(0, Rules().max_daily_m3).all()).item()


@settings(max_examples=40, deadline=None)
@given(_rows.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))))
def test_the_order_of_rows_does_not_change_what_is_accepted(
    pair: tuple[list[tuple[str | None, ...]], list[tuple[str | None, ...]]],
) -> None:
    first, second = (_check(rows) for rows in pair)

    assert sorted(first.accepted.rows()) == sorted(second.accepted.rows())
    assert sorted(first.quarantined["reason"]) == sorted(second.quarantined["reason"])
    assert first.counts == second.counts


@given(st.floats(0, 1e9), st.sampled_from(_VOLUMES), st.sampled_from(_VOLUMES))
def test_units_convert_back_to_themselves(volume: float, source: Unit, target: Unit) -> None:
    assert convert(convert(volume, source, to=target), target, to=source) == pytest.approx(volume, rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 60 * 90), st.floats(0, 9)), min_size=1, max_size=60),
    st.sampled_from(["UTC", "Europe/Madrid", "America/Lima", "Australia/Lord_Howe", "America/Santiago"]),
    st.floats(0, 5000),
)
def test_days_add_up_to_what_the_register_moved(
    steps: list[tuple[int, float]], time_zone: str, first: float
) -> None:
    minutes, dial = 0, first
    points = [(datetime(2024, 3, 1, tzinfo=UTC), dial)]
    for wait, used in steps:
        minutes, dial = minutes + wait, dial + used
        points.append((points[0][0] + timedelta(minutes=minutes), dial))
    readings = pl.DataFrame(
        [("A", time, value, _NOW, "b") for time, value in points],
        schema=READINGS.empty().schema,
        orient="row",
    )

    days, events = daily_consumption(readings, time_zone=time_zone)

    assert events.height == 0
    assert days["consumption_m3"].sum() == pytest.approx(dial - first, abs=1e-6)
    assert days["day"].is_unique().all()
    assert (days["consumption_m3"] >= 0).all()


def test_a_column_of_which_nothing_is_readable_is_an_error_not_a_quarantine() -> None:
    frame = pl.DataFrame(
        {"a": ["A", "B"], "t": ["x", "y"], "v": ["1", "2"], "r": [None, None], "_row": [2, 3]}
    )

    with pytest.raises(ColumnMismatch, match="row 2, column 't'"):
        prepare(Batch("s", "w", frame), _MAP, now=_NOW)
