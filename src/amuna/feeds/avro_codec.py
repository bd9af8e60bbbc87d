"""Avro messages, bare or with the five bytes that name the writer's schema; the home of fastavro."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from amuna.domain.errors import MissingExtra, SourceUnreadable
from amuna.domain.text import Text
from amuna.feeds.codecs import Decoded, Message, Poison, Refused, items_of, tombstone

try:
    import fastavro
    from fastavro.read import SchemaResolutionError
except ImportError:
    raise MissingExtra("fastavro", extra="kafka") from None

_HEADER = 5
_PLAIN = (str, int, float, Decimal, date, datetime)
_BROKEN = (
    EOFError,
    IndexError,
    KeyError,
    OverflowError,
    RecursionError,
    StopIteration,
    TypeError,
    ValueError,
    struct.error,
)


class AvroCodec:
    """Readings in Avro, resolved to the reader's schema: fields added, removed or defaulted are no matter.

    Parameters
    ----------
    columns
        Fields that a reading has.
    schema
        File of the schema that messages are read as; without it, each as it was written.
    schemas
        Folder with the writers' schemas as `ID.avsc`. With it, each message starts with a zero byte and the
        schema's number in four bytes (Confluent's wire format); without it, messages are bare and written by
        `schema`. A file put there later is found when its first message comes.

    Raises
    ------
    SourceUnreadable
        If neither is given, or a schema cannot be read.
    """

    def __init__(self, columns: Sequence[str], *, schema: Path | None, schemas: Path | None) -> None:
        if schema is None and schemas is None:
            raise SourceUnreadable(
                Text("Un tema en Avro necesita un esquema.", "A topic in Avro needs a schema."),
                remedy=Text(
                    'Escriba schema = "reading.avsc", o schemas = "CARPETA" con archivos ID.avsc, bajo [feeds.NOMBRE].',
                    'Set schema = "reading.avsc", or schemas = "FOLDER" with ID.avsc files, under [feeds.NAME].',
                ),
            )
        self._columns = tuple(columns)
        self._reader = _load(schema) if schema else None
        self._folder = schemas
        self._writers: dict[bytes, Any] = {}

    def decode(self, messages: Sequence[Message]) -> Decoded:
        """Rows of all messages that are readings; no message stops the others."""
        rows: list[dict[str, object]] = []
        places: list[int] = []
        poison: list[Poison] = []
        for index, message in enumerate(messages):
            try:
                found = items_of(self._content(message), self._columns)
            except Refused as refused:
                poison.append(Poison(index, refused.reason, refused.detail))
                continue
            rows += found
            places += [index] * len(found)
        return Decoded(_frame(rows, self._columns), np.array(places, dtype=np.int64), tuple(poison))

    def _content(self, message: Message) -> object:
        if message is None:
            raise tombstone()
        writer, reader, start = self._reader, None, 0
        if self._folder is not None:
            writer, reader, start = self._writer(message[:_HEADER]), self._reader, _HEADER
        buffer = io.BytesIO(message)
        buffer.seek(start)
        try:
            content = fastavro.schemaless_reader(buffer, writer, reader)
        except SchemaResolutionError as error:
            raise Refused(
                "wrong_schema", f"The writer's schema does not fit the reader's: {error}. Correct schema."
            ) from None
        except _BROKEN as error:
            raise Refused(
                "not_avro",
                f"Not written by its schema ({type(error).__name__}: {error}). Correct the sender.",
            ) from None
        if buffer.tell() != len(message):
            raise Refused("not_avro", f"{len(message) - buffer.tell()} bytes are left over. Correct schema.")
        return content

    def _writer(self, header: bytes) -> Any:
        if header in self._writers:
            return self._writers[header]
        if len(header) < _HEADER or header[0] != 0:
            raise Refused("not_avro", "Expected a zero byte and the number of a schema. Correct the sender.")
        path = (self._folder or Path()) / f"{int.from_bytes(header[1:], 'big')}.avsc"
        if not path.is_file():
            raise Refused(
                "unknown_schema", f"No schema {path.name}. Put it into {path.parent}, and send again."
            )
        self._writers[header] = _load(path)
        return self._writers[header]


def _load(path: Path) -> Any:
    try:
        return fastavro.parse_schema(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, fastavro.schema.SchemaParseException, KeyError) as error:
        raise SourceUnreadable(
            Text("{file}: no es un esquema de Avro ({cause}).", "{file}: not a schema of Avro ({cause})."),
            remedy=Text(
                "Corrija el archivo, o schema y schemas bajo [feeds.NOMBRE] en amuna.toml.",
                "Correct the file, or schema and schemas under [feeds.NAME] in amuna.toml.",
            ),
            file=str(path),
            cause=f"{type(error).__name__}: {error}",
        ) from None


def _frame(rows: list[dict[str, object]], columns: Sequence[str]) -> pl.DataFrame:
    names = dict.fromkeys(columns)
    for row in (rows[0], rows[-1]) if rows else ():
        names.update(dict.fromkeys(row))
    kept = [name for name in names if not name.startswith("_") or name in columns]
    return pl.DataFrame([_series(name, [row.get(name) for row in rows]) for name in kept])


def _series(name: str, values: list[object]) -> pl.Series:
    """A column in its own type where it has one, else as text."""
    types = {type(value) for value in values} - {type(None)}
    if not types:
        return pl.Series(name, values, dtype=pl.String)
    if len(types) == 1 and issubclass(next(iter(types)), _PLAIN) and types != {bool}:
        return pl.Series(name, values, strict=True)
    if types == {int, float}:
        return pl.Series(name, values, dtype=pl.Float64, strict=False)
    texts = [
        None if value is None else str(value).replace("\x00", "\N{REPLACEMENT CHARACTER}") for value in values
    ]
    return pl.Series(name, texts, dtype=pl.String)
