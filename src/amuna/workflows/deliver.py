"""Deliver: rows that a sender hands in at once, taken in as a file is, once however often they are sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from amuna.domain.errors import PermanentError
from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, QUARANTINE
from amuna.domain.text import Text
from amuna.feeds.delivery import Delivery
from amuna.feeds.rules import Rules
from amuna.workflows.ingest import ingest


@dataclass(frozen=True)
class DeliveryReport:
    """What became of a delivery; `read = accepted + quarantined + duplicate`.

    Parameters
    ----------
    key
        What the sender calls it.
    batch_id, committed_at
        The batch it became.
    repeated
        Whether it had come before, and nothing was done now.
    read, accepted, quarantined, duplicate
        Rows: in all, new or corrected, refused, and known already.
    refused
        The refused rows in their order: row, field, reason, detail.
    """

    key: str
    batch_id: str
    committed_at: datetime
    repeated: bool
    read: int
    accepted: int
    quarantined: int
    duplicate: int
    refused: pl.DataFrame


def deliver(
    delivery: Delivery,
    *,
    store: Store,
    rules: Rules,
    now: Callable[[], datetime],
    min_coverage: float = 20 / 24,
) -> DeliveryReport:
    """Take a delivery in, unless it came before.

    Parameters
    ----------
    rules, now, min_coverage
        As in `ingest`.

    Raises
    ------
    PermanentError
        If its key was used for other rows.
    ColumnMismatch
        As `ingest`.
    """
    before = _batch(delivery, store)
    if before.is_empty():
        ingest(delivery, delivery.feed_map, store=store, rules=rules, now=now, min_coverage=min_coverage)
    elif before["watermark"][0] != delivery.watermark:
        raise PermanentError(
            Text(
                "La clave {key!r} ya se usó con otras filas.",
                "The key {key!r} was used for other rows.",
            ),
            remedy=Text(
                "Dé a cada entrega una clave propia, o ninguna.",
                "Give each delivery a key of its own, or none.",
            ),
            key=delivery.key,
        )
    return _report(
        delivery, _batch(delivery, store).row(0, named=True), store, repeated=not before.is_empty()
    )


def _batch(delivery: Delivery, store: Store) -> pl.DataFrame:
    return store.read(BATCHES, where={"feed": delivery.name, "source": delivery.source}).sort("committed_at")


def _report(delivery: Delivery, batch: dict[str, object], store: Store, *, repeated: bool) -> DeliveryReport:
    refused = store.read(
        QUARANTINE, where={"batch_id": batch["batch_id"]}, columns=["row", "field", "reason", "detail"]
    )
    return DeliveryReport(
        key=delivery.key,
        repeated=repeated,
        refused=refused.sort("row", "field"),
        **{name: batch[name] for name in ("batch_id", "committed_at")},  # type: ignore[arg-type]
        **{name: batch[f"rows_{name}"] for name in ("read", "accepted", "quarantined", "duplicate")},  # type: ignore[arg-type]
    )
