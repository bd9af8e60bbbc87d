"""Who may do what in a PostgreSQL store: three roles, each with the least that its work needs.

The roles cannot log in. A utility gives them to its own users: CREATE ROLE feeds LOGIN PASSWORD '…' IN ROLE amuna_writer.
"""

from __future__ import annotations

from collections.abc import Sequence

from amuna.domain.access_tables import ACCESS_TABLES, AUDIT
from amuna.domain.table import Table
from amuna.domain.tables import TABLES
from amuna.store.dialect import quoted
from amuna.store.migrations import VERSION_TABLE
from amuna.store.postgres_tables import MAKE_ROOM
from amuna.store.schema import stored_columns

OWNER, WRITER, READER = "amuna_owner", "amuna_writer", "amuna_reader"
_PURPOSES = {
    OWNER: "upgrades the tables",
    WRITER: "feeds and jobs: reads and writes rows, and creates months of the large tables; adds to the audit log",
    READER: "dashboards and analysts: reads, but not who may sign in and what they did",
}
_ACCESS = {table.name for table in ACCESS_TABLES}


def role_statements(schema: str, *, database: str, tables: Sequence[Table] = TABLES) -> list[str]:
    """Statements that create the roles and give them their rights; run again, they change nothing.

    Parameters
    ----------
    schema
        Schema of the store's tables, which must be there.
    database
        Database they are in.
    tables
        Contracts of the tables.
    """
    place, names = quoted(schema), [*stored_columns(tables), VERSION_TABLE]
    every = _those(place, names)
    open_to_all = _those(place, [name for name in names if name not in _ACCESS])
    of_access = _those(place, [name for name in names if name in _ACCESS])
    log = _those(place, [AUDIT.name])
    written = _those(place, [name for name in names if name not in (VERSION_TABLE, AUDIT.name)])
    function = f"{place}.{MAKE_ROOM}(text, date[])"
    return [
        *(_created(role, purpose) for role, purpose in _PURPOSES.items()),
        f"REVOKE CREATE ON SCHEMA {place} FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA {place} TO {READER}, {WRITER}",
        f"GRANT USAGE, CREATE ON SCHEMA {place} TO {OWNER}",
        f"GRANT TEMPORARY ON DATABASE {quoted(database)} TO {WRITER}, {OWNER}",
        _owned(schema, names),
        f"ALTER FUNCTION {function} OWNER TO {OWNER}",
        f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {function} TO {WRITER}",
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA {place} GRANT SELECT ON TABLES TO {READER}, {WRITER}",
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA {place} GRANT INSERT, UPDATE, DELETE ON TABLES TO {WRITER}",
        f"GRANT SELECT ON {every} TO {WRITER}",
        f"GRANT SELECT ON {open_to_all} TO {READER}",
        f"GRANT INSERT, UPDATE, DELETE ON {written} TO {WRITER}",
        # A table of which a role may do nothing is not there for it, and the store would seem too old.
        f"GRANT REFERENCES ON {of_access} TO {READER}",
        f"REVOKE SELECT ON {of_access} FROM {READER}",
        f"GRANT INSERT ON {log} TO {WRITER}",
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {log} FROM {WRITER}",
    ]


def _those(place: str, names: Sequence[str]) -> str:
    return ", ".join(f"{place}.{quoted(name)}" for name in names)


def _created(role: str, purpose: str) -> str:
    return (
        f"DO $body$ BEGIN CREATE ROLE {role} NOLOGIN; COMMENT ON ROLE {role} IS 'Amuna: {purpose}';"
        " EXCEPTION WHEN duplicate_object THEN NULL; END $body$"
    )


def _owned(schema: str, names: Sequence[str]) -> str:
    """Give the tables and their months to the owner's role."""
    listed = ", ".join(f"'{name}'" for name in names)
    return f"""DO $body$ DECLARE one regclass; BEGIN
    FOR one IN
        WITH RECURSIVE mine AS (
            SELECT oid FROM pg_class WHERE relnamespace = {_text(schema)}::regnamespace AND relname IN ({listed})
            UNION SELECT i.inhrelid FROM pg_inherits AS i JOIN mine ON mine.oid = i.inhparent
        )
        SELECT c.oid::regclass FROM mine JOIN pg_class AS c USING (oid) WHERE c.relkind IN ('r', 'p')
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO {OWNER}', one);
    END LOOP;
END $body$"""


def _text(name: str) -> str:
    return "'" + quoted(name).replace("'", "''") + "'"
