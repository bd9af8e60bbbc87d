"""What zones need in the next day and week, with a range of the total that past totals earned.

A quantile of a sum is not the sum of the hours' quantiles: errors of single hours cancel in part, and how much they do
is known from forecasts that were made before. So the range of a total comes from the errors of earlier totals, of the same
zone and status, relative to the forecast: the split-conformal quantiles of Vovk, Gammerman and Shafer (2005), one forecast
for each day. While there are too few of them it is the sum of the hours' ends, which holds where all hours err together:
wider than it need be, and marked so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from amuna.domain.ports import Store
from amuna.domain.zone_tables import FLOWS, ZONE_FORECASTS

FROM_TOTALS, FROM_HOURS = "totals", "hours"
_MISSED = 0.2  # of the 80 % range, both sides together
_KNOWN = 0.75  # of the hours that must have a usual inflow for a change to be told
_COVERED = 0.95  # of a total's hours that must have come for its error to count


@dataclass(frozen=True)
class Span:
    """A total: hours it adds up, and the fewest earlier totals its range is learned from.

    Weeks that begin on successive days share six days, so five weeks of them are asked for.
    """

    hours: int
    fewest: int


SPANS: Mapping[str, Span] = {"day": Span(24, 14), "week": Span(168, 35)}


def zone_totals(store: Store, forecasts: pl.DataFrame) -> pl.DataFrame:
    """Totals from the cutoff on.

    Parameters
    ----------
    forecasts
        From `newest_forecasts`, with `usual_m3h`.

    Returns
    -------
    polars.DataFrame
        zone_id, and for `day` (24 hours) and `week` (168) each: `day_m3`, `day_low80_m3`, `day_high80_m3`, `day_range`
        (`totals` where earlier totals made the range, `hours` where it is the hours' sum, wider than it need be), and
        `day_change_percent` against the usual inflow of the same hours, null where that of more than a quarter is unknown.
    """
    result = forecasts.select("zone_id").unique().sort("zone_id")
    for name, span in SPANS.items():
        errors = _past_errors(store, span)
        rows = [_total(name, hours, errors, span) for _, hours in forecasts.group_by("zone_id")]
        result = result.join(_frame(rows, name), on="zone_id", how="left", maintain_order="left")
    return result


def _frame(rows: list[dict[str, object]], name: str) -> pl.DataFrame:
    numbers = [f"{name}_{what}" for what in ("m3", "low80_m3", "high80_m3", "change_percent")]
    schema: dict[str, type[pl.DataType]] = {"zone_id": pl.String, f"{name}_range": pl.String}
    return pl.DataFrame(rows, schema=schema | dict.fromkeys(numbers, pl.Float64))


def _total(name: str, forecasts: pl.DataFrame, errors: pl.DataFrame, span: Span) -> dict[str, object]:
    """The total of one zone."""
    hours = forecasts.sort("observed_at").head(span.hours)
    zone_id, status = hours.select("zone_id", "status").row(0)
    past = errors.filter(pl.col("zone_id") == zone_id, pl.col("status") == status)["error"].sort().to_list()
    total, low, high = hours.select(pl.col("forecast_m3h", "low80_m3h", "high80_m3h").sum()).row(0)
    if len(past) >= span.fewest:
        rank = int((len(past) + 1) * _MISSED / 2)
        low, high = total * (1 + min(past[rank - 1], 0.0)), total * (1 + max(past[-rank], 0.0))
    return {
        "zone_id": zone_id,
        f"{name}_m3": total,
        f"{name}_low80_m3": max(low, 0.0),
        f"{name}_high80_m3": high,
        f"{name}_range": FROM_TOTALS if len(past) >= span.fewest else FROM_HOURS,
        f"{name}_change_percent": change_percent(hours),
    }


def change_percent(hours: pl.DataFrame) -> float | None:
    """How far the forecast lies above the usual inflow of the hours [%]; None where that of more than a quarter is unknown."""
    known = hours.drop_nulls("usual_m3h")
    made, usual = known.select(pl.col("forecast_m3h", "usual_m3h").sum()).row(0)
    if len(known) < _KNOWN * len(hours) or usual <= 0:
        return None
    return float(100 * (made / usual - 1))


def _past_errors(store: Store, span: Span) -> pl.DataFrame:
    """Earlier totals whose hours have come: zone_id, status, error as a share of the forecast; one for each day."""
    totals = store.query(
        f"""
        SELECT f.zone_id, f.run_id, f.cutoff, MIN(f.status) AS status, COUNT(*) AS hours,
               SUM(f.forecast_m3h) AS forecast, SUM(o.flow_m3h) AS observed
        FROM {ZONE_FORECASTS.name} AS f
        JOIN {FLOWS.name} AS o ON o.zone_id = f.zone_id AND o.observed_at = f.observed_at
        WHERE f.observed_at < f.cutoff + INTERVAL '{span.hours} hours'
        GROUP BY f.zone_id, f.run_id, f.cutoff
        """
    )
    whole = totals.filter(pl.col("hours") >= _COVERED * span.hours, pl.col("forecast") > 0)
    dated = whole.sort("cutoff", "run_id").with_columns(day=pl.col("cutoff").dt.date())
    daily = dated.unique(["zone_id", "day"], keep="last")
    return daily.select("zone_id", "status", error=pl.col("observed") / pl.col("forecast") - 1)
