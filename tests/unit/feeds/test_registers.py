"""Registers become days: every fall and leap is decided by rule and reported."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from amuna.domain.tables import READINGS
from amuna.feeds.registers import daily_consumption

_START = datetime(2024, 3, 4, tzinfo=UTC)
_RECORDED = datetime(2024, 12, 1, tzinfo=UTC)


def _readings(points: list[tuple[float, float]], account: str = "A") -> pl.DataFrame:
    """READINGS rows of (hours after the start, dial in m³)."""
    return pl.DataFrame(
        [(account, _START + timedelta(hours=hours), float(dial), _RECORDED, "b") for hours, dial in points],
        schema={column.name: column.dtype for column in READINGS.columns},
        orient="row",
    )


def _hourly(days: int, *, litres: float = 10, start: float = 100.0) -> list[tuple[float, float]]:
    return [(hour, start + hour * litres / 1000) for hour in range(days * 24 + 1)]


def _shifted(points: list[tuple[float, float]], after: int, by: float) -> list[tuple[float, float]]:
    return [(hour, dial + by if hour >= after else dial) for hour, dial in points]


def test_full_hourly_days_are_their_differences() -> None:
    days, events = daily_consumption(_readings(_hourly(3)), time_zone="UTC")

    assert days["day"].to_list() == [date(2024, 3, 4), date(2024, 3, 5), date(2024, 3, 6)]
    assert days["consumption_m3"].to_list() == pytest.approx([0.24] * 3)
    assert set(days["flag"]) == {"ok"}
    assert events.height == 0


def test_an_interval_over_midnight_is_shared_out_in_proportion_to_time() -> None:
    points = [(8.0, 10.0), (32.0, 12.4), (56.0, 14.8)]

    days, _ = daily_consumption(_readings(points), time_zone="UTC")

    assert days["consumption_m3"].to_list() == pytest.approx([1.6, 2.4, 0.8])
    assert days["flag"].to_list() == ["partial", "ok", "partial"]


def test_days_are_local_and_follow_the_clock_change() -> None:
    start = datetime(2024, 3, 30, 23, tzinfo=UTC)
    rows = _readings([(hour, hour / 100) for hour in range(47)]).with_columns(
        observed_at=pl.datetime_range(start, start + timedelta(hours=46), "1h", eager=True)
    )

    days, _ = daily_consumption(rows.cast(READINGS.empty().schema), time_zone="Europe/Madrid")

    assert days["day"].to_list() == [date(2024, 3, 31), date(2024, 4, 1)]
    assert days["consumption_m3"].to_list() == pytest.approx([0.23, 0.23])
    assert days["flag"].to_list() == ["ok", "ok"]


@pytest.mark.parametrize(
    ("before", "after", "dial", "decision", "volume", "flag"),
    [
        (9_999.9, 0.2, None, "rollover", 0.3, "ok"),
        (99_999.5, 0.5, None, "rollover", 1.0, "ok"),
        (999.9, 0.1, 1_000.0, "rollover", 0.2, "ok"),
        (999.9, 0.1, None, "replacement", None, "reset"),
        (523.0, 0.4, None, "replacement", None, "reset"),
        (523.0, 300.0, None, "reset", None, "reset"),
    ],
)
def test_a_fall_is_rollover_replacement_or_reset(
    before: float, after: float, dial: float | None, decision: str, volume: float | None, flag: str
) -> None:
    first = [(hour, before - (36 - hour) * 0.01) for hour in range(37)]
    then = [(hour, after + (hour - 37) * 0.01) for hour in range(37, 73)]

    days, events = daily_consumption(_readings([*first, *then]), time_zone="UTC", dial_m3=dial)

    (event,) = events.to_dicts()
    assert event["decision"] == decision
    assert (event["before_m3"], event["after_m3"]) == pytest.approx((before, after))
    assert event["observed_at"] == _START + timedelta(hours=37)
    assert event["volume_m3"] == pytest.approx(volume)
    assert days["flag"].to_list() == ["ok", flag, "ok"]
    lost = {"rollover": volume, "replacement": after, "reset": 0.0}[decision]
    assert days["consumption_m3"].to_list() == pytest.approx([0.24, 0.23 + (lost or 0.0), 0.24])


def test_small_backflow_counts_zero_and_nothing_twice() -> None:
    points = _hourly(2)
    points[10] = (10, points[9][1] - 0.005)

    days, events = daily_consumption(_readings(points), time_zone="UTC")

    assert events["decision"].to_list() == ["backflow"]
    assert days["consumption_m3"].to_list() == pytest.approx([0.24, 0.24])
    assert days["flag"].to_list() == ["ok", "ok"]


@pytest.mark.parametrize("by", [-12.0, 248.5])
def test_a_faulty_reading_that_is_undone_is_left_out(by: float) -> None:
    points = _hourly(2)
    points[10] = (10, points[10][1] + by)

    days, events = daily_consumption(_readings(points), time_zone="UTC")

    assert events["decision"].to_list() == ["glitch"]
    assert days["consumption_m3"].to_list() == pytest.approx([0.24, 0.24])
    assert days["flag"].to_list() == ["ok", "ok"]


@pytest.mark.parametrize(("by", "decision"), [(248.5, "jump"), (-248.5, "reset")])
def test_a_lasting_shift_of_the_register_is_no_consumption(by: float, decision: str) -> None:
    points = _shifted(_hourly(3, start=300.0), after=30, by=by)

    days, events = daily_consumption(_readings(points), time_zone="UTC")

    assert events["decision"].to_list() == [decision]
    assert days["flag"].to_list() == ["ok", "reset", "ok"]
    assert days["consumption_m3"].to_list() == pytest.approx([0.24, 0.23, 0.24])


def test_the_store_knows_what_flow_is_usual_where_the_window_is_short() -> None:
    rows = _readings([(0, 100.0), (24, 100.2), (48, 1_100.2)])
    typical = pl.DataFrame({"account_id": ["A"], "median_m3": [0.2]})

    _, unaware = daily_consumption(rows, time_zone="UTC")
    days, events = daily_consumption(rows, time_zone="UTC", typical=typical)

    assert unaware.height == 0
    assert events["decision"].to_list() == ["jump"]
    assert days["flag"].to_list() == ["ok", "reset"]


@pytest.mark.parametrize(
    ("missing", "flag"),
    [
        (range(30, 34), "ok"),
        (range(30, 35), "partial"),
        (range(25, 48, 2), "partial"),
        ((26, 30, 34, 38), "ok"),
        ((26, 29, 32, 35, 38), "partial"),
    ],
)
def test_a_day_with_too_few_readings_is_partial_and_keeps_its_volume(
    missing: range | tuple[int, ...], flag: str
) -> None:
    points = [point for point in _hourly(4) if point[0] not in missing]

    days, _ = daily_consumption(_readings(points), time_zone="UTC")

    assert days["flag"].to_list() == ["ok", flag, "ok", "ok"]
    assert days["consumption_m3"].to_list() == pytest.approx([0.24] * 4)


def test_days_without_any_reading_are_estimated() -> None:
    points = [point for point in _hourly(7) if not 40 <= point[0] < 130]

    days, _ = daily_consumption(_readings(points), time_zone="UTC")

    assert days["flag"].to_list() == ["ok", "partial", "estimated", "estimated", "estimated", "partial", "ok"]
    assert days["consumption_m3"].to_list() == pytest.approx([0.24] * 7)


def test_of_two_readings_of_one_instant_the_later_recorded_counts() -> None:
    rows = _readings([(0, 1.0), (24, 2.0), (24, 2.5)]).with_columns(
        recorded_at=pl.Series([_RECORDED, _RECORDED + timedelta(days=1), _RECORDED])
    )

    days, _ = daily_consumption(rows.cast(READINGS.empty().schema), time_zone="UTC")

    assert days["consumption_m3"].to_list() == [1.0]
    assert days["recorded_at"].to_list() == [_RECORDED + timedelta(days=1)]


def test_renewing_a_day_gives_the_same_rows_as_the_whole_history() -> None:
    rows = pl.concat([_readings(_hourly(5), "A"), _readings(_hourly(5, litres=20, start=7), "B")])
    whole, _ = daily_consumption(rows, time_zone="UTC")
    since = date(2024, 3, 7)

    window = rows.filter(pl.col("observed_at") >= datetime(2024, 3, 6, tzinfo=UTC)).sample(
        fraction=1, shuffle=True, seed=1
    )
    renewed, _ = daily_consumption(window, time_zone="UTC", since=since)

    assert renewed.equals(whole.filter(pl.col("day") >= since))


def test_no_interval_gives_no_day() -> None:
    for rows in (READINGS.empty(), _readings([(0, 1.0)])):
        days, events = daily_consumption(rows, time_zone="UTC")
        assert (days.height, events.height) == (0, 0)
