"""The page: every section in one file, with its style sheet and script inside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from amuna.domain.ports import Store
from amuna.serve.report.accuracy import accuracy
from amuna.serve.report.clients import clients
from amuna.serve.report.headline import headline
from amuna.serve.report.quality import quality
from amuna.serve.report.reading import reading
from amuna.serve.report.spread import spread
from amuna.serve.report.strings import STRINGS, say
from amuna.serve.report.text import html
from amuna.serve.report.timings import timings
from amuna.workflows.report import ReportData, report


def write_report(store: Store, out: Path, *, title: str, timings: Mapping[str, float] | None = None) -> Path:
    """Write the report page of the serving run, whole or not at all.

    Parameters
    ----------
    store
        Store with a trained run; nothing is written to it.
    out
        File to write; its folder is made if it is missing.
    title
        Name of the utility.
    timings
        Seconds that steps took, by name: simulate, ingest, check, train, forecast, update, evaluate, report or
        another name, which is shown as it is [s].

    Returns
    -------
    Path
        The file.

    Raises
    ------
    NotEnoughData
        If nothing was trained.
    """
    text = render(report(store=store), title=title, timings=timings)
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(out.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(out)
    return out


def render(data: ReportData, *, title: str, timings: Mapping[str, float] | None = None) -> str:
    """The page as HTML."""
    return Template(_file("page.html")).substitute(
        title=escape(title),
        style=_file("page.css"),
        script=_file("page.js"),
        words=_words(),
        skip=html(say("page.skip")),
        language=escape(f"{say('page.language').es} / {say('page.language').en}"),
        headline=headline(data, title),
        sections="".join(_sections(data, timings)),
        made=html(say("page.made", version=data.code_version)),
    )


def _sections(data: ReportData, timed: Mapping[str, float] | None) -> list[str]:
    return [
        accuracy(data.accuracy),
        clients(data),
        spread(data),
        quality(data),
        timings(data, timed),
        reading(),
    ]


def _words() -> str:
    """The strings that the script needs, as JSON that cannot end its script element."""
    read = {key.removeprefix("read."): text for key, text in STRINGS.items() if key.startswith("read.")}
    chosen = {
        "es": {key: text.es for key, text in read.items()},
        "en": {key: text.en for key, text in read.items()},
    }
    return json.dumps(chosen, ensure_ascii=False).replace("<", "\\u003c")


def _file(name: str) -> str:
    return (files("amuna.serve.report") / name).read_text(encoding="utf-8")
