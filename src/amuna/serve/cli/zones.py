"""What `amuna train zones`, `forecast --zone` and `evaluate --zones` do and print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from amuna import wiring
from amuna.domain.text import Text
from amuna.serve.cli import zone_terms as words
from amuna.serve.cli.app import now, open_store, open_workspace
from amuna.serve.cli.language import WRITTEN, told
from amuna.serve.cli.output import facts, print_json, rows_table, say
from amuna.serve.cli.shown import local_instant, percents
from amuna.serve.report.words import word
from amuna.wiring.zones import zone_forecasters, zone_place, zone_search_every

if TYPE_CHECKING:
    from amuna.workflows.zone_forecast import ZoneForecastReport
    from amuna.workflows.zone_score import ZoneScoreReport
    from amuna.workflows.zone_train import ZoneTrainReport

EVERY_ZONE = "all"


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
    title = words.TRAINED_BEFORE if report.already_trained else words.TRAINED
    facts(
        title.fill(run=report.run_id),
        {
            words.ZONES: report.zones,
            Text("el modelo conoce", "model has seen"): words.SEEN.fill(
                days=report.days, cutoff=report.cutoff
            ),
            Text("modelo", "model"): None if report.models else words.PROFILES_ALONE,
            Text("configuración", "settings"): _settings(report),
            Text("pesos, primer día", "weights, first day ahead"): _weights(report, "first"),
            Text("pesos, días siguientes", "weights, later days"): _weights(report, "later"),
            Text("primer día, nueve semanas sin ver", "first day ahead, nine weeks held out"): _against(
                report, "first"
            ),
            Text("días siguientes", "later days"): _against(report, "later"),
            words.TIME: f"{report.seconds:.1f} s",
        },
    )


def _weights(report: ZoneTrainReport, days: str) -> str | None:
    if days not in report.weights:
        return None
    shares = zip(report.models, report.weights[days], strict=True)
    return ", ".join(f"{told(word('zone_model', name))} {share:.2f}" for name, share in shares)


def _settings(report: ZoneTrainReport) -> Text | None:
    """Those chosen, of how many, and what they gained over the usual ones."""
    if not report.trials:
        return None
    chosen = ", ".join(told(_chosen(report, model, setting)) for model, setting in report.settings.items())
    return words.SEARCHED.fill(chosen=chosen, day=report.searched)


def _chosen(report: ZoneTrainReport, model: str, setting: str) -> Text:
    mae = {trial.setting: trial.mae for trial in report.trials if trial.model == model}
    gain = 1 - mae[setting] / next(iter(mae.values()))
    template = words.CHOSEN_GAIN if gain else words.CHOSEN
    return template.fill(model=word("zone_model", model), setting=setting, tried=len(mae), gain=gain)


def _against(report: ZoneTrainReport, days: str) -> Text | None:
    """Error beside that of the better baseline."""
    if days not in report.mae_m3h:
        return None
    mae, baseline = report.mae_m3h[days], report.baseline_mae_m3h[days]
    return words.MISSED.fill(mae=mae, gain=1 - mae / baseline)


def forecast_zones(zone: str, *, out: Path | None, as_json: bool) -> None:
    """Forecast the next 168 hours of one zone, or of all and store them."""
    from amuna.workflows.export import write_frame
    from amuna.workflows.views.zone_names import require_metered_zone
    from amuna.workflows.zone_forecast import forecast_zones as run

    workspace = open_workspace()
    only = None if zone == EVERY_ZONE else zone
    with open_store(workspace, read_only=only is not None) as store:
        if only is not None:
            require_metered_zone(store, only)
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
    _print_forecast(report, only, workspace.settings.utility_time_zone)
    if out is not None:
        say(WRITTEN.fill(file=out))


def _print_forecast(report: ZoneForecastReport, zone: str | None, time_zone: str) -> None:
    local = pl.col("observed_at").dt.convert_time_zone(time_zone)
    if zone is not None:
        rows = report.rows.with_columns(hour=local.dt.strftime("%Y-%m-%d %H:%M"))
        status = ", ".join(report.status)
        rows_table(words.ONE_FORECAST.fill(zone=zone, status=status), rows, words.HOURS)
        return
    facts(
        words.FORECAST.fill(zones=report.zones, cutoff=local_instant(report.cutoff, time_zone)),
        {
            Text("guardado", "stored"): words.ROWS.fill(rows=len(report.rows)),
            Text("estado", "status"): report.status,
            words.TIME: f"{report.seconds:.1f} s",
        },
    )
    days = report.rows.group_by(day=local.dt.date()).agg(
        pl.col("low80_m3h", "forecast_m3h", "high80_m3h").sum(), hours=pl.col("observed_at").n_unique()
    )
    rows_table(
        Text("Todas las zonas, por día local [m³]", "All zones, by local day [m³]"),
        days.sort("day"),
        words.DAYS,
    )
    say(words.DAYS_SAY)


def evaluate_zones(*, as_json: bool) -> None:
    """Judge stored forecasts of zones by what flowed afterwards."""
    from amuna.workflows.zone_score import score_zones

    workspace = open_workspace()
    with open_store(workspace) as store:
        report = score_zones(store=store, time_zone=zone_place(workspace.settings).time_zone)
    if as_json:
        print_json(report)
        return
    if report.zones.is_empty():
        say(words.NONE_JUDGED)
        return
    rows_table(words.JUDGED, _judged(report), words.RECORD)
    say(words.RECORD_SAYS)


def _judged(report: ZoneScoreReport) -> pl.DataFrame:
    """Zones that miss the most of their inflow first, and all of them together at the end."""
    missed = (pl.col("mae_m3h") / pl.col("inflow_m3h")).alias("missed")
    together = report.together.with_columns(missed, zone_id=pl.lit(told(words.ALL_ZONES)))
    zones = report.zones.with_columns(missed).sort(
        "missed", "zone_id", descending=[True, False], nulls_last=True
    )
    return pl.concat([zones, together.select(zones.columns)]).with_columns(
        percents("missed", "coverage80", "coverage95")
    )
