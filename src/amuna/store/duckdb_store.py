"""The embedded store: one DuckDB file, no server."""

from __future__ import annotations

import threading
from collections import defaultdict
from pathlib import Path

from amuna.domain.errors import AmunaError
from amuna.store.duckdb_session import MEMORY, DuckDBSession
from amuna.store.migrations import migrate
from amuna.store.sql_store import SqlStore

# A day of forecasts fills DuckDB's own 16 MB log, and each checkpoint rewrites what it touches: once in several days is
# cheaper, and opening a store after a kill reads this much again in a second.
CHECKPOINT = "256MB"
_WRITE_LOCKS: defaultdict[Path, threading.RLock] = defaultdict(threading.RLock)


def open_store(
    path: str | Path,
    *,
    read_only: bool = False,
    threads: int | None = None,
    memory: str | None = None,
) -> SqlStore:
    """Open the store in a DuckDB file, creating or upgrading its tables.

    Parameters
    ----------
    path
        File; `:memory:` for a store that is gone when it is closed.
    read_only
        Open without the right to write; several processes may then hold the file together.
    threads
        Threads that DuckDB may use; all cores if None.
    memory
        Memory that DuckDB may use before it spills to disk, such as `4GB`; 80 % of the machine's if None.

    Raises
    ------
    StoreBusy
        If another process holds the file.
    StoreBroken
        If the file cannot be opened, is not a DuckDB database, or was written by a newer Amuna.
    """
    settings: dict[str, str | int] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "checkpoint_threshold": CHECKPOINT,
    }
    if threads is not None:
        settings["threads"] = threads
    if memory is not None:
        settings["memory_limit"] = memory
    lock = threading.RLock() if str(path) == MEMORY else _WRITE_LOCKS[Path(path).resolve()]
    session = DuckDBSession(str(path), read_only=read_only, settings=settings, write_lock=lock)
    try:
        migrate(session, read_only=read_only)
    except AmunaError:
        session.close()
        raise
    return SqlStore(session)
