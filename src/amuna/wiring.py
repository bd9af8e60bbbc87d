"""The composition root: the only module that names concrete classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from amuna.config import Settings, load_settings
from amuna.domain.ports import Engine, Store


@dataclass(frozen=True)
class Workspace:
    """A folder with its settings."""

    folder: Path
    settings: Settings

    @property
    def store_path(self) -> Path:
        """The embedded store's file."""
        return self.folder / self.settings.store_path


def open_workspace(folder: Path) -> Workspace:
    """The workspace of a folder; defaults hold where it has no amuna.toml."""
    return Workspace(folder, load_settings(folder))


def store(workspace: Workspace, *, read_only: bool = False) -> Store:
    """Open the workspace's store."""
    from amuna.store.duckdb_store import open_store

    return open_store(workspace.store_path, read_only=read_only, memory=workspace.settings.store_memory)


def engine(settings: Settings) -> Engine:
    """Where series are computed."""
    from amuna.engines.threads import ThreadEngine

    return ThreadEngine(workers=settings.train_workers, slab=settings.train_slab)
