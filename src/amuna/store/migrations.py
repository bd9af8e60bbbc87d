"""Bringing a store written by an older Amuna to the present tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from amuna.domain.errors import StoreBroken
from amuna.domain.table import Table
from amuna.domain.tables import QUANTILE_COLUMNS, TABLES
from amuna.domain.text import Text
from amuna.store.schema import stored_columns
from amuna.store.session import Session
from amuna.store.transactions import Transactions


@dataclass(frozen=True)
class Migration:
    """One numbered step: the statements that bring a store of the previous number to this one.

    A new table needs no statement, since missing tables are created from their contracts; a column that
    is added, renamed or removed does.
    """

    number: int
    name: str
    statements: tuple[str, ...] = ()


def _side_by_side(table: str, key: tuple[str, ...]) -> list[str]:
    """Statements that turn a table's row for each quantile into a column for each, beside the median's."""
    same = " AND ".join(f"q.{name} = {table}.{name}" for name in key)
    statements = []
    for quantile, column in QUANTILE_COLUMNS.items():
        if column == "forecast_m3":
            continue
        statements += [
            f"ALTER TABLE {table} ADD COLUMN {column} FLOAT8",
            (
                f"UPDATE {table} SET {column} = q.forecast_m3 FROM {table} AS q"
                f" WHERE {same} AND q.quantile = {quantile} AND {table}.quantile = 0.5"
            ),
        ]
    return [
        *statements,
        f"DELETE FROM {table} WHERE quantile <> 0.5",
        f"ALTER TABLE {table} DROP COLUMN quantile",
    ]


_QUANTILES_SIDE_BY_SIDE = (
    "ALTER TABLE batches ADD COLUMN kind VARCHAR",
    "ALTER TABLE batches ADD COLUMN first_day DATE",
    *_side_by_side("forecasts", ("run_id", "account_id", "cutoff", "day")),
    *_side_by_side("period_forecasts", ("run_id", "account_id", "cutoff", "days")),
)
MIGRATIONS = (
    Migration(1, "the first tables"),
    Migration(
        2,
        "refits, and what each state has seen",
        (
            "ALTER TABLE runs ADD COLUMN kind VARCHAR",
            "ALTER TABLE runs ADD COLUMN parent VARCHAR",
            "UPDATE runs SET kind = 'training'",
            "ALTER TABLE models ADD COLUMN fitted_run VARCHAR",
            "ALTER TABLE models ADD COLUMN fitted_to DATE",
            (
                "UPDATE models SET fitted_run = run_id,"
                " fitted_to = (SELECT r.cutoff FROM runs AS r WHERE r.run_id = models.run_id)"
            ),
            "ALTER TABLE updates ADD COLUMN accounts VARCHAR",
            "UPDATE updates SET accounts = ''",
            "ALTER TABLE states ADD COLUMN known_at TIMESTAMPTZ",
            (
                "UPDATE states SET known_at ="
                " (SELECT MAX(u.known_at) FROM updates AS u WHERE u.run_id = states.run_id)"
            ),
        ),
    ),
    Migration(3, "one row for each forecast day, a column for each quantile", _QUANTILES_SIDE_BY_SIDE),
)
VERSION_TABLE = "schema_version"


def migrate(
    session: Session,
    *,
    read_only: bool,
    migrations: Sequence[Migration] = MIGRATIONS,
    tables: Sequence[Table] = TABLES,
) -> None:
    """Bring the store's tables to the present, or say why that cannot be done.

    Raises
    ------
    StoreBroken
        If a newer Amuna wrote the store, if it must be upgraded but is open for reading only, or if its
        tables are not those of its version.
    """
    newest = migrations[-1].number
    found = _found_version(session)
    if found > newest:
        raise StoreBroken(
            Text(
                "El almacén {store} tiene tablas de la versión {found}; esta versión de Amuna conoce hasta la {expected}.",
                "Store {store} has schema version {found}; this Amuna knows versions up to {expected}.",
            ),
            remedy=Text(
                "Actualice Amuna: pip install --upgrade amuna", "Upgrade Amuna: pip install --upgrade amuna"
            ),
            store=session.place,
            found=found,
            expected=newest,
        )
    wanted = stored_columns(tables)
    behind = found < newest or len(_stored(session, list(wanted))) < len(wanted)
    if behind and not read_only:
        with Transactions(session).writing():
            _upgrade(session, _found_version(session), migrations, tables)
    elif found < newest:
        raise StoreBroken(
            Text(
                "El almacén {store} tiene tablas de la versión {found}; esta versión de Amuna necesita la {expected}.",
                "Store {store} has schema version {found}; this Amuna needs {expected}.",
            ),
            remedy=Text(
                "Ábralo una vez para escribir, que así se actualiza (read_only=False): por ejemplo, con amuna update.",
                "Open it once for writing to upgrade it (read_only=False): for example with amuna update.",
            ),
            store=session.place,
            found=found,
            expected=newest,
        )
    _check_columns(session, tables)


def _found_version(session: Session) -> int:
    """Version of the store; 0 where it is empty."""
    if not _stored(session, [VERSION_TABLE]):
        return 0
    return int(session.frame(f"SELECT MAX(number) AS number FROM {VERSION_TABLE}").item() or 0)


def _stored(session: Session, names: list[str]) -> set[str]:
    """Which of these tables the store has. The server may hold other schemas, which are not looked at."""
    texts = session.dialect.sql_type(pl.String())
    rows = session.frame(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
        f" AND table_name IN (SELECT UNNEST(CAST(? AS {texts}[])))",
        [names],
    )
    return set(rows["table_name"])


def _upgrade(session: Session, found: int, migrations: Sequence[Migration], tables: Sequence[Table]) -> None:
    session.execute(
        f"CREATE TABLE IF NOT EXISTS {VERSION_TABLE} (number INTEGER NOT NULL, name VARCHAR NOT NULL)"
    )
    for migration in migrations:
        if migration.number <= found:
            continue
        for statement in migration.statements if found else ():
            session.execute(statement)
        session.execute(f"INSERT INTO {VERSION_TABLE} VALUES (?, ?)", [migration.number, migration.name])
    for statement in session.create_statements(tables):
        session.execute(statement)


def _check_columns(session: Session, tables: Sequence[Table]) -> None:
    rows = session.frame(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
    )
    found = set(rows.iter_rows())
    for name, columns in stored_columns(tables).items():
        missing = [column.name for column in columns if (name, column.name) not in found]
        if missing:
            raise StoreBroken(
                Text(
                    'Almacén {store}: a la tabla "{table}" le faltan las columnas {columns}.',
                    'Store {store}: table "{table}" lacks the columns {columns}.',
                ),
                remedy=Text(
                    "Use la versión de Amuna que escribió el almacén, o restáurelo desde una copia de respaldo.",
                    "Use the Amuna that wrote the store, or restore the store from a backup.",
                ),
                store=session.place,
                table=name,
                columns=missing,
            )
