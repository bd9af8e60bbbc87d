"""Daily consumption from cumulative registers: differences, split at local midnight in proportion to time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amuna.domain.panel import Floats, Ints
from amuna.domain.table import INSTANT
from amuna.domain.tables import CONSUMPTION, READINGS
from amuna.domain.time import parse_time_zone
from amuna.feeds.dial_rules import Decisions, DialRules, Dials, decide
from amuna.feeds.midnight import cut_at_midnight, local_days

EVENTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "account_id": pl.String,
    "observed_at": INSTANT,
    "before_m3": pl.Float64,
    "after_m3": pl.Float64,
    "decision": pl.String,
    "volume_m3": pl.Float64,
}
_HOUR = 3_600_000_000
_SHORTEST_GAP, _LONGEST_GAP = 6 * _HOUR, 36 * _HOUR
_HOURLY = 3 * _HOUR
_ROUNDING = 1e-9


def daily_consumption(
    readings: pl.DataFrame,
    *,
    time_zone: str,
    min_coverage: float = 20 / 24,
    dial_m3: float | None = None,
    rules: DialRules | None = None,
    typical: pl.DataFrame | None = None,
    since: date | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the volume of each local day of each account, and what was decided about the registers.

    The same readings always give the same rows. To renew days, pass all readings from a day before the first of
    them on, and that first day as `since`: the first day of a window lacks the reading before it.

    Parameters
    ----------
    readings
        READINGS rows, in any order [m³].
    time_zone
        IANA zone whose midnight parts the days.
    min_coverage
        Share of a day that its readings must cover, and an hourly meter's share of readings; below it the day is
        flagged partial. Intervals above 6 h (or 1.5 of the account's usual ones, at most 36 h) cover nothing.
    dial_m3
        Volume at which the dials start again [m³]; inferred if None.
    rules
        How registers are judged.
    typical
        Columns `account_id` and `median_m3` [m³/day] from the store, else the readings say what flow is usual.
    since
        First day to return.

    Returns
    -------
    tuple of polars.DataFrame
        CONSUMPTION rows, and one row per decision, as `EVENTS`.
    """
    parse_time_zone(time_zone)
    rules = rules or DialRules()
    rules = replace(rules, dial_m3=dial_m3) if dial_m3 else rules
    rows = _once(readings)
    accounts = rows["account_id"].unique(maintain_order=True)
    dials = _dials(rows, accounts, rules, typical=typical)
    decisions = decide(dials, rules)
    intervals = _intervals(dials, decisions, rows["recorded_at"].dt.epoch("us").to_numpy())
    if len(intervals.start) == 0:
        return CONSUMPTION.empty(), _events(rows, decisions)
    pieces = _pieces(intervals, rows, time_zone=time_zone)
    days = _days(pieces, _counts(dials, time_zone=time_zone), accounts, min_coverage=min_coverage)
    days = days.filter(pl.col("day") >= since) if since else days
    return CONSUMPTION.check(days), _events(rows, decisions)


def _once(readings: pl.DataFrame) -> pl.DataFrame:
    """Sorted by account and time; of readings of one instant, the one recorded last."""
    rows = READINGS.check(readings).sort(*READINGS.key, "recorded_at", maintain_order=True)
    return rows.unique(subset=list(READINGS.key), keep="last", maintain_order=True)


def _dials(
    rows: pl.DataFrame, accounts: pl.Series, rules: DialRules, *, typical: pl.DataFrame | None
) -> Dials:
    numbers = pl.DataFrame({"account_id": accounts}).with_row_index("number")
    numbered = rows.select("account_id", "observed_at", "reading_m3").join(
        numbers, on="account_id", how="left", maintain_order="left"
    )
    hours = pl.col("observed_at").diff().over("number").dt.total_microseconds() / _HOUR
    flow = (pl.col("reading_m3").diff().over("number") / hours).alias("flow")
    usual = (
        numbered.with_columns(flow)
        .group_by("account_id", maintain_order=True)
        .agg(
            pl.col("flow").filter(pl.col("flow") > 0).median().alias("usual"),
            (pl.col("flow") > 0).sum().alias("intervals"),
        )
        .with_columns(usual=pl.when(pl.col("intervals") >= rules.jump_intervals).then("usual"))
    )
    if typical is not None:
        known = typical.select("account_id", known=pl.col("median_m3") / 24)
        usual = usual.join(known, on="account_id", how="left", maintain_order="left")
        usual = usual.with_columns(usual=pl.coalesce("known", "usual"))
    return Dials(
        numbered["number"].cast(pl.Int64).to_numpy(),
        numbered["observed_at"].dt.epoch("us").to_numpy(),
        numbered["reading_m3"].to_numpy(),
        usual["usual"].fill_null(float("nan")).to_numpy(),
    )


@dataclass(frozen=True)
class _Intervals:
    """Between two readings that stand, of one account; every array has shape (n_intervals,), `step` (n_accounts,).

    `source` is the row of the reading, of the two, that was recorded later; `step` and times are in microseconds.
    """

    account: Ints
    start: Ints
    end: Ints
    volume: Floats
    unknown: NDArray[np.bool_]
    source: Ints
    step: Floats


def _intervals(dials: Dials, decisions: Decisions, recorded: Ints) -> _Intervals:
    kept = np.flatnonzero(decisions.kept)
    follows = np.flatnonzero(np.diff(dials.account[kept]) == 0)
    before, after = kept[follows], kept[follows + 1]
    decided = decisions.volume[after]
    return _Intervals(
        dials.account[after],
        dials.time[before],
        dials.time[after],
        np.where(np.isnan(decided), dials.reading[after] - dials.reading[before], decided),
        decisions.unknown[after],
        np.where(recorded[after] >= recorded[before], after, before),
        _usual_step(dials.account[kept], dials.time[kept]),
    )


def _pieces(intervals: _Intervals, rows: pl.DataFrame, *, time_zone: str) -> pl.DataFrame:
    """The intervals cut at local midnight, their volume shared out in proportion to time."""
    cut = cut_at_midnight(intervals.start, intervals.end, time_zone=time_zone)
    of = cut["interval"].to_numpy()
    account, whole = intervals.account[of], (intervals.end - intervals.start)[of]
    share = cut["length"].to_numpy()
    step = intervals.step[account]
    covers = (whole <= np.clip(1.5 * step, _SHORTEST_GAP, _LONGEST_GAP)) & ~intervals.unknown[of]
    source = intervals.source[of]
    return cut.with_columns(
        pl.Series("account", account),
        pl.Series("volume", intervals.volume[of] * (share / whole)),
        pl.Series("covered", np.where(covers, share, 0)),
        pl.Series("unknown", intervals.unknown[of]),
        pl.Series("step", step),
        rows["recorded_at"].gather(source).alias("recorded_at"),
        rows["batch_id"].gather(source).alias("batch_id"),
    )


def _usual_step(account: Ints, time: Ints) -> Floats:
    """Median time between two readings [µs], shape (n_accounts,)."""
    steps = pl.DataFrame({"account": account, "time": time}).with_columns(
        pl.col("time").diff().over("account")
    )
    medians = steps.group_by("account", maintain_order=True).agg(pl.col("time").median())
    return medians["time"].fill_null(0).to_numpy()


def _counts(dials: Dials, *, time_zone: str) -> pl.DataFrame:
    """Readings per account and local day."""
    days = pl.Series(local_days(dials.time - 1, time_zone).astype(np.int32)).cast(pl.Date)
    return (
        pl.DataFrame({"account": dials.account, "day": days})
        .group_by("account", "day")
        .agg(readings=pl.len())
    )


def _days(
    pieces: pl.DataFrame, counts: pl.DataFrame, accounts: pl.Series, *, min_coverage: float
) -> pl.DataFrame:
    latest = pl.col("recorded_at").arg_max()
    days = (
        pieces.group_by("account", "day", maintain_order=True)
        .agg(
            pl.col("volume").sum(),
            pl.col("covered").sum(),
            pl.col("unknown").any(),
            pl.col("step", "day_length").first(),
            pl.col("recorded_at", "batch_id").get(latest),
        )
        .join(counts, on=["account", "day"], how="left", maintain_order="left")
        .with_columns(pl.col("readings").fill_null(0))
    )
    return days.select(
        accounts.gather(days["account"]).alias("account_id"),
        "day",
        pl.col("volume").alias("consumption_m3"),
        _flag(min_coverage).alias("flag"),
        "recorded_at",
        "batch_id",
    )


def _flag(min_coverage: float) -> pl.Expr:
    expected = pl.col("day_length") / pl.max_horizontal("step", pl.lit(float(_HOUR)))
    sparse = (pl.col("step") <= _HOURLY) & (pl.col("readings") < min_coverage * expected - _ROUNDING)
    uncovered = pl.col("covered") < (min_coverage - _ROUNDING) * pl.col("day_length")
    return (
        pl.when("unknown")
        .then(pl.lit("reset"))
        .when((pl.col("readings") == 0) & (pl.col("covered") == 0))
        .then(pl.lit("estimated"))
        .when(sparse | uncovered)
        .then(pl.lit("partial"))
        .otherwise(pl.lit("ok"))
    )


def _events(rows: pl.DataFrame, decisions: Decisions) -> pl.DataFrame:
    events = decisions.events
    at = pl.Series([event.reading for event in events], dtype=pl.Int64)
    before = pl.Series([event.before for event in events], dtype=pl.Int64)
    return pl.DataFrame(
        {
            "account_id": rows["account_id"].gather(at),
            "observed_at": rows["observed_at"].gather(at),
            "before_m3": rows["reading_m3"].gather(before),
            "after_m3": rows["reading_m3"].gather(at),
            "decision": [event.decision for event in events],
            "volume_m3": [event.volume_m3 for event in events],
        },
        schema=EVENTS,
    )
