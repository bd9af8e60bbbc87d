"""Every row is accepted, quarantined with a reason a person understands, or a repeat."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import polars as pl
import pytest

from amuna.domain.ports import Batch
from amuna.domain.tables import ACCOUNTS, READINGS
from amuna.domain.units import Unit
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.prepare import prepare
from amuna.feeds.refused import unparsable_lines
from amuna.feeds.rules import Rules
from amuna.feeds.validate import Checked, validate

_NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
_MAP = FeedMap("account", "day", "litres", unit=Unit.LITRE, time_zone="America/Lima")


def _check(
    rows: list[tuple[object, ...]],
    feed_map: FeedMap = _MAP,
    *,
    columns: tuple[str, ...] = ("account", "day", "litres"),
    typical: pl.DataFrame | None = None,
    refused: pl.DataFrame | None = None,
) -> Checked:
    frame = pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        _row=pl.int_range(2, len(rows) + 2, dtype=pl.Int64, eager=True)
    )
    batch = Batch("day.csv", "w", frame, feed_map.kind, refused)
    return validate(prepare(batch, feed_map, now=_NOW), Rules(), now=_NOW, batch_id="b1", typical=typical)


_GOOD = ("A", "2024-05-01", "100")


@pytest.mark.parametrize(
    ("row", "field", "reason", "detail"),
    [
        (("", "2024-05-01", "1"), "account", "missing_account", "Empty; expected the account"),
        (("A", "", "1"), "day", "missing_time", "Empty; expected a date"),
        (("A", "ayer", "1"), "day", "not_a_time", "Found 'ayer'; expected a date.*date_format"),
        (("A", "2024-05-01", None), "litres", "missing_value", "Empty; expected a number"),
        (("A", "2024-05-01", "n/a"), "litres", "not_a_number", "Found 'n/a'; expected a number.*decimal"),
        (("A", "2024-05-01", "NaN"), "litres", "not_a_number", "Found 'NaN'"),
        (("A", "2024-05-01", "inf"), "litres", "not_a_number", "Found 'inf'"),
        (("A", "2024-05-01", "-1"), "litres", "negative", "Found '-1' L; expected zero or more"),
        (
            ("A", "2024-05-01", "2.8e8"),
            "litres",
            "impossible",
            "Found '2.8e8' L; expected at most 100,000 m3.*unit",
        ),
        (
            ("A", "2024-06-02", "1"),
            "day",
            "future",
            "Found '2024-06-02', after 2024-06-01 13:00 UTC.*time_zone",
        ),
        (("A", "1989-12-31", "1"), "day", "too_old", "Found '1989-12-31', before 1990-01-01"),
    ],
)
def test_a_bad_row_goes_to_quarantine_and_the_rest_goes_in(
    row: tuple[object, ...], field: str, reason: str, detail: str
) -> None:
    checked = _check([_GOOD, row])

    assert checked.accepted["consumption_m3"].to_list() == [0.1]
    (refused,) = checked.quarantined.to_dicts()
    assert (refused["source"], refused["row"], refused["field"], refused["reason"]) == (
        "day.csv",
        3,
        field,
        reason,
    )
    assert pl.Series([refused["detail"]]).str.contains(detail).all(), refused["detail"]
    assert list(json.loads(refused["original"]).values()) == list(row)
    assert (refused["batch_id"], refused["recorded_at"]) == ("b1", _NOW)


def test_today_is_not_the_future_where_it_is_already_tomorrow() -> None:
    feed_map = FeedMap("account", "day", "litres", time_zone="Pacific/Auckland")

    assert _check([("A", "2024-06-02", "1")], feed_map).counts.accepted == 1


def test_accepted_rows_are_consumption_of_the_batch() -> None:
    (row,) = _check([_GOOD]).accepted.rows()

    assert row == ("A", date(2024, 5, 1), 0.1, "ok", _NOW, "b1")


def _history(litres: float, days: int = 20) -> list[tuple[object, ...]]:
    return [("A", f"2024-04-{day:02d}", str(litres)) for day in range(1, days + 1)]


def test_a_jump_of_a_hundred_million_litres_is_impossible_for_a_home() -> None:
    checked = _check([*_history(100), ("A", "2024-05-01", "1e8")])

    assert checked.quarantined["reason"].to_list() == ["impossible"]
    assert "1,000 times the account's median" in checked.quarantined["detail"][0]
    assert checked.counts.accepted == 20


@pytest.mark.parametrize(
    ("history", "litres", "accepted"),
    [
        (_history(100), "900000", True),
        (_history(500_000), "1e8", True),
        (_history(100, days=5), "1e7", True),
        ([], "1e7", True),
        (_history(1000), "2000000", False),
    ],
)
def test_a_jump_needs_size_ratio_and_history(
    history: list[tuple[object, ...]], litres: str, accepted: bool
) -> None:
    checked = _check([*history, ("A", "2024-05-01", litres)])

    assert (checked.counts.quarantined == 0) is accepted


def test_a_jump_is_seen_by_the_median_that_the_store_knows() -> None:
    typical = pl.DataFrame({"account_id": ["A"], "median_m3": [0.1]})

    assert _check([("A", "2024-05-01", "1e7")], typical=typical).counts.quarantined == 1
    assert _check([("B", "2024-05-01", "1e7")], typical=typical).counts.quarantined == 0


def test_repeats_are_dropped_and_conflicts_kept_in_order() -> None:
    rows = [_GOOD, ("B", "2024-05-01", "7"), ("A", "2024-05-01", "120"), _GOOD, ("B", "2024-05-01", "7.0")]

    checked = _check(rows)

    assert checked.accepted.select("account_id", "consumption_m3").rows() == [
        ("A", 0.12),
        ("A", 0.1),
        ("B", 0.007),
    ]
    assert (checked.counts.duplicate, checked.counts.quarantined, checked.counts.read) == (2, 0, 5)


def test_the_same_value_recorded_later_is_another_version() -> None:
    feed_map = FeedMap("account", "day", "litres", recorded="at")
    rows = [
        ("A", "2024-05-01", "1", "2024-05-02T00:00:00Z"),
        ("A", "2024-05-01", "1", "2024-05-03T00:00:00Z"),
    ]

    assert _check(rows, feed_map, columns=("account", "day", "litres", "at")).counts.accepted == 2


def test_a_record_from_the_future_or_unreadable_is_refused() -> None:
    feed_map = FeedMap("account", "day", "litres", recorded="at", flag="f")
    rows = [
        ("A", "2024-05-01", "1", "2024-07-02T00:00:00Z", "ok"),
        ("A", "2024-05-02", "1", "later", "ok"),
        ("A", "2024-05-03", "1", "", "strange"),
        ("A", "2024-05-04", "1", "", ""),
    ]

    checked = _check(rows, feed_map, columns=("account", "day", "litres", "at", "f"))

    assert checked.quarantined.select("field", "reason").rows() == [
        ("at", "future"),
        ("at", "not_a_time"),
        ("f", "unknown_flag"),
    ]
    assert checked.counts.accepted == 1


def test_lines_refused_by_the_reader_join_the_quarantine_in_order() -> None:
    lines = pl.DataFrame({"row": [3], "fields": [2], "original": ["A;1"]})
    refused = unparsable_lines(lines, source="day.csv", n_columns=3)

    checked = _check([("", "2024-05-01", "1"), _GOOD, ("A", "2024-05-02", "-1")], refused=refused)

    assert checked.quarantined.select("row", "reason").rows() == [
        (2, "missing_account"),
        (3, "unparsable_row"),
        (4, "negative"),
    ]
    assert (checked.counts.read, checked.counts.quarantined, checked.counts.accepted) == (4, 3, 1)


def test_register_readings_are_checked_and_shaped() -> None:
    feed_map = FeedMap("account", "at", "litres", kind="register", unit=Unit.LITRE)
    rows = [
        ("A", "2024-05-01 10:00", "1500"),
        ("A", "2024-05-01 11:00", "-5"),
        ("A", "2024-06-01 14:00", "1600"),
        ("A", "2024-05-01 12:00", "2e12"),
    ]

    checked = _check(rows, feed_map, columns=("account", "at", "litres"))

    assert checked.table is READINGS
    assert checked.accepted["reading_m3"].to_list() == [1.5]
    assert checked.quarantined["reason"].to_list() == ["negative", "future", "impossible"]


def test_accounts_are_checked_and_kept_once() -> None:
    feed_map = FeedMap("id", kind="accounts", segment="s", longitude="x", latitude="y")
    rows = [
        ("A", "household", "-77", "-12"),
        ("", "household", "-77", "-12"),
        ("B", "household", "200", "-12"),
        ("C", "household", "-77", "sur"),
        ("A", "commercial", "-77", "-12"),
    ]

    checked = _check(rows, feed_map, columns=("id", "s", "x", "y"))

    assert checked.table is ACCOUNTS
    assert checked.accepted.rows() == [("A", "commercial", None, -77.0, -12.0)]
    assert checked.quarantined.select("field", "reason").rows() == [
        ("id", "missing_account"),
        ("x", "impossible"),
        ("y", "not_a_number"),
    ]
    assert checked.counts.duplicate == 1
