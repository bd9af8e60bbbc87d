"""Every client: how their errors compare with last week's, which models serve them, and how the fits went."""

from __future__ import annotations

import json

import polars as pl

from amuna.domain.text import Text
from amuna.serve.report.headline import better_share
from amuna.serve.report.numbers import count, share
from amuna.serve.report.parts import bar, figure, names_of, section, table
from amuna.serve.report.strings import say
from amuna.serve.report.svg import Scale, Size, drawing, label, line, rect, ticks
from amuna.serve.report.text import html
from amuna.serve.report.words import word
from amuna.workflows.report import ReportData


def spread(data: ReportData) -> str:
    """The section."""
    better = better_share(data.ratios)
    content = [_tables(data)]
    lead = ""
    if better is not None:
        lead = html(say("spread.lead", better=share(better), worse=share(1 - better)))
        left_out = int(data.champions["accounts"].sum()) - int(data.ratios["accounts"].sum())
        content.insert(0, _ratios(data.ratios, left_out=left_out))
    return section("spread", content, lead=lead)


def _ratios(ratios: pl.DataFrame, *, left_out: int) -> str:
    return figure(
        "ratio",
        lambda size: histogram(ratios, size),
        wide=Size(1060, 250, left=56),
        narrow=Size(350, 220, left=48),
        unit=say("ratio.unit", left_out=count(left_out)),
    )


def histogram(ratios: pl.DataFrame, size: Size) -> str:
    """Bars of accounts by ratio; those better than last week and those worse differ in colour and side."""
    axis = ticks(0, max(float(ratios["accounts"].max()), 1.0))  # type: ignore[arg-type]
    step = float(ratios["high"][0] - ratios["low"][0])
    last = float(ratios["low"][-1])
    x, y = Scale(0, last + step, *size.x), Scale(0, axis[-1], *size.y)
    content = [
        line((size.x[0], y(tick)), (size.x[1], y(tick)), "axis" if tick == 0 else "grid")
        + label((size.x[0] - 6, y(tick) + 3.5), count(tick), anchor="end")
        for tick in axis
        if tick == int(tick)
    ]
    for low, accounts in ratios.select("low", "accounts").iter_rows():
        style = "better" if low < 1 - 1e-9 else "worse"
        height = 0.0 if accounts == 0 else max(y(0) - y(accounts), 1.0)
        content.append(
            rect((x(low) + 1, size.y[0] - height), x(low + step) - x(low) - 2, height, f"column {style}")
        )
    every = 0.5 if size.width < 400 else 0.2
    marks = [i * every for i in range(round(last / every) + 1)]
    content += [
        label((x(mark), size.y[0] + 16), f"{mark:g}{'+' if mark == last else ''}", anchor="middle")
        for mark in marks
    ]
    content += [
        line((x(1), size.y[0]), (x(1), size.y[1] - 6), "now"),
        label((x(1) - 6, size.y[1]), say("ratio.better"), "name champion", anchor="end"),
        label((x(1) + 6, size.y[1]), say("ratio.worse"), "name worse"),
    ]
    return drawing(
        size, "".join(content), labelled_by=names_of("ratio"), style="bars", readout=_readout(ratios, x, step)
    )


def _readout(ratios: pl.DataFrame, x: Scale, step: float) -> str:
    texts = [
        say("ratio.above", low=f"{low:.1f}")
        if high is None
        else say("ratio.bin", low=f"{low:.1f}", high=f"{high:.1f}")
        for low, high in ratios.select("low", "high").iter_rows()
    ]
    return json.dumps(
        {
            "x": [round(x(low + step / 2), 1) for low in ratios["low"]],
            "t": {"es": [text.es for text in texts], "en": [text.en for text in texts]},
            "u": "",
            "s": [{"k": "clients", "v": [count(accounts) for accounts in ratios["accounts"]]}],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _tables(data: ReportData) -> str:
    parts = "".join(
        f'<div class="panel"><h3>{html(say(f"{name}.title"))}</h3><p class="unit">{html(say(f"{name}.unit"))}</p>'
        f"{_counts(data.champions, column, kind)}</div>"
        for name, column, kind in (("champions", "champion", "model"), ("statuses", "status", "status"))
    )
    return f'<div class="pair">{parts}</div>'


def _counts(champions: pl.DataFrame, column: str, kind: str) -> str:
    counts = (
        champions.group_by(column)
        .agg(pl.col("accounts").sum())
        .sort("accounts", column, descending=[True, False])
    )
    total = counts["accounts"].sum()
    rows = [
        [html(word(kind, name)), html(count(n)), html(share(n / total, decimals=1)) + bar(n / total)]
        for name, n in counts.iter_rows()
    ]
    headings = [
        say("client.model" if kind == "model" else "client.status"),
        say("column.clients"),
        Text("%", "%"),
    ]
    return table(headings, rows)
