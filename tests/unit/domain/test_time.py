"""Intervals, horizons and folds refuse what would look ahead."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from amuna.domain.errors import UnknownTimeZone
from amuna.domain.time import DAY, Fold, Horizon, Interval, parse_time_zone


def test_an_interval_may_be_empty_but_not_backwards() -> None:
    assert Interval(date(2024, 1, 1), date(2024, 1, 1)).start == date(2024, 1, 1)
    with pytest.raises(ValueError, match="ends at or after its start"):
        Interval(date(2024, 1, 2), date(2024, 1, 1))


def test_a_horizon_is_a_number_of_steps() -> None:
    assert Horizon(14).step == DAY == timedelta(hours=24)
    for steps in (0, -1):
        with pytest.raises(ValueError, match="at least one step"):
            Horizon(steps)


def test_a_fold_may_not_test_what_it_trained_on() -> None:
    cutoff = date(2024, 3, 1)
    later = Fold(cutoff, Interval(date(2024, 3, 8), date(2024, 3, 15)))
    assert later.test.start > later.cutoff
    assert Fold(cutoff, Interval(cutoff, date(2024, 3, 8))).cutoff == cutoff
    with pytest.raises(ValueError, match="starts at its cutoff 2024-03-01 or later; got 2024-02-29"):
        Fold(cutoff, Interval(date(2024, 2, 29), date(2024, 3, 8)))


def test_time_zones_by_name() -> None:
    lima = parse_time_zone("America/Lima")
    assert datetime(2024, 7, 1, tzinfo=lima).utcoffset() == timedelta(hours=-5)


@pytest.mark.parametrize("name", ["Lima", "", "../etc/passwd", "America", "/UTC"])
def test_unknown_time_zones_are_refused(name: str) -> None:
    with pytest.raises(UnknownTimeZone, match="IANA name such as America/Lima") as refused:
        parse_time_zone(name)
    assert refused.value.facts == {"found": name}
