"""Today: the situation of the whole utility, from what was found last."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, CONSUMPTION, DECISIONS
from amuna.workflows.day_ahead import day_ahead
from amuna.workflows.health import health
from amuna.workflows.outlook import HIGH80, LOW80, MIDDLE, outlook
from amuna.workflows.views.demand import Demand, Part, part_days, wide
from amuna.workflows.views.drift import last_drift

WEEK = 7
SHOWN_DAYS = 28
TOP_ALARMS = 5
_NO_FORECAST = pl.DataFrame(schema={"day": pl.Date, "quantile": pl.Float64, "total_m3": pl.Float64})


@dataclass(frozen=True)
class Expected:
    """A volume with its 80 % interval [m³]."""

    low_m3: float
    m3: float
    high_m3: float

    def holds(self, observed_m3: float) -> bool:
        """Whether what happened lies inside."""
        return self.low_m3 <= observed_m3 <= self.high_m3


@dataclass(frozen=True)
class Water:
    """What all accounts used and will use.

    Parameters
    ----------
    history
        The last SHOWN_DAYS days: day, total_m3.
    last_day, last_m3
        The last day known of enough accounts, and its volume [m³]; None where there is none.
    last_expected
        What was to be expected of that day the day before; None where history is too short.
    past_week_m3
        Volume of the last seven days [m³]; None where one of them is not known.
    next_week
        Volume of the next seven; None where history is too short.
    ahead
        The next seven days: day and the quantile columns of FORECASTS [m³]; empty where history is too short.
    """

    history: pl.DataFrame = field(repr=False)
    last_day: date | None
    last_m3: float | None
    last_expected: Expected | None
    past_week_m3: float | None
    next_week: Expected | None
    ahead: pl.DataFrame = field(repr=False)


@dataclass(frozen=True)
class Arrived:
    """What came in since an instant; counts are rows, and of accounts for decisions.

    Parameters
    ----------
    rows, refused
        Rows taken in, and refused.
    late
        Of those taken in, of days more than three before the last; None where nothing was known before.
    decisions
        How many of each: decision, accounts.
    """

    rows: int
    refused: int
    late: int | None
    decisions: dict[str, int]


@dataclass(frozen=True)
class ModelHealth:
    """How the forecasts did a day ahead in the last seven days that were judged.

    Parameters
    ----------
    forecasts
        How many were judged.
    inside80
        Share inside the 80 % interval; None where none was judged.
    against_last_week
        Mean absolute residual over that of last week repeated; None where it cannot be compared.
    drifted
        Figures beyond their limit at the last look, of `looked_at` figures: kind, measure, part.
    """

    forecasts: int
    inside80: float | None
    against_last_week: float | None
    drifted: pl.DataFrame
    looked_at: int


@dataclass(frozen=True)
class Today:
    """The situation: water, what arrived, the feeds (as in `health`), the models."""

    water: Water
    arrived: Arrived
    feeds: pl.DataFrame
    models: ModelHealth


@dataclass(frozen=True)
class AlarmsNow:
    """The alarms that are not closed.

    Parameters
    ----------
    count, new
        How many, and how many of them were raised since the instant.
    money_pen
        What 30 days of their differences cost together [PEN]; None where no tariff is known.
    top
        ALARMS rows, the most expensive first.
    """

    count: int
    new: int
    money_pen: float | None
    top: pl.DataFrame


def today(*, store: Store, now: datetime, found: Demand) -> Today:
    """The situation, and what changed since a day ago.

    Parameters
    ----------
    now
        The present instant, with a zone.
    found
        The daily sums, as `demand` finds them.
    """
    return Today(
        water=_water(found),
        arrived=_arrived(store, now - timedelta(days=1)),
        feeds=health(store=store, now=now).feeds,
        models=_models(store, found.cutoff),
    )


def alarms_now(rows: pl.DataFrame, *, since: datetime) -> AlarmsNow:
    """What ALARMS rows say together."""
    live = rows.filter(pl.col("state") != "closed")
    priced = live["money_pen"].drop_nulls()
    top = live.sort("money_pen", "alarm_id", descending=[True, False], nulls_last=True).head(TOP_ALARMS)
    new = int((live["raised_at"] >= since).sum())
    return AlarmsNow(len(live), new, None if priced.is_empty() else float(priced.sum()), top)


def _water(found: Demand) -> Water:
    days = part_days(found, Part())
    if days.is_empty() or found.cutoff is None:
        return Water(days.select("day", "total_m3"), None, None, None, None, None, wide(_NO_FORECAST))
    last_day = found.cutoff - timedelta(days=1)
    before = outlook(days.filter(pl.col("day") < last_day), last_day, WEEK, tests=0).forecast
    past = days.tail(WEEK)["total_m3"]
    ahead = outlook(days, found.cutoff, WEEK, tests=0)
    return Water(
        history=days.tail(SHOWN_DAYS).select("day", "total_m3"),
        last_day=last_day,
        last_m3=days["total_m3"][-1],
        last_expected=_expected(
            dict(before.filter(pl.col("day") == last_day).select("quantile", "total_m3").iter_rows())
        ),
        past_week_m3=None if past.null_count() else float(past.sum()),
        next_week=_expected(ahead.horizon_m3),
        ahead=wide(ahead.forecast),
    )


def _expected(quantiles: dict[float, float]) -> Expected | None:
    return Expected(quantiles[LOW80], quantiles[MIDDLE], quantiles[HIGH80]) if quantiles else None


def _arrived(store: Store, since: datetime) -> Arrived:
    rows, refused, kept_before = store.query(
        "SELECT COALESCE(CAST(SUM(CASE WHEN committed_at >= ? THEN rows_accepted ELSE 0 END) AS BIGINT), 0),"
        " COALESCE(CAST(SUM(CASE WHEN committed_at >= ? THEN rows_quarantined ELSE 0 END) AS BIGINT), 0),"
        " COALESCE(CAST(SUM(CASE WHEN committed_at < ? THEN rows_accepted ELSE 0 END) AS BIGINT), 0)"
        f" FROM {BATCHES.name}",
        [since, since, since],
    ).row(0)
    late = None
    if kept_before:
        late = store.query(
            f"SELECT COUNT(*) FROM {CONSUMPTION.name} WHERE day < (SELECT MAX(day) FROM {CONSUMPTION.name}) - 3"
            f" AND batch_id IN (SELECT batch_id FROM {BATCHES.name} WHERE committed_at >= ?)",
            [since],
        ).item()
    decisions = store.query(
        f"SELECT decision, COUNT(*) AS accounts FROM {DECISIONS.name} WHERE decided_at >= ? GROUP BY decision",
        [since],
    )
    return Arrived(rows, refused, late, dict(decisions.iter_rows()))


def _models(store: Store, cutoff: date | None) -> ModelHealth:
    drift = last_drift(store=store)
    drifted = drift.filter(pl.col("drifted")).select("kind", "measure", "part")
    if cutoff is None:
        return ModelHealth(0, None, None, drifted, len(drift))
    sums = day_ahead(store, cutoff - timedelta(days=WEEK), cutoff).sum()
    judged, inside, gap, baseline = (
        float(sums[name][0] or 0.0) for name in ("forecasts", "inside80", "gap_m3", "baseline_gap_m3")
    )
    return ModelHealth(
        forecasts=int(judged),
        inside80=inside / judged if judged else None,
        against_last_week=gap / baseline if baseline else None,
        drifted=drifted,
        looked_at=len(drift),
    )
