"""What `amuna explain --zone` prints: each day in a sentence, its parts, what models look at, and what demand depends on."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from amuna.domain.text import Text
from amuna.serve.cli.app import open_store, open_workspace
from amuna.serve.cli.language import told
from amuna.serve.cli.output import print_json, rows_table, say
from amuna.serve.cli.shown import gap, local_instant
from amuna.serve.report.numbers import short_day, weekday
from amuna.serve.report.words import word
from amuna.serve.report.zone_inputs import ZONE_INPUTS
from amuna.serve.report.zone_reasons import REASON_NAMES, reason_sentence
from amuna.wiring.zones import zone_forecasters, zone_place
from amuna.workflows.views.zone_names import require_metered_zone
from amuna.workflows.views.zone_reasons import zone_reasons

if TYPE_CHECKING:
    from amuna.workflows.views.zone_reasons import Reason, ZoneReasons
    from amuna.workflows.zone_explain import ZoneExplanation

_SEED = 5
_MOST_INPUTS = 12
_SMALLEST = 0.005
_LEAST_ERROR = 0.0005
_ZONE = Text("Zona {zone}, pronóstico desde el {cutoff}", "Zone {zone}, forecast from {cutoff}")
_NORMAL = Text(
    "Lo usual es la media de los últimos cuatro días iguales de la semana, sin contar feriados ni días puente.",
    "Usual is the mean of the last four such weekdays, holidays and bridge days left out.",
)
_ADDS = Text("Lo que agrega cada razón", "What each reason adds")
_MEANS = Text("medias del día [m³/h]", "daily means [m³/h]")
_USUAL, _FORECAST = Text("Lo usual", "Usual"), Text("Pronóstico", "Forecast")
_TOO_SHORT = Text(
    "Para saber qué miran los modelos hacen falta 120 días de historia.",
    "Importance needs 120 days of history.",
)
_WITHOUT = Text(
    "Cuánto crece el error absoluto medio de las últimas nueve semanas si el modelo no conoce algo [m³/h]:",
    "How much larger the mean absolute error of the last nine weeks becomes where a model does not know something [m³/h]:",
)
_UNKNOWN = {
    "reason": Text("Por razón", "Reasons"),
    "input": Text("Dato por dato, los que más pesan", "Single inputs, those that matter most"),
}
_NOT_KNOWING = Text("sin conocer", "without knowing")
_DAYS = {"first": Text("primer día", "first day"), "later": Text("días siguientes", "later days")}
_DEPENDS = Text("De qué depende el consumo", "What demand depends on")
_OTHERS_EQUAL = Text(
    "Primer día, con todo lo demás igual, frente a un día medio, un día sin lluvia y un día de semana medio.",
    "First day ahead, other things being equal: beside a mean day, a dry day, a mean weekday.",
)
_DEPENDENCE = {
    "what": Text("depende de", "depends on"),
    "value": Text("con", "at"),
    "effect_m3h": Text.both("m³/h"),
    "share": Text("de su\nmedia", "of its\nmean"),
    "all_share": Text("todas las\nzonas", "all\nzones"),
    "days": Text("días\nvistos", "days\nseen"),
}
_KINDS = (
    Text("lunes", "Monday"),
    Text("martes", "Tuesday"),
    Text("miércoles", "Wednesday"),
    Text("jueves", "Thursday"),
    Text("viernes", "Friday"),
    Text("sábado", "Saturday"),
    Text("domingo", "Sunday"),
    Text("feriado", "holiday"),
)
_WHAT = {
    "temperature": Text("temperatura máxima", "highest temperature"),
    "rain": Text("lluvia del día", "rain of the day"),
    "day_type": Text("tipo de día", "kind of day"),
}
_UNITS = {"temperature": "°C", "rain": "mm"}


def explain_zone(zone: str, *, reasons_only: bool, as_json: bool) -> None:
    """Say why the week ahead of a zone is what it is, and what its models look at."""
    workspace = open_workspace()
    with open_store(workspace, read_only=True) as store:
        require_metered_zone(store, zone)
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
    _print_days(reasons, workspace.settings.utility_time_zone)
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


def _print_days(reasons: ZoneReasons, time_zone: str) -> None:
    say(_ZONE.fill(zone=reasons.zone_id, cutoff=local_instant(reasons.cutoff, time_zone)))
    say(_NORMAL)
    gap()
    for day in reasons.days:
        name = Text("{week} {day}", "{week} {day}").fill(week=weekday(day.day), day=short_day(day.day))
        say(Text.both(f"{told(name):<10}  {told(reason_sentence(day))}"))
    codes = _codes(reasons)
    headings = {f"{day.day}": _heading(day.day) for day in reasons.days}
    columns: dict[str, list[str]] = {
        f"{day.day}": [
            f"{day.usual_m3h:6.2f}",
            *(f"{_part(day.parts, code):>6}" for code in codes),
            f"{day.forecast_m3h:6.2f}",
        ]
        for day in reasons.days
    }
    titles = [told(name) for name in (_USUAL, *(REASON_NAMES[code] for code in codes), _FORECAST)]
    gap()
    rows_table(_ADDS, pl.DataFrame({"reason": titles, **columns}), {"reason": _MEANS, **headings})


def _heading(day: date) -> Text:
    """A day in six characters, such as Sat 21."""
    return Text(*(f"{name} {day.day:>2}" for name in weekday(day)))


def _codes(reasons: ZoneReasons) -> list[str]:
    """Reasons that add anything on some day, in the order of their words."""
    found = {part.code for day in reasons.days for part in day.parts if abs(part.part_m3h) >= _SMALLEST}
    return [code for code in REASON_NAMES if code in found]


def _part(parts: tuple[Reason, ...], code: str) -> str:
    size = sum(one.part_m3h for one in parts if one.code == code)
    return f"{size:+.2f}".replace("-", "−") if abs(size) >= _SMALLEST else "–"


def _print_importance(measured: ZoneExplanation, zone: str) -> None:
    mine = measured.importance.filter(zone_id=zone)
    gap()
    if mine.is_empty():
        say(_TOO_SHORT)
        return
    say(_WITHOUT)
    for kind, words in (("reason", REASON_NAMES), ("input", ZONE_INPUTS)):
        wide = _wide(mine.filter(kind=kind)).head(_MOST_INPUTS)
        names = {name: told(text) for name, text in words.items()}
        headings = {name: Text.both(name) for name in wide.columns[1:]}
        gap()
        shown = wide.with_columns(pl.col("name").replace(names))
        rows_table(_UNKNOWN[kind], shown, {"name": _NOT_KNOWING, **headings})


def _wide(rows: pl.DataFrame) -> pl.DataFrame:
    """A row for each input that matters, the most important first; a column for each model and class of days."""
    models = {code: told(word("zone_model", code)).replace(" ", "\n") for code in rows["model"].unique()}
    days = {code: told(words) for code, words in _DAYS.items()}
    column = pl.format("{},\n{}", pl.col("model").replace(models), pl.col("days").replace(days))
    wide = rows.with_columns(column=column).pivot("column", index="name", values="mae_more_m3h")
    figures = pl.exclude("name")
    matters = wide.filter(pl.any_horizontal(figures.abs() >= _LEAST_ERROR))
    return matters.sort(pl.mean_horizontal(figures), descending=True)


def _print_dependence(measured: ZoneExplanation, zone: str) -> None:
    rows = measured.dependence
    mine = rows.filter(zone_id=zone).with_columns(
        all_share=rows.filter(pl.col("zone_id").is_null())["share"],
    )
    at = [
        told(_KINDS[int(value)]) if what == "day_type" else f"{value:.0f} {_UNITS[what]}"
        for what, value in mine.select("what", "value").iter_rows()
    ]
    what = pl.col("what").replace({code: told(words) for code, words in _WHAT.items()})
    shares = [pl.Series(name, [_signed(share) for share in mine[name]]) for name in ("share", "all_share")]
    gap()
    say(_OTHERS_EQUAL)
    gap()
    rows_table(_DEPENDS, mine.with_columns(*shares, what, value=pl.Series(at)), _DEPENDENCE)


def _signed(share: float) -> str:
    """A share as per cent with its sign, one below the other."""
    return f"{100 * share:+7.1f} %".replace("-", "−")
