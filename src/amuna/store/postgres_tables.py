"""The tables in PostgreSQL: keys, indexes, and the large tables divided by month."""

from __future__ import annotations

from collections.abc import Sequence

from amuna.domain.table import Table
from amuna.domain.tables import CONSUMPTION, FORECASTS, QUARANTINE, READINGS, SCORES
from amuna.store.dialect import POSTGRES, listed, quoted
from amuna.store.schema import spelled, stored_columns, superseded

MAKE_ROOM = "amuna_make_room"
DIVIDED = {table.name for table in (READINGS, CONSUMPTION, FORECASTS, SCORES)}

# A row's original text may be longer than an index can hold, so its key is kept by the store's upsert alone.
_INDEXED_ONLY = {QUARANTINE.name: ("source", "row")}
_FOUND_BY_BATCH = (READINGS.name, CONSUMPTION.name)

# Tables belong to the owner's role once it has rights here (postgres_roles.py), whoever upgrades the store.
_AS_OWNER = (
    "SELECT set_config('role', rolname, true) FROM pg_roles WHERE rolname = 'amuna_owner'"
    " AND pg_has_role(current_user, oid, 'MEMBER') AND has_schema_privilege(oid, current_schema(), 'CREATE')"
)

# Creates months that are missing, beside the table and then attached, so that readers of the table go on meanwhile.
# It runs with its owner's rights: who writes rows may create months, and nothing else.
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {MAKE_ROOM}(parent text, months date[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $body$
DECLARE
    month date; part text; divided text;
BEGIN
    FOR divided IN
        SELECT c.relname FROM pg_class AS c
        WHERE c.relkind = 'p' AND c.relnamespace = current_schema()::regnamespace
            AND c.relname IN (parent, parent || '_superseded')
    LOOP
        FOREACH month IN ARRAY months LOOP
            part := divided || to_char(month, '"_y"YYYY"m"MM');
            IF to_regclass(quote_ident(current_schema()) || '.' || quote_ident(part)) IS NULL THEN
                EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, divided);
                EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', divided, part,
                    month || ' 00:00:00+00', (month + interval '1 month')::date || ' 00:00:00+00');
            END IF;
        END LOOP;
    END LOOP;
END $body$"""
_FIX_PATH = f"""
DO $body$ BEGIN
    EXECUTE format('ALTER FUNCTION {MAKE_ROOM}(text, date[]) SET search_path = %I, pg_temp', current_schema());
END $body$"""


def create_statements(tables: Sequence[Table]) -> list[str]:
    """Statements that create the tables that do not exist yet, their indexes, and the function that makes months."""
    statements = [_AS_OWNER]
    columns = stored_columns(tables)
    for table in tables:
        names = [table.name, superseded(table)] if table.versioned else [table.name]
        for name in names:
            spelt = [spelled(POSTGRES, column) for column in columns[name]]
            key = [f"PRIMARY KEY ({listed(table.key)})"] if _keyed(table, name) else []
            divided = f" PARTITION BY RANGE ({quoted(table.time)})" if table.name in DIVIDED else ""
            statements.append(
                f"CREATE TABLE IF NOT EXISTS {quoted(name)} ({', '.join([*spelt, *key])}){divided}"
            )
            statements += [_key(name, table.key)] if key else []
            statements += [_index(name, one) for one in _indexes(table, name)]
    return [
        *statements,
        _FUNCTION,
        _FIX_PATH,
        f"REVOKE ALL ON FUNCTION {MAKE_ROOM}(text, date[]) FROM PUBLIC",
    ]


def _keyed(table: Table, name: str) -> bool:
    """Earlier versions have no primary key: two of them may have been recorded at the same instant."""
    return name == table.name and name not in _INDEXED_ONLY


def _indexes(table: Table, name: str) -> list[Sequence[str]]:
    """Columns of each index beside the primary key."""
    found: list[Sequence[str]] = []
    if not _keyed(table, name):
        found.append(_INDEXED_ONLY.get(table.name, table.key))
    if table.name in DIVIDED:
        found.append((table.time,))
    if name in _FOUND_BY_BATCH:
        found.append(("batch_id",))
    return found


def _key(name: str, columns: Sequence[str]) -> str:
    """Give the table its primary key if an upgrade took it away along with one of its columns."""
    return (
        f"DO $body$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = '{quoted(name)}'::regclass"
        f" AND contype = 'p') THEN ALTER TABLE {quoted(name)} ADD PRIMARY KEY ({listed(columns)});"
        " END IF; END $body$"
    )


def _index(name: str, columns: Sequence[str]) -> str:
    label = quoted(f"{name}_{'_'.join(columns)}_index")
    return f"CREATE INDEX IF NOT EXISTS {label} ON {quoted(name)} ({listed(columns)})"
