"""Data quality: what came in, what was refused and why, with the rows as they came."""

from __future__ import annotations

import json
from html import escape
from pathlib import PurePath

import polars as pl

from amuna.domain.text import Text
from amuna.serve.report.numbers import count, share
from amuna.serve.report.parts import code, section, table, tile
from amuna.serve.report.strings import say
from amuna.serve.report.text import html
from amuna.serve.report.words import WORDS, word
from amuna.workflows.check import CheckReport
from amuna.workflows.report import ReportData

_WORST = 5  # accounts with gaps that are listed
_LONGEST = 400  # characters of a refused row that are shown


def quality(data: ReportData) -> str:
    """The section."""
    content = [
        f'<dl class="tiles small">{_tiles(data.check)}</dl>',
        _counted("quality.flags", "flags", "flag", data.check.flags, shown=set(data.check.flags) - {"ok"}),
        _counted(
            "quality.registers",
            "decisions",
            "register",
            data.check.registers,
            shown=set(data.check.registers),
        ),
        _refused(data),
        _worst(data.check.worst.filter(pl.col("missing") > 0).head(_WORST)),
    ]
    return section("quality", content, lead=html(say("quality.lead")))


def _tiles(check: CheckReport) -> str:
    expected = check.rows + check.missing_days
    return "".join(
        tile(count(number), name)
        for number, name in (
            (check.rows, say("quality.rows")),
            (check.missing_days, say("quality.missing", share=_of(check.missing_days, expected))),
            (check.zero_days, say("quality.zeros", share=_of(check.zero_days, check.rows))),
            (check.outlier_days, say("quality.outliers")),
            (check.corrected_days, say("quality.corrected")),
            (check.duplicate_rows, say("quality.duplicates")),
            (check.silent_accounts, say("quality.silent")),
            (sum(check.refused.values()), say("quality.refused")),
        )
    )


def _of(part: int, whole: int) -> str:
    return share(part / whole, decimals=1) if whole else share(0.0)


def _counted(key: str, place: str, kind: str, counts: dict[str, int], *, shown: set[str]) -> str:
    """A sentence that lists counts by code; nothing where there is none worth telling."""
    if not shown:
        return ""
    words = {f"w{i}": word(kind, name) for i, name in enumerate(counts)}
    listing = ", ".join(f"{{w{i}}} {count(n)}" for i, n in enumerate(counts.values()))
    return f'<p class="note">{html(say(key, **{place: Text(listing, listing).fill(**words)}))}</p>'


def _refused(data: ReportData) -> str:
    heading = f"<h3>{html(say('refused.title'))}</h3>"
    if not data.check.refused:
        return f'<div class="panel">{heading}<p class="note">{html(say("refused.none"))}</p></div>'
    reasons = "".join(
        _reason(name, n, data.refused.filter(pl.col("reason") == name))
        for name, n in data.check.refused.items()
    )
    return f'<div class="panel">{heading}{reasons}</div>'


def _reason(name: str, rows: int, examples: pl.DataFrame) -> str:
    remedy = word("remedy", name) if name in WORDS["remedy"] else _remedy_as_came(examples)
    items = "".join(_example(row) for row in examples.iter_rows(named=True))
    number = say("refused.row") if rows == 1 else say("refused.rows", rows=count(rows))
    return (
        f'<div class="reason"><h4>{html(word("reason", name))} <span class="dim">'
        f"{html(number)}</span></h4><p>{html(remedy)}</p><ul>{items}</ul></div>"
    )


def _remedy_as_came(examples: pl.DataFrame) -> str:
    return "" if examples.is_empty() else str(examples["detail"][0])


def _example(row: dict[str, object]) -> str:
    """A refused row: its cells, the one at fault standing out, and where it stands; folders are left out."""
    where = say("refused.at", row=count(int(str(row["row"]))), source=PurePath(str(row["source"])).name)
    return f"<li>{_original(str(row['original']), str(row['field']))}<small>{html(where)}</small></li>"


def _original(text: str, field: str) -> str:
    try:
        cells = json.loads(text)
    except json.JSONDecodeError:
        cells = None
    if not isinstance(cells, dict):
        return code(text[:_LONGEST])
    shown = "<br>".join(
        f"<mark>{cell}</mark>" if name == field else cell
        for name, cell in ((name, _cell(str(name), value)) for name, value in cells.items())
    )
    return f'<code translate="no">{shown}</code>'


def _cell(name: str, value: object) -> str:
    return escape(f"{name}: {value}"[:_LONGEST])


def _worst(worst: pl.DataFrame) -> str:
    if worst.is_empty():
        return ""
    names = ("account", "days", "missing", "zeros", "outliers")
    rows = [[html(str(row[0])), *(html(count(value)) for value in row[1:])] for row in worst.iter_rows()]
    return (
        f'<div class="panel"><h3>{html(say("worst.title"))}</h3>'
        f"{table([say(f'column.{name}') for name in names], rows)}</div>"
    )
