"""What `amuna train zones`, `forecast --zone` and `evaluate --zones` do and print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from amuna import wiring
from amuna.serve.cli.app import now, open_store, open_workspace
from amuna.serve.cli.output import facts, print_json, rows_table, say
from amuna.wiring.zones import zone_forecasters, zone_place, zone_search_every

if TYPE_CHECKING:
    from amuna.workflows.zone_forecast import ZoneForecastReport
    from amuna.workflows.zone_train import ZoneTrainReport

EVERY_ZONE = "all"
_QUANTILES = {
    "low95_m3h": "2.5%",
    "low80_m3h": "10%",
    "forecast_m3h": "forecast",
    "high80_m3h": "90%",
    "high95_m3h": "97.5%",
}


def train_zones(*, as_json: bool) -> None:
    """Train the model of the zones, let it serve, and keep it in the registry."""
    from amuna.workflows.zone_registered import keep_zones
    from amuna.workflows.zone_train import train_zones as run

    workspace = open_workspace()
    with open_store(workspace) as store:
        report = run(
            store=store,
            place=zone_place(workspace.settings),
            forecasters=zone_forecasters(workspace.settings),
            search_every=zone_search_every(workspace.settings),
            now=now(),
        )
        keep_zones(store=store, registry=wiring.zone_registry(workspace))
    if as_json:
        print_json(report)
        return
    weights = {
        days: ", ".join(f"{name} {share:.2f}" for name, share in zip(report.models, shares, strict=True))
        for days, shares in report.weights.items()
    }
    facts(
        f"Run {report.run_id}" + (" was trained before: nothing to do" if report.already_trained else ""),
        {
            "zones": report.zones,
            "model has seen": f"{report.days} days, all before {report.cutoff}",
            "model": None if report.models else "none yet: profiles alone until there are 120 days",
            "settings": _settings(report),
            "weights, first day ahead": weights.get("first"),
            "weights, later days": weights.get("later"),
            "first day ahead, nine weeks held out": _against(report, "first"),
            "later days": _against(report, "later"),
            "time": f"{report.seconds:.1f} s",
        },
    )


def _settings(report: ZoneTrainReport) -> str | None:
    """Those chosen, of how many, and what they gained over the usual ones."""
    if not report.trials:
        return None
    told = []
    for model, chosen in report.settings.items():
        mae = {trial.setting: trial.mae for trial in report.trials if trial.model == model}
        gain = 1 - mae[chosen] / next(iter(mae.values()))
        told.append(f"{model} {chosen} (of {len(mae)}" + (f", {gain:.1%} less error)" if gain else ")"))
    return f"{', '.join(told)}; searched {report.searched}"


def _against(report: ZoneTrainReport, days: str) -> str | None:
    """Error beside that of the better baseline."""
    if days not in report.mae_m3h:
        return None
    mae, baseline = report.mae_m3h[days], report.baseline_mae_m3h[days]
    return f"{mae:.3g} m³/h off, {1 - mae / baseline:.0%} below the better of last week and the mean of four"


def forecast_zones(zone: str, *, out: Path | None, as_json: bool) -> None:
    """Forecast the next 168 hours of one zone, or of all and store them."""
    from amuna.workflows.export import write_frame
    from amuna.workflows.zone_forecast import forecast_zones as run

    workspace = open_workspace()
    only = None if zone == EVERY_ZONE else zone
    with open_store(workspace, read_only=only is not None) as store:
        report = run(store=store, place=zone_place(workspace.settings), zone=only)
    if out is not None:
        write_frame(report.rows, out)
    if as_json:
        print_json(
            {
                "run_id": report.run_id,
                "cutoff": report.cutoff,
                "zones": report.zones,
                "status": report.status,
                "rows": len(report.rows) if only is None else report.rows.drop("run_id", "cutoff"),
                "seconds": report.seconds,
                "file": out,
            }
        )
        return
    _print_forecast(report, zone, workspace.settings.utility_time_zone)
    if out is not None:
        say(f"Written to {out}")


def evaluate_zones(*, as_json: bool) -> None:
    """Judge stored forecasts of zones by what flowed since."""
    from amuna.workflows.zone_score import score_zones

    workspace = open_workspace()
    with open_store(workspace) as store:
        report = score_zones(store=store, time_zone=zone_place(workspace.settings).time_zone)
    if as_json:
        print_json(report)
        return
    if report.zones.is_empty():
        say(
            "No forecast of zones has met what flowed yet: forecast with amuna forecast --zone all, then ingest."
        )
        return
    names = {
        "zone_id": "zone",
        "days": "days judged",
        "mae_m3h": "first day: MAE [m³/h]",
        "worst_m3h": "largest [m³/h]",
        "later_mae_m3h": "later days: MAE [m³/h]",
        "baseline_mae_m3h": "last week [m³/h]",
        "coverage80": "inside 80 %",
        "coverage95": "inside 95 %",
    }
    rows_table("Stored forecasts of zones, judged since", report.zones, names)


def _print_forecast(report: ZoneForecastReport, zone: str, time_zone: str) -> None:
    local = pl.col("observed_at").dt.convert_time_zone(time_zone)
    if zone == EVERY_ZONE:
        facts(
            f"Forecast of {report.zones} zones from {report.cutoff:%Y-%m-%d %H:%M} UTC",
            {
                "stored": f"{len(report.rows):,} rows (zone × hour)",
                "status": report.status,
                "time": f"{report.seconds:.1f} s",
            },
        )
        days = report.rows.group_by(day=local.dt.date()).agg(
            hours=pl.col("observed_at").n_unique(), total_m3=pl.col("forecast_m3h").sum()
        )
        names = {"day": "day", "hours": "hours", "total_m3": "all zones [m³]"}
        rows_table("By local day", days.sort("day"), names)
        return
    rows = report.rows.with_columns(hour=local.dt.strftime("%Y-%m-%d %H:%M"))
    status = ", ".join(report.status)
    rows_table(f"Zone {zone} ({status}): inflow by local hour [m³/h]", rows, {"hour": "hour", **_QUANTILES})
