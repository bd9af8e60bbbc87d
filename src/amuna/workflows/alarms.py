"""Alarms: accounts someone should look at, raised once, carried on while it lasts, closed by themselves when it ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from amuna.domain.alarm_tables import ALARMS
from amuna.domain.errors import NotFound, UnknownSetting
from amuna.domain.panel import Floats
from amuna.domain.ports import Store
from amuna.domain.table import INSTANT
from amuna.domain.tables import ACCOUNTS, STATES
from amuna.domain.text import Text
from amuna.workflows.health import last_usable_day
from amuna.workflows.serving import BLOCK_ACCOUNTS, load_fleet, serving_run
from amuna.workflows.unusual import DAYS, MONTH, Lately, lately, unusual

log = logging.getLogger(__name__)

OPEN, SEEN, CLOSED = "open", "seen", "closed"
AMUNA = "amuna"
_RECENT_DAYS = 4  # that tell whether it goes on
_STILL = 0.5  # share of the first difference that must be left for it to go on
_FIGURES = pl.Struct({"usual_m3_day": pl.Float64, "observed_m3_day": pl.Float64})

Price = Callable[[Floats, pl.Series], Floats]
"""From volumes of 30 days [m³] and the accounts' segments to what they cost [PEN]."""


@dataclass(frozen=True)
class AlarmsReport:
    """What was found.

    Parameters
    ----------
    end
        First day that was not looked at.
    accounts
        Accounts judged.
    raised, prolonged, closed
        Alarms that are new, that go on, and that ended.
    alarms
        ALARMS rows that are not closed, the most expensive first.
    seconds
        Time taken [s].
    """

    end: date
    accounts: int
    raised: int
    prolonged: int
    closed: int
    alarms: pl.DataFrame
    seconds: float


def raise_alarms(
    *, store: Store, now: datetime, price: Price | None = None, end: date | None = None
) -> AlarmsReport:
    """Judge the last days of every account, and raise, carry on or close its alarms.

    Run again for the same day it changes nothing.

    Parameters
    ----------
    now
        The present instant, with a zone.
    price
        What volumes cost; None where no tariff is known, and alarms have no money.
    end
        First day not to look at; the day after the last usable one if None.

    Raises
    ------
    NotEnoughData
        If nothing was trained.
    """
    started = time.perf_counter()
    run_id = serving_run(store)
    last = last_usable_day(store)
    end = end or (date.min if last is None else last + timedelta(days=1))
    before = store.read(ALARMS)
    live = _with_usual(before.filter(pl.col("state") != CLOSED))
    segments = store.read(ACCOUNTS, columns=["account_id", "segment"])
    parts, accounts = [], 0
    for block in _blocks(store, run_id):
        seen = lately(store, load_fleet(store, run_id, accounts=block), end)
        accounts += len(seen.accounts)
        carried = _carried(live, seen)
        fresh = _new(unusual(seen), before, now=now)
        parts.append(_priced(pl.concat([fresh, carried], how="diagonal"), segments, price))
    changed = pl.concat(parts) if parts else ALARMS.empty()
    changed = _changed(changed, before, now=now)
    with store.transaction():
        store.upsert(ALARMS, changed)
    report = _report(store, before, changed, end, accounts, seconds=time.perf_counter() - started)
    log.info(
        "alarms to %s raised=%d prolonged=%d closed=%d seconds=%.1f",
        end,
        report.raised,
        report.prolonged,
        report.closed,
        report.seconds,
    )
    return report


def handle(*, store: Store, alarm_id: str, state: str, by: str, now: datetime) -> None:
    """Say that someone looks at an alarm (`seen`), or is done with it (`closed`).

    Parameters
    ----------
    by
        Who says so.
    now
        The present instant, with a zone.

    Raises
    ------
    NotFound
        If there is no such alarm.
    UnknownSetting
        If the state is none of open, seen and closed.
    """
    if state not in (OPEN, SEEN, CLOSED):
        raise UnknownSetting(
            Text("Una alarma no puede estar {found!r}.", "An alarm cannot be {found!r}."),
            remedy=Text("Escriba open, seen o closed.", "Say open, seen or closed."),
            setting="state",
            found=state,
        )
    found = store.read(ALARMS, where={"alarm_id": alarm_id})
    if found.is_empty():
        raise NotFound("alarm", alarm_id)
    by = "" if state == OPEN else by
    with store.transaction():
        store.upsert(
            ALARMS,
            found.with_columns(
                state=pl.lit(state),
                handled_by=pl.lit(by),
                changed_at=pl.lit(now).cast(INSTANT),
            ),
        )


def _blocks(store: Store, run_id: str) -> list[list[str]]:
    ids = store.query(f"SELECT account_id FROM {STATES.name} WHERE run_id = ? ORDER BY 1", [run_id])
    names = ids["account_id"].to_list()
    return [names[first : first + BLOCK_ACCOUNTS] for first in range(0, len(names), BLOCK_ACCOUNTS)]


def _with_usual(alarms: pl.DataFrame) -> pl.DataFrame:
    """Alarms with what was usual before them and what was seen at first [m³/day]."""
    return alarms.with_columns(pl.col("evidence").str.json_decode(_FIGURES).struct.unnest())


def _carried(live: pl.DataFrame, seen: Lately) -> pl.DataFrame:
    """The alarms of these accounts as they are now: longer, closed, or as they were where nothing is known."""
    days = pl.DataFrame(
        {
            "account_id": seen.accounts.astype(str).repeat(DAYS),
            "day": [seen.end - timedelta(days=DAYS - step) for step in range(DAYS)] * len(seen.accounts),
            "m3": seen.observed.ravel(),
        },
        schema_overrides={"account_id": pl.String},
    ).filter(pl.col("m3").is_not_nan() & pl.col("account_id").is_in(live["account_id"].implode()))
    recent = days.sort("day").group_by("account_id").agg(recent=pl.col("m3").tail(_RECENT_DAYS).mean())
    usual = pl.col("usual_m3_day")
    left = (pl.col("recent") - usual) / (pl.col("observed_m3_day") - usual)
    told = live.join(recent, on="account_id").with_columns(goes_on=left >= _STILL)
    added = (
        days.join(told.select("alarm_id", "account_id", "last_day", "usual_m3_day"), on="account_id")
        .filter(pl.col("day") > pl.col("last_day"))
        .group_by("alarm_id")
        .agg(until=pl.col("day").max(), more=pl.col("m3").sum(), usual=pl.col("usual_m3_day").sum())
    )
    on = pl.col("goes_on") & pl.col("until").is_not_null()
    return (
        told.join(added, on="alarm_id", how="left")
        .with_columns(
            last_day=pl.when(on).then("until").otherwise("last_day"),
            observed_m3=pl.col("observed_m3") + pl.when(on).then("more").otherwise(0.0),
            expected_m3=pl.col("expected_m3") + pl.when(on).then("usual").otherwise(0.0),
            state=pl.when("goes_on").then("state").otherwise(pl.lit(CLOSED)),
            handled_by=pl.when("goes_on").then("handled_by").otherwise(pl.lit(AMUNA)),
        )
        .select(ALARMS.names)
    )


def _new(found: pl.DataFrame, before: pl.DataFrame, *, now: datetime) -> pl.DataFrame:
    """What no alarm tells yet: neither one that is open, nor one closed so lately that it speaks of the same days."""
    told = before.with_columns(
        until=pl.when(pl.col("state") == CLOSED)
        .then(pl.max_horizontal("last_day", pl.col("changed_at").dt.date()))
        .otherwise(pl.lit(date.max))
    )
    told = told.group_by("account_id", "kind").agg(pl.col("until").max())
    fresh = found.join(told, on=["account_id", "kind"], how="left")
    return (
        fresh.filter(pl.col("until").is_null() | (pl.col("first_day") > pl.col("until")))
        .drop("until")
        .with_columns(
            alarm_id=pl.format("{}-{}-{}", "kind", "account_id", "first_day"),
            state=pl.lit(OPEN),
            handled_by=pl.lit(""),
            raised_at=pl.lit(now).cast(INSTANT),
        )
    )


def _priced(alarms: pl.DataFrame, segments: pl.DataFrame, price: Price | None) -> pl.DataFrame:
    """With what 30 days of the difference cost."""
    if price is None or alarms.is_empty():
        return alarms.with_columns(money_pen=pl.lit(None, dtype=pl.Float64))
    length = (pl.col("last_day") - pl.col("first_day")).dt.total_days() + 1
    month = alarms.join(segments, on="account_id", how="left", maintain_order="left").with_columns(
        pl.col("observed_m3", "expected_m3") / length * MONTH
    )
    segment = month["segment"].fill_null("unknown")
    observed, expected = (price(month[name].to_numpy(), segment) for name in ("observed_m3", "expected_m3"))
    return alarms.with_columns(money_pen=pl.Series(abs(observed - expected)).fill_nan(None))


def _changed(alarms: pl.DataFrame, before: pl.DataFrame, *, now: datetime) -> pl.DataFrame:
    """ALARMS rows that say something other than before; the time of a change is that of its state."""
    old = before.select("alarm_id", old_state="state", old_day="last_day", old_at="changed_at")
    at = pl.lit(now).cast(INSTANT)
    joined = alarms.join(old, on="alarm_id", how="left")
    same = pl.col("state").eq_missing(pl.col("old_state"))
    return ALARMS.check(
        joined.filter(~(same & pl.col("last_day").eq_missing(pl.col("old_day"))))
        .with_columns(changed_at=pl.when(same).then("old_at").otherwise(at))
        .select(ALARMS.names)
    )


def _report(
    store: Store,
    before: pl.DataFrame,
    changed: pl.DataFrame,
    end: date,
    accounts: int,
    *,
    seconds: float,
) -> AlarmsReport:
    raised = changed.join(before, on="alarm_id", how="anti")
    closed = changed.filter(pl.col("state") == CLOSED)
    live = store.read(ALARMS).filter(pl.col("state") != CLOSED)
    return AlarmsReport(
        end=end,
        accounts=accounts,
        raised=len(raised),
        prolonged=len(changed) - len(raised) - len(closed),
        closed=len(closed),
        alarms=live.sort("money_pen", "raised_at", descending=True, nulls_last=True),
        seconds=seconds,
    )
