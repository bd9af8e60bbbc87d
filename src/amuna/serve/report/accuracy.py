"""Accuracy: every model on the same days, by lead, by kind of client, and of forecasts stored before the day came."""

from __future__ import annotations

import json
from itertools import pairwise

import polars as pl

from amuna.domain.text import Text
from amuna.serve.report.numbers import change, count, scaled, share, volume
from amuna.serve.report.parts import bar, figure, names_of, section, table
from amuna.serve.report.strings import say
from amuna.serve.report.svg import (
    Scale,
    Size,
    curve,
    diamond,
    dot,
    drawing,
    label,
    line,
    ticks,
)
from amuna.serve.report.text import html
from amuna.serve.report.words import word
from amuna.workflows.evaluate import EvaluateReport

_STYLES = {"champion": "champion", "last_week": "baseline"}


def accuracy(found: EvaluateReport | None) -> str:
    """The section."""
    if found is None:
        return section("accuracy", [], lead=html(say("accuracy.none")))
    pair = f'<div class="pair">{_models(found.models)}{_leads(found.leads)}</div>'
    return section(
        "accuracy", [pair, _stored(found.stored), _groups(found.segments)], lead=html(say("accuracy.lead"))
    )


def _models(models: pl.DataFrame) -> str:
    wide, narrow = 34 + 34 * len(models), 34 + 42 * len(models)
    ranking = ", ".join(f"{{m{i}}} {scaled(value)}" for i, value in enumerate(models["mase"]))
    names = {f"m{i}": word("model", code) for i, code in enumerate(models["model"])}
    return figure(
        "models",
        lambda size: model_dots(models, size),
        wide=Size(520, wide, left=228, right=84, top=4, bottom=26),
        narrow=Size(350, narrow, left=4, right=8, top=4, bottom=26),
        unit=say("models.unit"),
        says=say("models.says", ranking=Text(ranking, ranking).fill(**names)),
    )


def model_dots(models: pl.DataFrame, size: Size) -> str:
    """Mean and median MASE of every model, the best on top; names and numbers beside the dots, or above for want of room."""
    axis = ticks(
        0, max(1.0, float(models.select(pl.max_horizontal("mase", "median_mase").max()).item())), about=5
    )
    beside = size.left > 100
    x = Scale(0, axis[-1], size.x[0] + 4, size.x[1] - 8)
    bottom, step = size.y[0], (size.y[0] - size.y[1]) / len(models)
    content = [
        line((x(tick), bottom), (x(tick), size.y[1]), "axis" if tick == 0 else "grid")
        + label((x(tick), bottom + 16), f"{tick:g}", anchor="middle")
        for tick in axis
    ]
    for place, row in enumerate(models.iter_rows(named=True)):
        style = _STYLES.get(row["model"], "other")
        y = size.y[1] + step * (place + (0.5 if beside else 0.72))
        mean, middle = (x(row["mase"]), y), (x(row["median_mase"]), y)
        numbers = f"{scaled(row['mase'])} · {scaled(row['median_mase'])}"
        content += [
            label((2, y + 4) if beside else (x(0) + 4, y - 10), word("model", row["model"]), f"name {style}"),
            label((size.width - 2, y + 4 if beside else y - 10), numbers, f"name {style}", anchor="end"),
            line(mean, middle, f"reach {style}"),
            diamond(middle, 4.4, f"hollow {style}"),
            dot(mean, 5, f"solid {style}"),
        ]
    return drawing(size, "".join(content), labelled_by=names_of("models", says=True), style="dots")


def _leads(leads: pl.DataFrame) -> str:
    if leads.is_empty():
        return ""
    ends = (leads.row(0, named=True), leads.row(-1, named=True))
    return figure(
        "leads",
        lambda size: lead_lines(leads, size),
        wide=Size(520, 262, left=36, right=12, bottom=38),
        narrow=Size(350, 230, left=36, right=12, bottom=38),
        unit=say("leads.unit"),
        says=say(
            "leads.says",
            first=scaled(ends[0]["mase"]),
            last=scaled(ends[1]["mase"]),
            leads=str(ends[1]["lead"]),
            baseline_first=scaled(ends[0]["baseline_mase"]),
            baseline_last=scaled(ends[1]["baseline_mase"]),
        ),
    )


def lead_lines(leads: pl.DataFrame, size: Size) -> str:
    """MASE of the chosen models and of last week at every lead, from zero."""
    top = float(leads.select(pl.max_horizontal("mase", "baseline_mase").max()).item() or 1.0)
    axis = ticks(0, top, about=5)
    last = int(leads["lead"][-1])
    x, y = Scale(1, max(last, 2), size.x[0] + 8, size.x[1] - 8), Scale(0, axis[-1], *size.y)
    content = [
        line((size.x[0], y(tick)), (size.x[1], y(tick)), "axis" if tick == 0 else "grid")
        + label((size.x[0] - 6, y(tick) + 3.5), f"{tick:g}", anchor="end")
        for tick in axis
    ]
    every = 1 if last <= 16 and size.width > 400 else max(1, round(last / 7))
    content += [
        label((x(lead), size.y[0] + 15), str(lead), anchor="middle")
        for lead in leads["lead"]
        if (lead - 1) % every == 0
    ]
    content.append(
        label((sum(size.x) / 2, size.height - 4), say("leads.axis"), "tick quiet", anchor="middle")
    )
    for name, style, shift in (("baseline_mase", "baseline", -9), ("mase", "champion", 17)):
        points = [
            None if value is None else (x(lead), y(value))
            for lead, value in leads.select("lead", name).iter_rows()
        ]
        known = [point for point in points if point is not None]
        key = "leads.champion" if name == "mase" else "leads.baseline"
        content += [curve(points, f"stroke {style}"), *(dot(point, 2.6, f"solid {style}") for point in known)]
        if known:
            middle = known[len(known) // 2]
            content.append(label((middle[0], middle[1] + shift), say(key), f"name {style}", anchor="middle"))
    return drawing(
        size,
        "".join(content),
        labelled_by=names_of("leads", says=True),
        style="lines",
        readout=_lead_readout(leads, x),
    )


def _lead_readout(leads: pl.DataFrame, x: Scale) -> str:
    texts = [say("leads.at", lead=str(lead)) for lead in leads["lead"]]
    return json.dumps(
        {
            "x": [round(x(lead), 1) for lead in leads["lead"]],
            "t": {"es": [text.es for text in texts], "en": [text.en for text in texts]},
            "u": "",
            "s": [
                {"k": "champion", "v": [scaled(value) for value in leads["mase"]]},
                {"k": "baseline", "v": [scaled(value) for value in leads["baseline_mase"]]},
            ],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _stored(stored: pl.DataFrame) -> str:
    heading = f"<h3>{html(say('stored.title'))}</h3>"
    if stored.is_empty():
        return f'<div class="panel">{heading}<p class="note">{html(say("stored.none"))}</p></div>'
    names = ("lead", "forecasts", "mae", "baseline_mae", "change", "held80", "held95")
    rows = [
        [
            html(str(row["lead"])),
            html(count(row["forecasts"])),
            html(volume(row["mae_m3"])),
            html(volume(row["baseline_mae_m3"])),
            html(change(row["mae_m3"], row["baseline_mae_m3"])),
            _coverage(row["coverage80"], 0.8),
            _coverage(row["coverage95"], 0.95),
        ]
        for row in stored.iter_rows(named=True)
    ]
    return (
        f'<div class="panel">{heading}<p class="unit">{html(say("stored.unit"))}</p>'
        f"{table([say(f'column.{name}') for name in names], rows)}"
        f'<p class="note">{html(say("stored.caution"))}</p></div>'
    )


def _coverage(found: float, wanted: float) -> str:
    return html(share(found, decimals=1)) + bar(found, mark=wanted)


def _groups(segments: pl.DataFrame) -> str:
    """Accuracy by segment, where accounts have one, and by how their use behaves."""
    known = segments.filter((pl.col("kind") != "segment") | (pl.col("name") != "unknown"))
    shown = segments if (known["kind"] == "segment").any() else known
    rows = [
        [
            html(word(row["kind"], row["name"])),
            html(count(row["accounts"])),
            html(scaled(row["mase"])),
            html(scaled(row["baseline_mase"])),
            _left(row["mase"], row["baseline_mase"]),
        ]
        for row in shown.iter_rows(named=True)
    ]
    breaks = [a != b for a, b in pairwise(shown["kind"])]
    style = f"split-{breaks.index(True) + 1}" if any(breaks) else ""
    names = ("kind", "clients", "mase", "baseline_mase", "change")
    return (
        f'<div class="panel" id="groups"><h3>{html(say("groups.title"))}</h3><p class="unit">{html(say("groups.unit"))}</p>'
        f"{table([say(f'column.{name}') for name in names], rows, style=style)}</div>"
    )


def _left(mase: float | None, baseline: float | None) -> str:
    text = html(change(mase, baseline))
    if mase is None or baseline is None or not baseline > 0:
        return text
    ratio = mase / baseline
    return text + bar(ratio, style="" if ratio <= 1 else "over", limit=1.25, mark=1.0)
