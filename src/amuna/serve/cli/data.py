"""`amuna check`, `quarantine`, `export` and `simulate`: what is in the store, out of it, and made up for it."""

from __future__ import annotations

from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from amuna.domain.text import Text
from amuna.serve.cli.app import AsJson, open_store, open_workspace
from amuna.serve.cli.language import DATA, told
from amuna.serve.cli.output import console, facts, print_json, rows_table, say
from amuna.serve.cli.shown import gap
from amuna.serve.report.words import WORDS

_CHECK = Text(
    "Muestra qué llegó: días faltantes, duplicados, reinicios, ceros, valores extremos, filas rechazadas.",
    "What came in: gaps, duplicates, resets, zeros, outliers, refused rows.",
)
_QUARANTINE = Text(
    "Muestra las filas rechazadas, con el motivo, qué hacer y el texto original.",
    "Refused rows, with the reason, what to do and the original text.",
)
_REASON = Text("Solo las filas rechazadas por este motivo.", "Only rows refused for this reason.")
_LIMIT = Text("Máximo de filas que se muestran.", "Most rows to show.")
_EXPORT = Text(
    "Escribe cualquier tabla en CSV, Parquet o JSON; `amuna export list` da los nombres de las tablas.",
    "Write any table to CSV, Parquet or JSON; `amuna export list` names the tables.",
)
_TABLE = Text(
    "consumption, forecasts, models, evidence, quarantine … (amuna export list)",
    "consumption, forecasts, models, evidence, quarantine … (amuna export list)",
)
_FILE = Text(
    "Archivo que se escribe; termina en .csv, .parquet o .json.",
    "File to write; ends in .csv, .parquet or .json",
)
_SIMULATE = Text(
    "Escribe una empresa de agua simulada y su verdad: cuentas, zonas, clima, fallas de medidores, fugas, fraudes y el archivo de datos que entrega.",
    "A seeded utility with its truth: accounts, zones, weather, meter faults, leaks, frauds and the feed it exports.",
)
_FOLDER = Text("Dónde se escriben los datos y su verdad.", "Where to write the feed and its truth.")
_ACCOUNTS = Text("Cuentas.", "Accounts.")
_DAYS = Text("Días de historia.", "Days of history.")
_DAY = Text("AAAA-MM-DD", "YYYY-MM-DD")
_START = Text("Primer día, como 2024-01-01.", "First day, as 2024-01-01.")
_SEED = Text("La misma semilla da la misma empresa.", "The same seed gives the same utility.")
_NEW_DAYS = Text("Últimos días, aparte en new_day.", "Last days, kept apart in new_day.")
_ENDING = Text("De los archivos con el consumo.", "Of the files with consumption.")
_GAPS = {
    "account_id": Text("cuenta", "account"),
    "days": Text("días", "days"),
    "missing": Text("faltan", "missing"),
    "zeros": Text("ceros", "zeros"),
    "outliers": Text("extremos", "outliers"),
}


class _Format(Enum):
    PARQUET = "parquet"
    CSV = "csv"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command, purpose in (
        (check, _CHECK),
        (quarantine, _QUARANTINE),
        (export, _EXPORT),
        (simulate, _SIMULATE),
    ):
        app.command(help=told(purpose), rich_help_panel=told(DATA))(command)


def check(as_json: AsJson = False) -> None:
    """What came in: gaps, duplicates, resets, zeros, outliers, refused rows."""
    from amuna.workflows.check import check as run

    with open_store(open_workspace(), read_only=True) as store:
        report = run(store=store)
    if as_json:
        print_json(report)
        return
    facts(
        Text("Consumo diario", "Daily consumption"),
        {
            Text("cuentas", "accounts"): report.accounts,
            Text("días", "days"): Text("{first} a {last}", "{first} to {last}").fill(
                first=report.first_day, last=report.last_day
            )
            if report.rows
            else None,
            Text("filas", "rows"): report.rows,
            Text("por marca", "by flag"): report.flags,
            Text("días faltantes", "missing days"): report.missing_days,
            Text("días de 0 m³", "days of 0 m³"): report.zero_days,
            Text("días extremos", "outlier days"): Text(
                "{n:,} (más de 10 × la media de la cuenta)", "{n:,} (above 10 × the account's mean)"
            ).fill(n=report.outlier_days),
            Text("corregidos", "corrected"): Text(
                "{n:,} (se conservan ambas versiones)", "{n:,} (both versions kept)"
            ).fill(n=report.corrected_days),
            Text("duplicados", "duplicates"): Text(
                "{n:,} filas que no decían nada nuevo", "{n:,} rows that said nothing new"
            ).fill(n=report.duplicate_rows),
            Text("cuentas en silencio", "silent accounts"): Text(
                "{n:,} sin ninguna fila en los últimos 7 días", "{n:,} without a row in the last 7 days"
            ).fill(n=report.silent_accounts),
            Text("rechazadas", "refused"): report.refused,
            Text("registros de medidores", "registers"): report.registers,
        },
    )
    if report.rows:
        gap()
        rows_table(Text("Cuentas con más días faltantes", "Most gaps"), report.worst.head(5), _GAPS)
    if report.refused:
        gap()
        see = Text("Vea las filas rechazadas con", "See the refused rows with")
        console.print(f"[dim]{told(see)}[/] [cyan]amuna quarantine[/]")


def quarantine(
    reason: Annotated[str | None, typer.Option(help=told(_REASON))] = None,
    limit: Annotated[int, typer.Option(min=1, help=told(_LIMIT))] = 20,
    as_json: AsJson = False,
) -> None:
    """Refused rows, with the reason, what to do and the original text."""
    from amuna.workflows.check import quarantine as run

    with open_store(open_workspace(), read_only=True) as store:
        rows = run(store=store, reason=reason, limit=limit)
    if as_json:
        print_json({"rows": rows})
    elif rows.is_empty():
        say(Text("No hay nada en cuarentena.", "Nothing is in quarantine."))
    else:
        _print_refused(rows)


def _print_refused(rows: pl.DataFrame) -> None:
    for number, row in enumerate(rows.iter_rows(named=True)):
        if number:
            gap()
        code = row["reason"]
        place = Text("{reason} en {field}", "{reason} in {field}") if row["field"] else Text.both("{reason}")
        named, remedy = WORDS["reason"].get(code), WORDS["remedy"].get(code)
        reason = Text(f"{named.es} ({code})" if named else code, code)
        facts(
            Text("{source}, fila {row:,}", "{source}, row {row:,}").fill(
                source=row["source"], row=row["row"]
            ),
            {
                Text("motivo", "reason"): place.fill(reason=reason, field=row["field"]),
                Text("qué hacer", "what to do"): Text(remedy.es if remedy else row["detail"], row["detail"]),
                Text("original", "original"): row["original"],
            },
        )


def export(
    table: Annotated[str, typer.Argument(help=told(_TABLE))],
    file: Annotated[Path | None, typer.Argument(help=told(_FILE))] = None,
    as_json: AsJson = False,
) -> None:
    """Write any table to CSV, Parquet or JSON; `amuna export list` names the tables."""
    from amuna.domain.tables import TABLES
    from amuna.workflows.export import export as run
    from amuna.workflows.export import find_table

    if table == "list":
        columns = {t.name: ", ".join(t.names) for t in TABLES}
        if as_json:
            print_json(columns)
        else:
            facts(Text("Tablas", "Tables"), {Text.both(name): value for name, value in columns.items()})
        return
    find_table(table)
    if file is None:
        unnamed = Text(
            "indique el archivo que se escribirá, como {table}.csv",
            "name the file to write, such as {table}.csv",
        )
        raise typer.BadParameter(told(unnamed.fill(table=table)), param_hint="FILE")
    with open_store(open_workspace(), read_only=True) as store:
        report = run(table, file, store=store)
    written = Text("{rows:,} filas de {table} en {file}", "{rows:,} rows of {table} in {file}")
    print_json(report) if as_json else say(
        written.fill(rows=report.rows, table=report.table, file=report.file)
    )


def simulate(
    folder: Annotated[Path, typer.Argument(help=told(_FOLDER))] = Path("feed"),
    accounts: Annotated[int, typer.Option(min=1, help=told(_ACCOUNTS))] = 27_000,
    days: Annotated[int, typer.Option(min=1, help=told(_DAYS))] = 730,
    start: Annotated[date, typer.Option(parser=_day, metavar=told(_DAY), help=told(_START))] = date(
        2024, 1, 1
    ),
    seed: Annotated[int, typer.Option(help=told(_SEED))] = 1,
    new_days: Annotated[int, typer.Option(min=1, help=told(_NEW_DAYS))] = 1,
    file_format: Annotated[_Format, typer.Option("--format", help=told(_ENDING))] = _Format.PARQUET,
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
        Text(
            "Simuladas {accounts:,} cuentas × {days:,} días en {seconds:.1f} s",
            "Simulated {accounts:,} accounts × {days:,} days in {seconds:.1f} s",
        ).fill(accounts=accounts, days=days, seconds=seconds),
        {
            Text("historia", "history"): files.consumption,
            Text("día nuevo", "new day"): files.new_day,
            Text("cuentas", "accounts"): files.accounts,
            Text("verdad", "truth"): sorted(files.truth),
        },
    )


def _day(text: str | date) -> date:
    """A day as people write it on a command line; typer hands the default through."""
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError:
        said = Text(
            "'{text}' no es un día; escríbalo como 2024-01-31", "'{text}' is no day; write it as 2024-01-31"
        )
        raise typer.BadParameter(told(said.fill(text=text))) from None
