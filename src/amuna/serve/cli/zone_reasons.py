"""What `amuna explain --zone` prints: each day in a sentence, its parts, what models look at, and what demand depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from amuna.serve.cli.app import open_store, open_workspace
from amuna.serve.cli.output import print_json, rows_table, say
from amuna.serve.report.zone_reasons import REASON_NAMES, reason_sentence
from amuna.wiring.zones import zone_forecasters, zone_place
from amuna.workflows.views.zone_reasons import zone_reasons

if TYPE_CHECKING:
    from amuna.workflows.views.zone_reasons import Reason, ZoneReasons
    from amuna.workflows.zone_explain import ZoneExplanation

_SEED = 5
_MOST_INPUTS = 12
_SMALLEST = 0.005
_DAYS = {"first": "first day", "later": "later days"}
_KINDS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "holiday")
_WHAT = {"temperature": "highest temperature", "rain": "rain of the day", "day_type": "kind of day"}
_UNITS = {"temperature": "°C", "rain": "mm"}


def explain_zone(zone: str, *, reasons_only: bool, as_json: bool) -> None:
    """Say why the week ahead of a zone is what it is, and what its models look at."""
    workspace = open_workspace()
    with open_store(workspace, read_only=True) as store:
        reasons = zone_reasons(store=store, zone=zone)
        measured = None
        if not reasons_only:
            from amuna.workflows.zone_explain import explain_zones

            measured = explain_zones(
                store=store,
                place=zone_place(workspace.settings),
                forecasters=zone_forecasters(workspace.settings),
                rng=np.random.default_rng(_SEED),
            )
    if as_json:
        print_json(_told(reasons, measured))
        return
    _print_days(reasons)
    if measured is not None:
        _print_importance(measured, zone)
        _print_dependence(measured, zone)


def _told(reasons: ZoneReasons, measured: ZoneExplanation | None) -> dict[str, object]:
    days = [
        {
            "day": day.day,
            "sentence": reason_sentence(day).en,
            "forecast_m3h": day.forecast_m3h,
            "usual_m3h": day.usual_m3h,
            "departure": day.departure,
            "parts": day.parts,
        }
        for day in reasons.days
    ]
    body: dict[str, object] = {
        "zone_id": reasons.zone_id,
        "run_id": reasons.run_id,
        "cutoff": reasons.cutoff,
        "days": days,
    }
    if measured is not None:
        zone = reasons.zone_id
        body["importance"] = measured.importance.filter(zone_id=zone)
        body["dependence"] = measured.dependence.filter(
            pl.col("zone_id").is_null() | (pl.col("zone_id") == zone)
        )
    return body


def _print_days(reasons: ZoneReasons) -> None:
    say(f"Zone {reasons.zone_id}, forecast from {reasons.cutoff:%Y-%m-%d %H:%M} UTC")
    say("Normal is the mean of the same weekday in the last four weeks.\n")
    for day in reasons.days:
        say(f"{day.day:%a %d %b}  {reason_sentence(day).en}")
    names = {"reason": "daily means [m³/h]"} | {f"{day.day}": f"{day.day:%a %d}" for day in reasons.days}
    columns: dict[str, list[object]] = {
        f"{day.day}": [
            f"{day.usual_m3h:.2f}",
            *(_part(day.parts, code) for code in _codes(reasons)),
            f"{day.forecast_m3h:.2f}",
        ]
        for day in reasons.days
    }
    titles = ["Normal", *(REASON_NAMES[code].en for code in _codes(reasons)), "Forecast"]
    say("")
    rows_table("What each reason adds", pl.DataFrame({"reason": titles, **columns}), names)


def _codes(reasons: ZoneReasons) -> list[str]:
    """Reasons that add anything on some day, in the order of their words."""
    found = {part.code for day in reasons.days for part in day.parts if abs(part.part_m3h) >= _SMALLEST}
    return [code for code in REASON_NAMES if code in found]


def _part(parts: tuple[Reason, ...], code: str) -> str:
    size = sum(one.part_m3h for one in parts if one.code == code)
    return f"{size:+.2f}" if abs(size) >= _SMALLEST else "–"


def _print_importance(measured: ZoneExplanation, zone: str) -> None:
    mine = measured.importance.filter(zone_id=zone)
    if mine.is_empty():
        say("\nImportance needs 120 days of history.")
        return
    for kind, title in (("reason", "Reasons"), ("input", "Single inputs")):
        wide = _wide(mine.filter(kind=kind))
        names = {"name": "without knowing it"} | {name: name for name in wide.columns[1:]}
        say("")
        rows_table(
            f"{title}: how much larger the mean absolute error becomes on the last nine weeks [m³/h]",
            wide.head(_MOST_INPUTS),
            names,
        )


def _wide(rows: pl.DataFrame) -> pl.DataFrame:
    """A row for each input, the most important first; a column for each model and class of days."""
    days = pl.col("days").replace_strict(_DAYS)
    named = rows.with_columns(column=pl.format("{}, {}", "model", days))
    wide = named.pivot("column", index="name", values="mae_more_m3h")
    return wide.sort(pl.mean_horizontal(pl.exclude("name")), descending=True)


def _print_dependence(measured: ZoneExplanation, zone: str) -> None:
    rows = measured.dependence
    mine = rows.filter(zone_id=zone).with_columns(
        all_share=rows.filter(pl.col("zone_id").is_null())["share"],
    )
    text = [
        f"{_KINDS[int(value)]}" if what == "day_type" else f"{value:.0f} {_UNITS[what]}"
        for what, value in mine.select("what", "value").iter_rows()
    ]
    shares = [pl.format("{} %", (100 * pl.col(name)).round(1)).alias(name) for name in ("share", "all_share")]
    shown = mine.with_columns(*shares, value=pl.Series(text), what=pl.col("what").replace_strict(_WHAT))
    names = {
        "what": "depends on",
        "value": "at",
        "effect_m3h": "m³/h",
        "share": "of its mean",
        "all_share": "all zones",
    }
    say("")
    rows_table(
        "First day ahead, other things being equal: beside a mean day, a dry day, a mean weekday",
        shown,
        names | {"days": "days seen"},
    )
