"""JSON messages: many at once as lines of one buffer; one by one only around those that are no readings."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import polars as pl

from amuna.feeds.codecs import Decoded, Message, Poison, Refused, items_of, joined, tombstone

BLOCK, SHARES = 250, 20
_EXACT = 2**53
_NUL = "\x00"


class JsonCodec:
    """Readings as JSON: one, a list, or `{"rows": [...]}` per message.

    Every field becomes text, as it was written; so a field may be a number in one message and a text in the next.
    Besides the columns asked for, the fields of the first and last message are kept.

    Parameters
    ----------
    columns
        Fields that a reading has.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = tuple(columns)

    def decode(self, messages: Sequence[Message]) -> Decoded:
        """Rows of all messages that are readings; no message stops the others."""
        return self._decode(messages, self._names(messages))

    def _decode(self, messages: Sequence[Message], names: tuple[str, ...]) -> Decoded:
        """All at once; around a message that is none, ever smaller shares."""
        whole = self._at_once(messages, names)
        if whole is not None:
            return whole
        if len(messages) <= BLOCK:
            return self._one_by_one(messages, names)
        share = max(len(messages) // SHARES, BLOCK)
        starts = range(0, len(messages), share)
        return joined([(start, self._decode(messages[start : start + share], names)) for start in starts])

    def _names(self, messages: Sequence[Message]) -> tuple[str, ...]:
        names = dict.fromkeys(self._columns)
        for message in (messages[0], messages[-1]) if messages else ():
            try:
                names.update(dict.fromkeys(_items(message, self._columns)[0]))
            except (Refused, IndexError):
                continue
        return tuple(name for name in names if not name.startswith("_") or name in self._columns)

    def _at_once(self, messages: Sequence[Message], names: tuple[str, ...]) -> Decoded | None:
        """All messages in one go, or None where one of them needs a closer look."""
        if not messages:
            return Decoded(_empty(names), np.empty(0, dtype=np.int64))
        if None in messages:
            return None
        lines = [_line(message) for message in messages if message is not None]
        buffer = b"\n".join(lines)
        if buffer.count(b"\n") != len(lines) - 1:
            return None
        fields = dict.fromkeys(names, pl.String)
        nested = {} if "rows" in names and "rows" in self._columns else {"rows": pl.List(pl.Struct(fields))}
        try:
            found = pl.read_ndjson(buffer, schema={**fields, **nested})
        except (pl.exceptions.PolarsError, ValueError):
            return None
        if found.height != len(lines):
            return None
        decoded = _unfolded(found, names) if nested else Decoded(found, np.arange(found.height))
        return decoded if self._is_sound(decoded, buffer) else None

    def _is_sound(self, decoded: Decoded, buffer: bytes) -> bool:
        """Whether every row is a reading, and none holds a character that a database refuses."""
        blank = pl.all_horizontal(pl.col(self._columns).is_null()).any()
        if decoded.rows.select(blank).item():
            return False
        return b"\\u" not in buffer or not _holds_nul(decoded.rows).any()

    def _one_by_one(self, messages: Sequence[Message], names: tuple[str, ...]) -> Decoded:
        rows: list[dict[str, str | None]] = []
        places: list[int] = []
        poison: list[Poison] = []
        for index, message in enumerate(messages):
            try:
                found = [_texts(item, names) for item in _items(message, self._columns)]
            except Refused as refused:
                poison.append(Poison(index, refused.reason, refused.detail))
                continue
            rows += found
            places += [index] * len(found)
        frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String)) if rows else _empty(names)
        return Decoded(frame, np.array(places, dtype=np.int64), tuple(poison))


def _empty(names: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(names, pl.String))


def _line(message: bytes) -> bytes:
    """The message as an object, on the line it is on."""
    return message if message[:1] == b"{" or message.lstrip()[:1] != b"[" else b'{"rows":%b}' % message


def _unfolded(found: pl.DataFrame, names: tuple[str, ...]) -> Decoded:
    """Messages with several rows as so many rows, in their order."""
    if found["rows"].null_count() == found.height:
        return Decoded(found.select(names), np.arange(found.height))
    numbered = found.with_columns(_message=pl.int_range(pl.len(), dtype=pl.Int64))
    single = numbered.filter(pl.col("rows").is_null()).select(*names, "_message")
    several = (
        numbered.filter(pl.col("rows").list.len() > 0)
        .select("rows", "_message")
        .explode("rows")
        .select(*(pl.col("rows").struct.field(name) for name in names), "_message")
    )
    rows = pl.concat([single, several]).sort("_message", maintain_order=True)
    return Decoded(rows.select(names), rows["_message"].to_numpy())


def _holds_nul(rows: pl.DataFrame) -> pl.Series:
    return rows.select(
        pl.any_horizontal(pl.all().str.contains(_NUL, literal=True)).fill_null(value=False).alias("nul")
    ).to_series()


def _items(message: Message, columns: Sequence[str]) -> list[dict[str, object]]:
    if message is None:
        raise tombstone()
    try:
        content = json.loads(message.decode(), parse_constant=_no_constant, object_pairs_hook=_first_wins)
    except RecursionError:
        raise Refused("not_json", "Nested too deeply; expected an object of plain fields.") from None
    except ValueError as error:
        raise Refused("not_json", f"Not JSON: {error}. Correct the sender.") from None
    return items_of(content, columns)


def _first_wins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return dict(reversed(pairs))


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number in JSON")


def _texts(item: dict[str, object], names: tuple[str, ...]) -> dict[str, str | None]:
    return {name: _text(name, item.get(name)) for name in names}


def _text(name: str, value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, float):
        if value in (float("inf"), float("-inf")):
            raise Refused("not_json", f"The number of '{name}' is too large.")
        whole = value.is_integer() and abs(value) < _EXACT
        return str(int(value)) if whole else repr(value)
    text = value if isinstance(value, str) else json.dumps(value)
    if _NUL in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Refused(
            "not_json", f"The text of '{name}' holds a character that is none (NUL or half a pair)."
        )
    return text
