"""The drift page: every figure of `amuna monitor` beside its limit, in one file like the report."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from amuna import __version__
from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.tables import DRIFT
from amuna.domain.text import Text
from amuna.serve.report.drift_strings import MEASURES, SHARES
from amuna.serve.report.numbers import NONE, count, day, share, short_day
from amuna.serve.report.parts import figure, names_of, section, table
from amuna.serve.report.shell import shell, write_whole
from amuna.serve.report.strings import say
from amuna.serve.report.svg import Scale, Size, drawing, label, line, rect, ticks
from amuna.serve.report.text import html, rich
from amuna.serve.report.words import word

_WIDE, _NARROW = Size(1060, 150, left=28), Size(350, 140, left=28)
_HISTORY_DAYS = 60
_COLUMNS = ("measure", "value", "reference", "limit", "state")


def write_drift_page(store: Store, out: Path, *, title: str) -> Path:
    """Write the page of the last findings, whole or not at all.

    Parameters
    ----------
    store
        Store in which `amuna monitor` has left findings.
    out
        File to write; its folder is made if it is missing.
    title
        Name of the utility.

    Raises
    ------
    NotEnoughData
        If nothing was monitored yet.
    """
    rows = store.read(DRIFT)
    if rows.is_empty():
        raise NotEnoughData(
            Text("Aún no se ha vigilado nada.", "Nothing was monitored yet."),
            remedy=Text("Vigile primero: amuna monitor.", "Look first: amuna monitor."),
        )
    return write_whole(render_drift(rows, title=title), out)


def render_drift(rows: pl.DataFrame, *, title: str) -> str:
    """The page of these DRIFT rows as HTML; those of the last cutoff are listed, the others counted."""
    cutoff: date = rows["cutoff"].max()  # type: ignore[assignment]
    last = rows.filter(pl.col("cutoff") == cutoff)
    parts = [_kind(kind, last.filter(pl.col("kind") == kind)) for kind in ("data", "model")]
    return shell(
        title=title,
        version=__version__,
        headline=_headline(last, title, cutoff) + _history(rows, cutoff),
        sections=parts,
    )


def _headline(last: pl.DataFrame, title: str, cutoff: date) -> str:
    judged, drifted = last.filter(pl.col("limit").is_not_null()).height, int(last["drifted"].sum())
    key = "drift.loud" if drifted else "drift.quiet"
    state = html(say("drift.state", day=day(cutoff - timedelta(days=1))))
    checked: datetime = last["checked_at"].max()  # type: ignore[assignment]
    basis = say("drift.basis", checked=f"{checked:%Y-%m-%d %H:%M} UTC")
    return (
        f'<header class="hero"><p class="kicker">{html(title)} <span class="dim">{html(say("drift.page"))} · {state}</span>'
        f"</p><h1>{rich(say(key, drifted=count(drifted), count=count(judged)))}</h1>"
        f'<p class="basis">{html(basis)}</p></header>{_beyond(last.filter("drifted"))}'
    )


def _beyond(drifted: pl.DataFrame) -> str:
    if drifted.is_empty():
        return ""
    return f'<div class="panel"><h3>{html(say("drift_drifted.title"))}</h3>{_table(drifted)}</div>'


def _kind(kind: str, rows: pl.DataFrame) -> str:
    content = f'<div class="panel">{_table(rows)}</div>' if len(rows) else f"<p>{html(say('drift.none'))}</p>"
    return section(f"drift_{kind}", [content], lead=html(say(f"drift_{kind}.lead")))


def _table(rows: pl.DataFrame) -> str:
    order = {measure: place for place, measure in enumerate(MEASURES)}
    place = pl.col("measure").replace_strict(order, default=len(order), return_dtype=pl.Int64)
    cells = [_row(row) for row in rows.sort(place, "part").iter_rows(named=True)]
    return table([say(f"drift.column.{name}") for name in _COLUMNS], cells)


def _row(row: dict[str, object]) -> list[str]:
    measure, part = str(row["measure"]), str(row["part"])
    name = html(MEASURES.get(measure, Text(measure, measure)))
    clients = f' <span class="dim">· {html(word("segment", part))}</span>' if part else ""
    value, usual = (html(_number(measure, row[column])) for column in ("value", "reference"))
    return [name + clients, value, usual, html(_limit(measure, row["limit"], row["reference"])), _state(row)]


def _limit(measure: str, limit: object, reference: object) -> str:
    """The limit with the side on which drift lies."""
    if not isinstance(limit, float):
        return NONE
    below = isinstance(reference, float) and limit < reference
    return f"{'≤' if below else '≥'}\u202f{_number(measure, limit)}"


def _number(measure: str, value: object) -> str:
    if not isinstance(value, float):
        return NONE
    if measure in SHARES:
        return share(value, decimals=1)
    return f"{value:.2f}".replace("-", "−")


def _state(row: dict[str, object]) -> str:
    if row["drifted"]:
        return f"<mark>{html(say('drift.over'))}</mark>"
    return html(say("drift.ok" if row["limit"] is not None else "drift.unjudged"))


def _history(rows: pl.DataFrame, cutoff: date) -> str:
    """Columns of how many figures had passed their limit on each day looked at; nothing for a single day."""
    days = rows.filter(pl.col("cutoff") > cutoff - timedelta(days=_HISTORY_DAYS))
    counted = days.group_by("cutoff").agg(pl.col("drifted").sum()).sort("cutoff")
    if len(counted) < 2:
        return ""
    first, most = counted["cutoff"][0], int(counted["drifted"].max() or 0)  # type: ignore[arg-type]
    says = say("drift_history.says", first=day(first), last=day(cutoff), most=count(most))

    def draw(size: Size) -> str:
        across = Scale(first.toordinal(), cutoff.toordinal() + 1, *size.x)
        marks = ticks(0, max(most, 4), about=2)
        up = Scale(0, marks[-1], *size.y)
        grid = "".join(
            line((size.x[0], up(mark)), (size.x[1], up(mark)), "grid")
            + label((size.x[0] - 6, up(mark) + 4), count(mark), anchor="end")
            for mark in marks
        )
        wide = max((size.x[1] - size.x[0]) / (cutoff - first + timedelta(days=1)).days - 2.0, 1.0)
        columns = "".join(
            rect((across(at.toordinal()), up(n)), wide, up(0) - up(n), "column worse")
            for at, n in counted.iter_rows()
            if n
        )
        edges = label((size.x[0], size.height - 6), short_day(first)) + label(
            (size.x[1], size.height - 6), short_day(cutoff), anchor="end"
        )
        return drawing(
            size, grid + columns + edges, labelled_by=names_of("drift_history", says=True), style="history"
        )

    unit = say("drift_history.unit", days=count(len(counted)))
    return figure("drift_history", draw, wide=_WIDE, narrow=_NARROW, unit=unit, says=says)
