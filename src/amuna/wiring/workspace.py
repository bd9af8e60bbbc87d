"""A workspace: its folder, its settings, its store, and who holds the store."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from amuna.config.reading import filled, load_settings
from amuna.config.settings import Settings
from amuna.domain.errors import UnknownSetting
from amuna.domain.ports import Store
from amuna.domain.text import Text


@dataclass(frozen=True)
class Workspace:
    """A folder with its settings."""

    folder: Path
    settings: Settings

    @property
    def store_path(self) -> Path:
        """The embedded store's file."""
        return self.folder / self.settings.store_path

    @property
    def store_file(self) -> Path | None:
        """The embedded store's file; None where a database server is the store."""
        return None if self.settings.store_url else self.store_path

    @property
    def has_store(self) -> bool:
        """Whether there is a store to read; a database on a server is expected to be there."""
        return bool(self.settings.store_url) or self.store_path.exists()


def open_workspace(folder: Path) -> Workspace:
    """The workspace of a folder; defaults hold where it has no amuna.toml."""
    return Workspace(folder, load_settings(folder))


def store(workspace: Workspace, *, read_only: bool = False) -> Store:
    """Open the workspace's store: the database at store.url, else the embedded one at store.path."""
    if workspace.settings.store_url:
        from amuna.store.postgres_store import open_postgres

        url = filled(workspace.settings.store_url, setting="store.url")
        return open_postgres(url, read_only=read_only)
    from amuna.store.duckdb_store import open_store

    return open_store(workspace.store_path, read_only=read_only, memory=workspace.settings.store_memory)


def hold(workspace: Workspace, *, command: str, since: datetime, door: str = "") -> None:
    """Say beside an embedded store that this process has it open, for those that wait for it."""
    from amuna.store.holder import Holder, write_holder

    if workspace.store_file is not None:
        holder = Holder(os.getpid(), command, f"{since:%Y-%m-%d %H:%M} UTC", door)
        write_holder(workspace.store_file, holder)


def release(workspace: Workspace) -> None:
    """Take back what `hold` said."""
    from amuna.store.holder import remove_holder

    if workspace.store_file is not None:
        remove_holder(workspace.store_file)


def store_roles(workspace: Workspace, *, apply: bool) -> list[str]:
    """SQL that gives the store's database its roles; `apply` also runs it.

    Raises
    ------
    UnknownSetting
        If the store is the embedded one, which has no roles.
    """
    from amuna.store.postgres_store import postgres_roles

    if not workspace.settings.store_url:
        raise UnknownSetting(
            Text(
                "El almacén de un archivo no tiene roles: quien puede leer el archivo puede leerlo todo.",
                "The embedded store has no roles: who may read its file may read it all.",
            ),
            remedy=Text(
                "Indique en store.url una base de datos PostgreSQL: vea docs/postgres.md.",
                "Set store.url to use a PostgreSQL database: see docs/postgres.md.",
            ),
            setting="store.url",
        )
    return postgres_roles(filled(workspace.settings.store_url, setting="store.url"), apply=apply)
