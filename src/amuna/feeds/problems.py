"""Problems: every way a prepared row can be wrong, as a condition, a reason code and plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl

from amuna.feeds.prepare import Prepared
from amuna.feeds.rules import Rules

JUMP = "_median_m3"


@dataclass(frozen=True)
class Problem:
    """One reason to refuse a row.

    Parameters
    ----------
    reason
        Reason code.
    field
        Source column at fault.
    applies
        Condition on the prepared values joined with the columns `_missing_*`.
    detail
        What was expected and what to do; `{found}` stands for the value as it came.
    """

    reason: str
    field: str
    applies: pl.Expr
    detail: str


def problems_of(prepared: Prepared, rules: Rules, *, now: datetime) -> list[Problem]:
    """The problems to look for, in the order in which they name a row."""
    if prepared.feed_map.kind == "accounts":
        return [_missing_account(prepared), *_position_problems(prepared)]
    first = _missing_zone(prepared) if prepared.feed_map.kind == "flow" else _missing_account(prepared)
    return [
        first,
        *_time_problems(prepared, rules, now=now),
        *_value_problems(prepared, rules),
        *_origin_problems(prepared, rules, now=now),
    ]


def _missing_account(prepared: Prepared) -> Problem:
    account = pl.col("account_id")
    return Problem(
        "missing_account",
        prepared.feed_map.account,
        account.is_null() | (account == ""),
        "Empty; expected the account. Complete the row at its source.",
    )


def _missing_zone(prepared: Prepared) -> Problem:
    zone = pl.col("zone_id")
    return Problem(
        "missing_zone",
        prepared.feed_map.zone or "",
        zone.is_null() | (zone == ""),
        "Empty; expected the zone. Complete the row at its source.",
    )


def _time_problems(prepared: Prepared, rules: Rules, *, now: datetime) -> list[Problem]:
    feed_map, latest = prepared.feed_map, now + rules.future_tolerance
    name, first, last = "observed_at", _midnight_utc(rules), pl.lit(latest.astimezone(UTC))
    if feed_map.kind == "consumption":
        name, first = "day", pl.lit(rules.first_day)
        last = pl.lit(latest.astimezone(ZoneInfo(feed_map.time_zone)).date())
    raw = _is_missing(feed_map.time)
    return [
        Problem(
            "missing_time",
            feed_map.time,
            pl.col(name).is_null() & raw,
            "Empty; expected a date or time. Complete the row at its source.",
        ),
        Problem(
            "not_a_time",
            feed_map.time,
            pl.col(name).is_null(),
            "Found '{found}'; expected a date or time that can be read in one way only. "
            'Set date_format (for example "%d/%m/%Y") under [feeds.NAME].',
        ),
        Problem(
            "future",
            feed_map.time,
            pl.col(name) > last,
            f"Found '{{found}}', after {latest:%Y-%m-%d %H:%M %Z}. Correct the clock or date, or set time_zone or date_format under [feeds.NAME].",
        ),
        Problem(
            "too_old",
            feed_map.time,
            pl.col(name) < first,
            f"Found '{{found}}', before {rules.first_day}. Correct the date, or set date_format under [feeds.NAME].",
        ),
    ]


def _midnight_utc(rules: Rules) -> pl.Expr:
    return pl.lit(datetime.combine(rules.first_day, datetime.min.time(), tzinfo=UTC))


def _value_problems(prepared: Prepared, rules: Rules) -> list[Problem]:
    feed_map = prepared.feed_map
    daily = feed_map.kind == "consumption"
    name, largest, unit = {
        "consumption": ("consumption_m3", rules.max_daily_m3, "m3"),
        "register": ("reading_m3", rules.max_reading_m3, "m3"),
        "flow": ("flow_m3h", rules.max_flow_m3h, "m3/h"),
    }[feed_map.kind]
    value = pl.col(name)
    found = f"Found '{{found}}' {feed_map.unit}"
    problems = [
        Problem(
            "missing_value",
            feed_map.value,
            value.is_null() & _is_missing(feed_map.value),
            "Empty; expected a number. Complete the row at its source; a day without reading needs no row.",
        ),
        Problem(
            "not_a_number",
            feed_map.value,
            value.is_null() | ~value.is_finite(),
            "Found '{found}'; expected a number that can be read in one way only. "
            'Set decimal ("." or ",") under [feeds.NAME] if the mark is unclear.',
        ),
        Problem(
            "negative",
            feed_map.value,
            value < 0,
            f"{found}; expected zero or more. A correction belongs on the day it corrects: send that day again.",
        ),
        Problem(
            "impossible",
            feed_map.value,
            value > largest,
            f"{found}; expected at most {largest:,.0f} {unit}. Check the meter, or set unit under [feeds.NAME].",
        ),
    ]
    if daily:
        problems.append(_jump(feed_map.value, found, rules))
    return problems


def _jump(field: str, found: str, rules: Rules) -> Problem:
    return Problem(
        "impossible",
        field,
        (pl.col("consumption_m3") > rules.jump_floor_m3)
        & (pl.col("consumption_m3") > rules.jump_ratio * pl.col(JUMP)),
        f"{found}, more than {rules.jump_ratio:,.0f} times the account's median day. Check the meter and the bill "
        "of the account; send the day again when it is known.",
    )


def _origin_problems(prepared: Prepared, rules: Rules, *, now: datetime) -> list[Problem]:
    """Of when the row was recorded and of the utility's own flag."""
    feed_map, latest = prepared.feed_map, now + rules.future_tolerance
    problems: list[Problem] = []
    if feed_map.recorded:
        problems += [
            Problem(
                "not_a_time",
                feed_map.recorded,
                pl.col("recorded_at").is_null(),
                "Found '{found}'; expected the instant when the row was recorded, as ISO text.",
            ),
            Problem(
                "future",
                feed_map.recorded,
                pl.col("recorded_at") > pl.lit(latest.astimezone(UTC)),
                f"Found '{{found}}', after {latest:%Y-%m-%d %H:%M %Z}. Correct the clock, or set time_zone under [feeds.NAME].",
            ),
        ]
    if feed_map.flag and feed_map.kind == "consumption":
        problems.append(
            Problem(
                "unknown_flag",
                feed_map.flag,
                pl.col("flag").is_null(),
                "Found '{found}'; expected ok, partial, estimated or reset. Correct it, or take flag out of [feeds.NAME].",
            )
        )
    return problems


def _position_problems(prepared: Prepared) -> list[Problem]:
    problems: list[Problem] = []
    for name, column, limit in (
        ("longitude", prepared.feed_map.longitude, 180),
        ("latitude", prepared.feed_map.latitude, 90),
    ):
        if column is None:
            continue
        problems += [
            Problem(
                "not_a_number",
                column,
                (pl.col(name).is_null() & ~_is_missing(column)) | ~pl.col(name).is_finite(),
                "Found '{found}'; expected degrees as a number. Set decimal under [feeds.NAME] if the mark is unclear.",
            ),
            Problem(
                "impossible",
                column,
                pl.col(name).abs() > limit,
                f"Found '{{found}}'; expected degrees between -{limit} and {limit}. Correct the position.",
            ),
        ]
    return problems


def _is_missing(column: str) -> pl.Expr:
    return pl.col(missing_name(column))


def missing_name(column: str) -> str:
    """Name under which the frame of values carries whether the raw column is empty."""
    return f"_missing_{column}"
