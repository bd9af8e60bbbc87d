"""Trainings as the store and, where there is one, the model registry know them."""

from __future__ import annotations

import logging

import polars as pl

from amuna import wiring
from amuna.domain.errors import RegistryUnreachable
from amuna.serve.desk import Desk
from amuna.workflows.versions import list_versions

log = logging.getLogger(__name__)

MEMO = "trainings"


def trainings(desk: Desk) -> pl.DataFrame:
    """Every training, as `list_versions`; of the store alone while the registry does not answer."""
    return desk.memo.kept(MEMO, lambda: _trainings(desk))


def numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """The trainings that have a number: the registry's, or without one their place in the order of training from 1."""
    if rows["version"].null_count() < len(rows):
        return rows.drop_nulls("version")
    return rows.with_columns(version=pl.int_range(pl.len(), 0, -1, dtype=pl.Int64))


def _trainings(desk: Desk) -> pl.DataFrame:
    registry = wiring.registry(desk.workspace)
    try:
        return list_versions(desk.store, registry.versions() if registry else ())
    except RegistryUnreachable as error:
        log.warning("trainings are listed without the registry: %s", error)
        return list_versions(desk.store)
