"""Codecs: the messages of a topic as rows, and those of which none can be made."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

Message = bytes | None


@dataclass(frozen=True)
class Poison:
    """A message that is no reading.

    Parameters
    ----------
    index
        Place of the message among those decoded.
    reason
        `tombstone`, `not_json`, `not_avro`, `unknown_schema`, `not_an_object` or `wrong_schema`.
    detail
        What was found, what was expected and what to do.
    """

    index: int
    reason: str
    detail: str


@dataclass(frozen=True)
class Decoded:
    """What messages became.

    Parameters
    ----------
    rows
        Fields as columns, those of the feed map always among them.
    message
        Place of the message each row came from, shape (n_rows,).
    poison
        Messages that gave no row.
    """

    rows: pl.DataFrame
    message: NDArray[np.int64]
    poison: tuple[Poison, ...] = ()


class Codec(Protocol):
    """A way to read messages."""

    def decode(self, messages: Sequence[Message]) -> Decoded:
        """Rows of all messages that are readings; no message stops the others."""


class Refused(ValueError):
    """A message of which no row can be made."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


def items_of(content: object, columns: Sequence[str]) -> list[dict[str, object]]:
    """The readings of a decoded message: one, a list of them, or an object whose `rows` is one.

    Raises
    ------
    Refused
        If it is something else, or a reading has none of the columns.
    """
    if isinstance(content, dict) and "rows" not in columns and isinstance(content.get("rows"), list):
        content = content["rows"]
    items: list[object] = content if isinstance(content, list) else [content]
    for item in items:
        if not isinstance(item, dict):
            found = type(item).__name__
            raise Refused(
                "not_an_object", f"Found a {found}; expected an object, a list of them, or rows with one."
            )
        if all(item.get(name) is None for name in columns):
            raise Refused(
                "wrong_schema",
                f"Found the fields {', '.join(map(str, item)) or 'none'}; expected {', '.join(columns)}. "
                "Correct the sender, or the columns under [feeds.NAME].",
            )
    return cast("list[dict[str, object]]", items)


def tombstone() -> Refused:
    """The verdict on a message without a value."""
    return Refused("tombstone", "A message without a value; expected a reading. Readings are not deleted.")


def original_text(message: Message) -> str:
    """A message as JSON, for the quarantine; bytes that are no text in base 64."""
    if message is None:
        return json.dumps({"message": None})
    try:
        return json.dumps({"message": message.decode()}, ensure_ascii=False)
    except UnicodeDecodeError:
        return json.dumps({"base64": base64.b64encode(message).decode()})


def joined(parts: Sequence[tuple[int, Decoded]]) -> Decoded:
    """Parts one after the other; each comes with the place of its first message."""
    return Decoded(
        pl.concat([part.rows for _, part in parts], how="diagonal_relaxed"),
        np.concatenate([part.message + first for first, part in parts]),
        tuple(
            Poison(poison.index + first, poison.reason, poison.detail)
            for first, part in parts
            for poison in part.poison
        ),
    )
