"""Texts, dates and units as utilities write them become m³, UTC and local billing days."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from amuna.domain.errors import ColumnMismatch, UnknownTimeZone
from amuna.domain.ports import Batch
from amuna.domain.units import Unit
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.instants import parse_days
from amuna.feeds.numerals import parse_numbers
from amuna.feeds.prepare import Prepared, prepare

_NOW = datetime(2024, 6, 1, tzinfo=UTC)


def _prepare(feed_map: FeedMap, **columns: object) -> Prepared:
    rows = pl.DataFrame(columns).with_row_index("_row", offset=2).with_columns(pl.col("_row").cast(pl.Int64))
    return prepare(Batch("day.csv", "w", rows, feed_map.kind), feed_map, now=_NOW)


def _days(
    values: object, *, time_zone: str = "America/Lima", date_format: str | None = None
) -> list[date | None]:
    return parse_days(pl.Series(values), time_zone=time_zone, date_format=date_format).to_list()


@pytest.mark.parametrize(
    ("texts", "decimal", "expected"),
    [
        (["1.5", " 2 ", "1e2"], None, [1.5, 2.0, 100.0]),
        (["0,5", "1,234", "1.234,5"], None, [0.5, 1.234, 1234.5]),
        (["12.5", "1,234", "1,234.5"], None, [12.5, 1234.0, 1234.5]),
        (["1,234", "7", "2,500"], None, [None, 7.0, None]),
        (["1,234"], ",", [1.234]),
        (["1,234"], ".", [1234.0]),
        (["1.234"], ",", [1234.0]),
        (["1 234,5", "1’234,5", "3"], ",", [1234.5, 1234.5, 3.0]),
        (["12.5"], ",", [None]),
        (["-0,5", "+3,25"], None, [-0.5, 3.25]),
        (["x", "", None, "--1", "1.2.3"], ".", [None] * 5),
    ],
)
def test_numbers_as_text(texts: list[str | None], decimal: str | None, expected: list[float | None]) -> None:
    assert parse_numbers(pl.Series(texts, dtype=pl.String), decimal).to_list() == expected


def test_a_text_that_says_nan_stays_not_a_number() -> None:
    assert parse_numbers(pl.Series(["NaN", "1,5"]), ",").is_nan().to_list() == [True, False]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            ["2019-01-02", "2019-01-02 00:00:00", "2019-01-02T13:00", "20190102", "2019/01/02"],
            5 * [date(2019, 1, 2)],
        ),
        (["2019-01-02T03:00:00Z", "2019-01-02T03:00:00-05:00"], [date(2019, 1, 1), date(2019, 1, 2)]),
        (["02/01/2019", "13/01/2019"], [date(2019, 1, 2), date(2019, 1, 13)]),
        (["02/01/2019", "01/13/2019"], [date(2019, 2, 1), date(2019, 1, 13)]),
        (["02/01/2019", "03/03/2019"], [None, date(2019, 3, 3)]),
        (["2.1.2019", "2-1-2019 08:00"], [date(2019, 1, 2), date(2019, 1, 2)]),
        (["2019-02-30", "ayer", "2019-01-02"], [None, None, date(2019, 1, 2)]),
        ([date(2019, 1, 2)], [date(2019, 1, 2)]),
        ([datetime(2019, 1, 2, 23)], [date(2019, 1, 2)]),  # noqa: DTZ001
        ([datetime(2019, 1, 2, 3, tzinfo=UTC)], [date(2019, 1, 1)]),
        (
            [datetime(2019, 1, 2, tzinfo=UTC), datetime(2019, 1, 3, tzinfo=UTC)],
            [date(2019, 1, 2), date(2019, 1, 3)],
        ),
        ([20190102], [date(2019, 1, 2)]),
    ],
)
def test_days_from_every_spelling(values: list[object], expected: list[date | None]) -> None:
    assert _days(values) == expected


def test_the_given_date_format_is_the_only_one() -> None:
    assert _days(["02/01/2019", "2019-01-02"], date_format="%m/%d/%Y") == [date(2019, 2, 1), None]


@pytest.mark.parametrize(
    ("unit", "expected"),
    [(Unit.LITRE, 1.5), (Unit.CUBIC_METRE, 1500.0), (Unit.HUNDRED_CUBIC_FEET, 4247.5269888)],
)
def test_volumes_become_cubic_metres(unit: Unit, expected: float) -> None:
    prepared = _prepare(FeedMap("a", "t", "v", unit=unit), a=["A"], t=["2024-01-01"], v=["1500"])

    assert prepared.values["consumption_m3"][0] == pytest.approx(expected)


def test_local_readings_become_utc_and_clock_changes_are_counted() -> None:
    feed_map = FeedMap("a", "t", "v", kind="register", time_zone="Europe/Madrid")
    times = ["2024-01-01 00:30", "2024-03-31 02:30", "2024-10-27 02:30"]

    prepared = _prepare(feed_map, a=["A"] * 3, t=times, v=[1.0, 2.0, 3.0])

    assert prepared.values["observed_at"].to_list() == [
        datetime(2023, 12, 31, 23, 30, tzinfo=UTC),
        datetime(2024, 3, 31, 1, 30, tzinfo=UTC),
        datetime(2024, 10, 27, 0, 30, tzinfo=UTC),
    ]
    assert (prepared.ambiguous_times, prepared.nonexistent_times) == (1, 1)


def test_aware_readings_keep_their_instant() -> None:
    feed_map = FeedMap("a", "t", "v", kind="register", time_zone="America/Lima")
    times = ["2024-01-01T12:00:00Z", "2024-01-01T12:00:00+01:00", "2024-01-01T12:00:00"]

    prepared = _prepare(feed_map, a=["A"] * 3, t=times, v=[1, 2, 3])

    assert prepared.values["observed_at"].dt.hour().to_list() == [12, 11, 17]


def test_recorded_comes_from_the_source_and_else_from_now() -> None:
    feed_map = FeedMap("a", "t", "v", recorded="r", time_zone="America/Lima")
    prepared = _prepare(
        feed_map, a=["A"] * 3, t=["2024-01-01"] * 3, v=[1, 2, 3], r=["2024-01-02 00:00:00", "", "x"]
    )

    assert prepared.values["recorded_at"].to_list() == [datetime(2024, 1, 2, 5, tzinfo=UTC), _NOW, None]


def test_flags_and_counts_decide_together() -> None:
    feed_map = FeedMap("a", "t", "v", flag="f", readings_count="n")
    prepared = _prepare(
        feed_map,
        a=["A"] * 6,
        t=["2024-01-01"] * 6,
        v=[1] * 6,
        f=["", "Estimado", "reset", "ok", "ok", "??"],
        n=["24", "24", "3", "19", "20", "24"],
    )

    assert prepared.values["flag"].to_list() == ["ok", "estimated", "reset", "partial", "ok", None]


def test_whole_floats_are_account_numbers_and_blanks_go() -> None:
    feed_map = FeedMap("a", "t", "v")

    assert _prepare(feed_map, a=[1003.0], t=["2024-01-01"], v=[1]).values["account_id"].to_list() == ["1003"]
    assert _prepare(feed_map, a=[" x "], t=["2024-01-01"], v=[1]).values["account_id"].to_list() == ["x"]


def test_accounts_take_their_places() -> None:
    feed_map = FeedMap("a", kind="accounts", segment="s", longitude="x", latitude="y", decimal=",")
    prepared = _prepare(feed_map, a=["A", "B"], s=["household", ""], x=["-77,03", ""], y=["-12,05", None])

    assert prepared.values.rows() == [("A", "household", None, -77.03, -12.05), ("B", None, None, None, None)]


@pytest.mark.parametrize(
    ("columns", "column", "found", "setting"),
    [
        ({"t": ["2024-01-01"] * 2, "v": ["abc", "def"]}, "v", "abc", 'decimal = ","'),
        ({"t": ["02/01/2024", "03/01/2024"], "v": [1, 2]}, "t", "02/01/2024", 'date_format = "%d/%m/%Y"'),
        ({"t": ["2024-01-01"] * 2, "v": [True, False]}, "v", "True", 'value = "COLUMN"'),
        ({"t": [1.5, 2.5], "v": [1, 2]}, "t", "1.5", 'time = "COLUMN"'),
        ({"t": ["2024-01-01"] * 2, "v": [date(2024, 1, 1)] * 2}, "v", "2024, 1, 1", 'value = "COLUMN"'),
    ],
)
def test_a_column_of_the_wrong_type_names_everything(
    columns: dict[str, object], column: str, found: str, setting: str
) -> None:
    with pytest.raises(ColumnMismatch) as caught:
        _prepare(FeedMap("a", "t", "v"), a=["A", "B"], **columns)

    message = str(caught.value)
    assert f"day.csv, row 2, column '{column}': found" in message
    assert found in message
    assert setting in message
    assert "[feeds.NAME] in amuna.toml" in message


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(UnknownTimeZone, match="Mars/Base"):
        _prepare(FeedMap("a", "t", "v", time_zone="Mars/Base"), a=["A"], t=["2024-01-01"], v=[1])
