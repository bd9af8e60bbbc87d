"""The store of production: a PostgreSQL database, which many processes may use at once."""

from __future__ import annotations

from amuna.domain.errors import AmunaError, MissingExtra
from amuna.domain.text import Text
from amuna.store.migrations import migrate
from amuna.store.sql_store import SqlStore
from amuna.store.transactions import Transactions


def open_postgres(url: str, *, read_only: bool = False) -> SqlStore:
    """Open the store in a PostgreSQL database, creating or upgrading its tables.

    Parameters
    ----------
    url
        `postgresql://user:password@host:port/database`; the tables stand in the first schema of the user's search path.
    read_only
        Open without the right to write.

    Raises
    ------
    MissingExtra
        If the drivers are not installed.
    StoreBusy
        If the server is away or has no connection left.
    StoreBroken
        If the server refuses the user, has no such database, or its store was written by a newer Amuna.
    UnknownSetting
        If the address cannot be read.
    """
    try:
        from amuna.store.postgres_address import address
        from amuna.store.postgres_session import PostgresSession
    except ModuleNotFoundError as error:
        driver = Text("El controlador de PostgreSQL", "PostgreSQL's driver")
        raise MissingExtra(driver, extra="postgres") from error
    session = PostgresSession(address(url), read_only=read_only)
    try:
        migrate(session, read_only=read_only)
    except AmunaError:
        session.close()
        raise
    return SqlStore(session)


def postgres_roles(url: str, *, apply: bool) -> list[str]:
    """Statements that give a store its roles with least privilege; `apply` also runs them, all or none.

    Parameters
    ----------
    url
        The store's database, with a user who may create roles.
    apply
        Create the tables where they are not there yet, and run the statements.
    """
    if apply:
        open_postgres(url).close()
    from amuna.store.postgres_address import address
    from amuna.store.postgres_roles import role_statements
    from amuna.store.postgres_session import PostgresSession

    session = PostgresSession(address(url), read_only=not apply)
    try:
        schema, database = session.frame("SELECT current_schema(), current_database()").row(0)
        statements = role_statements(str(schema), database=str(database))
        if apply:
            with Transactions(session).writing():
                for statement in statements:
                    session.execute(statement)
    finally:
        session.close()
    return statements
