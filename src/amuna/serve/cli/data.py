"""`amuna check`, `quarantine`, `export` and `simulate`: what is in the store, out of it, and made up for it."""

from __future__ import annotations

from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from amuna.serve.cli.app import AsJson, open_store, open_workspace
from amuna.serve.cli.output import console, facts, print_json, rows_table, say


class _Format(Enum):
    PARQUET = "parquet"
    CSV = "csv"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (check, quarantine, export, simulate):
        app.command(rich_help_panel="Data")(command)


def check(as_json: AsJson = False) -> None:
    """What came in: gaps, duplicates, resets, zeros, outliers, refused rows."""
    from amuna.workflows.check import check as run

    with open_store(open_workspace(), read_only=True) as store:
        report = run(store=store)
    if as_json:
        print_json(report)
        return
    facts(
        "Daily consumption",
        {
            "accounts": report.accounts,
            "days": f"{report.first_day} to {report.last_day}" if report.rows else None,
            "rows": report.rows,
            "by flag": report.flags,
            "missing days": report.missing_days,
            "days of 0 m³": report.zero_days,
            "outlier days": f"{report.outlier_days:,} (above 10 × the account's mean)",
            "corrected": f"{report.corrected_days:,} (both versions kept)",
            "duplicates": f"{report.duplicate_rows:,} rows that said nothing new",
            "silent accounts": f"{report.silent_accounts:,} without a row in the last 7 days",
            "refused": report.refused,
            "registers": report.registers,
        },
    )
    if report.rows:
        names = {
            "account_id": "account",
            "days": "days",
            "missing": "missing",
            "zeros": "zeros",
            "outliers": "outliers",
        }
        rows_table("Most gaps", report.worst.head(5), names)
    if report.refused:
        console.print("[dim]See the refused rows with[/] [cyan]amuna quarantine[/]")


def quarantine(
    reason: Annotated[str | None, typer.Option(help="Only rows refused for this reason.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most rows to show.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Refused rows, with the reason, what to do and the original text."""
    from amuna.workflows.check import quarantine as run

    with open_store(open_workspace(), read_only=True) as store:
        rows = run(store=store, reason=reason, limit=limit)
    if as_json:
        print_json({"rows": rows})
    elif rows.is_empty():
        console.print("Nothing is in quarantine.")
    else:
        for row in rows.iter_rows(named=True):
            facts(
                f"{row['source']}, row {row['row']:,}",
                {
                    "reason": row["reason"] + (f" in {row['field']}" if row["field"] else ""),
                    "what to do": row["detail"],
                    "original": row["original"],
                },
            )


def export(
    table: Annotated[
        str, typer.Argument(help="consumption, forecasts, models, evidence, quarantine … (amuna export list)")
    ],
    file: Annotated[
        Path | None, typer.Argument(help="File to write; ends in .csv, .parquet or .json")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write any table to CSV, Parquet or JSON; `amuna export list` names the tables."""
    from amuna.domain.tables import TABLES
    from amuna.workflows.export import export as run
    from amuna.workflows.export import find_table

    if table == "list":
        columns = {t.name: ", ".join(t.names) for t in TABLES}
        print_json(columns) if as_json else facts("Tables", columns)
        return
    find_table(table)
    if file is None:
        raise typer.BadParameter(f"name the file to write, such as {table}.csv", param_hint="FILE")
    with open_store(open_workspace(), read_only=True) as store:
        report = run(table, file, store=store)
    print_json(report) if as_json else say(f"{report.rows:,} rows of {report.table} in {report.file}")


def simulate(
    folder: Annotated[Path, typer.Argument(help="Where to write the feed and its truth.")] = Path("feed"),
    accounts: Annotated[int, typer.Option(min=1, help="Accounts.")] = 27_000,
    days: Annotated[int, typer.Option(min=1, help="Days of history.")] = 730,
    start: Annotated[
        date, typer.Option(parser=_day, metavar="YYYY-MM-DD", help="First day, as 2024-01-01.")
    ] = date(2024, 1, 1),
    seed: Annotated[int, typer.Option(help="The same seed gives the same utility.")] = 1,
    new_days: Annotated[int, typer.Option(min=1, help="Last days, kept apart in new_day.")] = 1,
    file_format: Annotated[
        _Format, typer.Option("--format", help="Of the files with consumption.")
    ] = _Format.PARQUET,
    as_json: AsJson = False,
) -> None:
    """A seeded utility with its truth: accounts, zones, weather, meter faults, leaks, frauds and the feed it exports."""
    import time

    from amuna.simulation import UtilitySettings, write_feed
    from amuna.simulation import simulate as run
    from amuna.simulation.files import FileFormat

    started = time.perf_counter()
    utility = run(UtilitySettings(accounts=accounts, days=days, start=start), seed=seed)
    ending: FileFormat = "csv" if file_format is _Format.CSV else "parquet"
    files = write_feed(utility, folder, new_days=new_days, file_format=ending)
    seconds = time.perf_counter() - started
    if as_json:
        print_json({"files": files, "accounts": accounts, "days": days, "seed": seed, "seconds": seconds})
        return
    facts(
        f"Simulated {accounts:,} accounts × {days:,} days in {seconds:.1f} s",
        {
            "history": files.consumption,
            "new day": files.new_day,
            "accounts": files.accounts,
            "truth": sorted(files.truth),
        },
    )


def _day(text: str | date) -> date:
    """A day as people write it on a command line; typer hands the default through."""
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is no day; write it as 2024-01-31") from None
