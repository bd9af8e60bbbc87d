"""Delivery: rows that a sender hands in at once, as CSV text or as JSON objects, as a feed of one batch."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import orjson
import polars as pl

from amuna.domain.errors import AmunaError, SourceUnreadable
from amuna.domain.ports import Batch
from amuna.domain.text import Text
from amuna.feeds.csv_file import CsvFile
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.files import require_columns
from amuna.feeds.json_codec import JsonCodec
from amuna.feeds.refused import UNFINISHED, unparsable_lines

Media = Literal["csv", "json"]
Recognise = Callable[[Sequence[str]], FeedMap]
FEED = "api"
_GZIP = b"\x1f\x8b"
_NAME = "delivery"


@dataclass(eq=False)
class Delivery:
    """Rows handed in at once.

    Parameters
    ----------
    sender, key
        Who hands them in, and what the sender calls the delivery; the same key is the same delivery.
    digest
        SHA-256 of its content.
    feed_map
        What its columns mean.
    rows, refused
        Columns of text and `_row`; QUARANTINE rows, without batch and time, of those of which none could be made.
    """

    sender: str
    key: str
    digest: str
    feed_map: FeedMap
    rows: pl.DataFrame = field(repr=False)
    refused: pl.DataFrame | None = field(default=None, repr=False)
    name: str = FEED

    @property
    def source(self) -> str:
        """Names the delivery in the store."""
        return f"{self.name}/{self.sender}/{self.key}"

    @property
    def watermark(self) -> str:
        """Names the delivery and its content."""
        return f"{self.source}@{self.digest}"

    def batches(self, since: str | None) -> Iterator[Batch]:  # noqa: ARG002 (a delivery is whole)
        """The rows, whatever came before."""
        yield Batch(self.source, self.watermark, self.rows, self.feed_map.kind, self.refused, live=True)

    def acknowledge(self, watermark: str) -> None:
        """Nothing to do: the sender is told by the answer."""


def open_delivery(content: bytes, media: Media, *, sender: str, key: str, recognise: Recognise) -> Delivery:
    """Rows of a delivery.

    Parameters
    ----------
    content, media
        What was sent, and whether it is CSV or JSON: a list of objects, or an object whose `rows` is one.
    sender, key
        As in Delivery; the key is the content's digest where it is empty.
    recognise
        Says what columns mean.

    Raises
    ------
    SourceUnreadable
        If it cannot be read at all.
    ColumnMismatch
        If its columns are not recognised.
    """
    digest = hashlib.sha256(content).hexdigest()
    key = key or digest[:24]
    source = f"{FEED}/{sender}/{key}"
    read = _csv if media == "csv" else _json
    feed_map, rows, refused = read(content, source, recognise)
    return Delivery(sender, key, digest, feed_map, rows, refused)


_Read = tuple[FeedMap, pl.DataFrame, pl.DataFrame | None]


def _csv(content: bytes, source: str, recognise: Recognise) -> _Read:
    if content.startswith(_GZIP):
        raise SourceUnreadable(
            Text("La entrega está comprimida.", "The delivery is compressed."),
            remedy=Text("Envíe el texto CSV tal como es, sin comprimir.", "Send the CSV text as it is."),
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{_NAME}.csv"
        path.write_bytes(content)
        try:
            feed_map = recognise(CsvFile(path, None).columns)
            file = CsvFile(path, feed_map)
            require_columns(path, file.columns, feed_map)
            parts = list(file.chunks(0))
        except AmunaError as error:
            raise _without_path(error, path) from None
    lost = pl.concat([part.refused for part in parts])
    refused = unparsable_lines(lost, source=source, n_columns=len(file.columns)) if len(lost) else None
    return feed_map, pl.concat([part.rows for part in parts]), refused


def _without_path(error: AmunaError, path: Path) -> AmunaError:
    """The same error, in words for someone who has sent no file."""
    error.facts.pop("file", None)
    said = error.problem
    error.problem = Text(said.es.replace(str(path), "La entrega"), said.en.replace(str(path), "The delivery"))
    return error


def _json(content: bytes, source: str, recognise: Recognise) -> _Read:
    items = _items(content)
    feed_map = recognise(list(next((item for item in items if isinstance(item, dict)), {})))
    decoded = JsonCodec(list(feed_map.columns().values())).decode([orjson.dumps(item) for item in items])
    rows = decoded.rows.with_columns(_row=pl.Series(decoded.message + 1, dtype=pl.Int64))
    refused = [
        {
            "source": source,
            "row": poison.index + 1,
            "field": "",
            "reason": poison.reason,
            "detail": poison.detail,
            "original": orjson.dumps(items[poison.index]).decode(),
        }
        for poison in decoded.poison
    ]
    types = {name: pl.Int64 if name == "row" else pl.String for name in UNFINISHED}
    return feed_map, rows, pl.DataFrame(refused, schema=types) if refused else None


def _items(content: bytes) -> list[object]:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise SourceUnreadable(
            Text("La entrega no es JSON: {cause}.", "The delivery is not JSON: {cause}."),
            remedy=Text(
                "Envíe una lista de objetos, o CSV como text/csv.",
                "Send a list of objects, or CSV as text/csv.",
            ),
            cause=str(error),
        ) from error
    items = found.get("rows") if isinstance(found, dict) else found
    if not isinstance(items, list) or not items:
        raise SourceUnreadable(
            Text("La entrega no contiene filas.", "The delivery holds no rows."),
            remedy=Text(
                "Envíe una lista con un objeto por lo menos, o un objeto cuyo rows sea esa lista.",
                "Send a list of at least one object, or an object whose rows is one.",
            ),
        )
    return items
