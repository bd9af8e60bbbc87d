"""Codecs: every reading of every message, and a verdict on each message that is none."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amuna.domain.errors import SourceUnreadable
from amuna.feeds.avro_codec import AvroCodec
from amuna.feeds.codecs import Decoded, original_text
from amuna.feeds.json_codec import JsonCodec

COLUMNS = ["account", "day", "m3"]
READING = {"account": "A1", "day": "2024-03-01", "m3": 0.25}


def decode(*messages: bytes | None) -> Decoded:
    return JsonCodec(COLUMNS).decode(messages)


def sent(content: object) -> bytes:
    return json.dumps(content).encode()


def test_a_message_is_one_reading_a_list_or_an_object_with_rows() -> None:
    other = {**READING, "m3": 7}
    found = decode(sent(READING), sent([READING, other]), sent({"rows": [other, READING]}), sent([]))
    assert found.rows["m3"].to_list() == ["0.25", "0.25", "7", "7", "0.25"]
    assert found.message.tolist() == [0, 1, 1, 2, 2]
    assert found.poison == ()


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (None, "tombstone"),
        (b"", "not_json"),
        (b"{", "not_json"),
        (b'{"account": "A1"} {"account": "A2"}', "not_json"),
        (b'{"account": NaN}', "not_json"),
        (b'{"account": 1e999}', "not_json"),
        (b'{"account": "\xff"}', "not_json"),
        (b'{"account": "A\\u0000"}', "not_json"),
        (b'{"account": "\\ud800"}', "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"null", "not_an_object"),
        (b"17", "not_an_object"),
        (b'[{"account": "A1"}, 3]', "not_an_object"),
        (b'{"rows": [null]}', "not_an_object"),
        (b'{"customer": "A1", "litres": 3}', "wrong_schema"),
        (b'{"account": null}', "wrong_schema"),
    ],
)
def test_a_message_that_is_no_reading_is_found_among_many(message: bytes | None, reason: str) -> None:
    many: list[bytes | None] = [sent({**READING, "m3": number}) for number in range(1_000)]
    many.insert(617, message)
    found = decode(*many)
    assert [(poison.index, poison.reason) for poison in found.poison] == [(617, reason)]
    assert found.rows["m3"].to_list() == [str(number) for number in range(1_000)]
    assert found.message.tolist() == [index for index in range(1_001) if index != 617]


def test_line_breaks_inside_a_message_do_not_part_it() -> None:
    found = decode(json.dumps(READING, indent=2).encode(), sent(READING))
    assert found.rows.height == 2
    assert found.message.tolist() == [0, 1]


def test_fields_that_come_go_and_change_their_type_are_no_matter() -> None:
    found = decode(sent(READING), sent({"account": 17, "day": "2024-03-02", "m3": "1.5", "valve": [1]}))
    assert found.rows.to_dicts() == [
        {"account": "A1", "day": "2024-03-01", "m3": "0.25", "valve": None},
        {"account": "17", "day": "2024-03-02", "m3": "1.5", "valve": "[1]"},
    ]


def test_the_quarantine_keeps_bytes_that_are_no_text() -> None:
    assert json.loads(original_text(b'{"a": "\xc3\xb1')) == {"message": '{"a": "ñ'}
    assert json.loads(original_text(b"\xff")) == {"base64": "/w=="}
    assert json.loads(original_text(None)) == {"message": None}


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
_VALUES = st.one_of(_TEXT, st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
_ROWS = st.fixed_dictionaries({"account": _VALUES}, optional={"m3": st.none() | _VALUES, "extra": _VALUES})
_GARBAGE = st.one_of(
    st.none(),
    st.binary(max_size=20).filter(lambda raw: b"[" not in raw),
    st.just(b"[1]"),
    st.just(b'{"x": 1}'),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(_ROWS, st.lists(_ROWS, max_size=3), _GARBAGE), max_size=12))
def test_json_comes_back_whatever_lies_between(contents: list[Any]) -> None:
    messages = [
        content if content is None or isinstance(content, bytes) else sent(content) for content in contents
    ]
    found = decode(*messages)
    expected = [
        (index, row)
        for index, content in enumerate(contents)
        if isinstance(content, dict | list)
        for row in (content if isinstance(content, list) else [content])
    ]
    assert found.message.tolist() == [index for index, _ in expected]
    for row, (_, original) in zip(found.rows.iter_rows(named=True), expected, strict=True):
        for name in ("account", "m3"):
            assert _alike(row[name], original.get(name))
    poisoned = {poison.index for poison in found.poison}
    assert poisoned == {
        i for i, content in enumerate(contents) if content is None or isinstance(content, bytes)
    }


def _alike(text: str | None, value: object) -> bool:
    if value is None or isinstance(value, str):
        return text == value
    assert isinstance(value, int | float)
    return text is not None and float(text) == float(value)


def schema(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "record", "name": "Reading", "fields": list(fields)}


ACCOUNT = {"name": "account", "type": "string"}
DAY = {"name": "day", "type": {"type": "int", "logicalType": "date"}}
VOLUME = {"name": "m3", "type": "double"}


def written(content: object, by: dict[str, Any], *, number: int | None = None) -> bytes:
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, fastavro.parse_schema(by), content)
    header = b"" if number is None else b"\0" + number.to_bytes(4, "big")
    return header + buffer.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A reader's schema, and the writers' under their numbers: of yesterday, today and tomorrow."""
    old = schema(ACCOUNT, DAY, {"name": "m3", "type": "float"}, {"name": "battery", "type": "int"})
    new = schema(ACCOUNT, DAY, VOLUME, {"name": "tariff", "type": "string"})
    reader = schema(ACCOUNT, DAY, VOLUME, {"name": "flag", "type": "string", "default": "ok"})
    for name, content in (("1", old), ("2", new), ("reader", reader)):
        (tmp_path / f"{name}.avsc").write_text(json.dumps(content))
    return tmp_path


def of_folder(folder: Path) -> AvroCodec:
    return AvroCodec(COLUMNS, schema=folder / "reader.avsc", schemas=folder)


def test_avro_of_older_and_newer_writers_is_read_as_the_readers(folder: Path) -> None:
    reading = {"account": "A1", "day": date(2024, 3, 1), "m3": 0.25}
    old, new = (json.loads((folder / f"{name}.avsc").read_text()) for name in (1, 2))
    found = of_folder(folder).decode(
        [
            written({**reading, "battery": 7}, old, number=1),
            written({**reading, "tariff": "T"}, new, number=2),
        ]
    )
    assert found.poison == ()
    assert found.rows.to_dicts() == [{**reading, "flag": "ok"}] * 2


def test_a_writers_schema_that_comes_later_is_found(folder: Path) -> None:
    codec = of_folder(folder)
    latest = schema(ACCOUNT, DAY, VOLUME)
    message = written({"account": "A1", "day": date(2024, 3, 1), "m3": 1.0}, latest, number=3)
    assert [poison.reason for poison in codec.decode([message]).poison] == ["unknown_schema"]
    (folder / "3.avsc").write_text(json.dumps(latest))
    assert codec.decode([message]).rows["m3"].to_list() == [1.0]


def test_avro_that_is_none_is_found_among_readings(folder: Path) -> None:
    by = json.loads((folder / "2.avsc").read_text())
    good = written({"account": "A1", "day": date(2024, 3, 1), "m3": 0.25, "tariff": "T"}, by, number=2)
    bad = [None, b"", b"\1" + good[1:], good[:-3], good + b"x", b"\0\0\0\0\2" + b"\xff" * 12]
    found = of_folder(folder).decode([good, *bad, good])
    assert [poison.index for poison in found.poison] == [1, 2, 3, 4, 5, 6]
    assert {poison.reason for poison in found.poison} == {"tombstone", "not_avro"}
    assert found.message.tolist() == [0, 7]


def test_a_writer_whose_type_does_not_fit_is_refused(folder: Path) -> None:
    odd = schema(ACCOUNT, DAY, {"name": "m3", "type": "string"})
    (folder / "9.avsc").write_text(json.dumps(odd))
    message = written({"account": "A1", "day": date(2024, 3, 1), "m3": "1"}, odd, number=9)
    assert [poison.reason for poison in of_folder(folder).decode([message]).poison] == ["wrong_schema"]


def test_avro_needs_a_schema_that_can_be_read(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="needs a schema"):
        AvroCodec(COLUMNS, schema=None, schemas=None)
    (tmp_path / "bad.avsc").write_text('{"type": "nonsense"}')
    with pytest.raises(SourceUnreadable, match=r"bad\.avsc"):
        AvroCodec(COLUMNS, schema=tmp_path / "bad.avsc", schemas=None)


_AVRO_ROWS = st.fixed_dictionaries(
    {
        "account": _TEXT,
        "day": st.dates(date(1971, 1, 1), date(2200, 1, 1)),
        "m3": st.floats(allow_nan=False),
        "at": st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    }
)


@settings(max_examples=50, deadline=None)
@given(rows=st.lists(_AVRO_ROWS, min_size=1, max_size=5))
def test_bare_avro_comes_back(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    instant = {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}}
    by = schema(ACCOUNT, DAY, VOLUME, instant)
    path = tmp_path_factory.getbasetemp() / "bare.avsc"
    path.write_text(json.dumps(by))
    found = AvroCodec(COLUMNS, schema=path, schemas=None).decode([written(row, by) for row in rows])
    assert found.rows.to_dicts() == rows
