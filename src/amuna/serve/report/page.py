"""The page: every section in one file, with its style sheet and script inside."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from amuna.domain.ports import Store
from amuna.serve.report.accuracy import accuracy
from amuna.serve.report.clients import clients
from amuna.serve.report.headline import headline
from amuna.serve.report.quality import quality
from amuna.serve.report.reading import reading
from amuna.serve.report.shell import shell, write_whole
from amuna.serve.report.spread import spread
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
    return write_whole(render(report(store=store), title=title, timings=timings), out)


def render(data: ReportData, *, title: str, timings: Mapping[str, float] | None = None) -> str:
    """The page as HTML."""
    return shell(
        title=title,
        version=data.code_version,
        headline=headline(data, title),
        sections=_sections(data, timings),
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
