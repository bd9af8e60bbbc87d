"""CSV text in blocks: whole lines as columns of strings, and the lines that do not fit."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

BLOCK_BYTES = 16 << 20
_GZIP_MAGIC = b"\x1f\x8b"
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = (",", ";", "\t", "|")
_NEWLINE, _RETURN, _QUOTE = b'\n\r"'


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written: its encoding, delimiter and header."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]


@dataclass(frozen=True)
class Lines:
    """The lines of one block.

    Parameters
    ----------
    rows
        Columns of strings in the header's names, plus `_row`.
    refused
        Columns `row`, `fields` (how many were found) and `original`, of lines with too many or too few fields.
    last_row
        Row number of the block's last line.
    """

    rows: pl.DataFrame
    refused: pl.DataFrame
    last_row: int


def open_bytes(path: Path) -> IO[bytes]:
    """Open a file, through gzip where its first bytes say so."""
    with path.open("rb") as file:
        compressed = file.read(2) == _GZIP_MAGIC
    return cast("IO[bytes]", gzip.open(path)) if compressed else path.open("rb")


def find_encoding(path: Path) -> str:
    """Byte order mark, else UTF-8 where the whole file is valid, else Latin-1. Reads the file to its end."""
    found = "utf-8"
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open_bytes(path) as file:
        block = file.read(BLOCK_BYTES)
        found = next((name for mark, name in _BYTE_ORDER_MARKS if block.startswith(mark)), found)
        while block:
            if found == "utf-8":
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    found = "latin-1"
            block = file.read(BLOCK_BYTES)
    return found


def find_delimiter(header: str, wanted: tuple[str, ...]) -> str:
    """The delimiter under which most wanted columns appear in the header; ties go to most fields."""

    def score(delimiter: str) -> tuple[int, int]:
        names = split_line(header, delimiter)
        return len(set(wanted) & set(names)), len(names)

    return max(_DELIMITERS, key=score)


def split_line(line: str, delimiter: str) -> tuple[str, ...]:
    """Fields of one line, without surrounding blanks."""
    return tuple(field.strip() for field in next(csv.reader([line], delimiter=delimiter), []))


def read_start(path: Path, encoding: str) -> list[str]:
    """First lines of the file, up to the first row after the header; a line is cut at 1 MiB."""
    lines: list[str] = []
    with open_bytes(path) as file:
        text = io.TextIOWrapper(file, encoding, errors="replace", newline="\n")
        while line := text.readline(1 << 20):
            lines.append(line.rstrip("\r\n"))
            if len(lines) > 1 and lines[-1].strip():
                break
    return lines


def read_lines(path: Path, dialect: Dialect, *, after_row: int) -> Iterator[Lines]:
    """Lines after the row `after_row` (the header is row 1), about 16 MiB of text at a time."""
    row = 0
    for block in _whole_lines(path, dialect.encoding):
        n_lines = block.count(b"\n")
        skipped = min(max(after_row - row, 0), n_lines)
        if skipped < n_lines:
            yield _split_block(_without_head(block, skipped), dialect, first_row=row + skipped + 1)
        row += n_lines


def _whole_lines(path: Path, encoding: str) -> Iterator[bytes]:
    """UTF-8 blocks that each end with a newline. A declared UTF-8 is passed on as it is, valid or not."""
    tail = b""
    decoder = (
        None if encoding in ("utf-8", "utf-8-sig") else codecs.getincrementaldecoder(encoding)("replace")
    )
    with open_bytes(path) as file:
        if encoding == "utf-8-sig":
            file.read(len(codecs.BOM_UTF8))
        while raw := file.read(BLOCK_BYTES):
            block = tail + (decoder.decode(raw).encode() if decoder else raw)
            end = block.rfind(b"\n") + 1
            tail = block[end:]
            if end:
                yield block[:end]
    if tail:
        yield tail + b"\n"


def _without_head(block: bytes, n_lines: int) -> bytes:
    start = 0
    for _ in range(n_lines):
        start = block.index(b"\n", start) + 1
    return block[start:]


def _split_block(block: bytes, dialect: Dialect, *, first_row: int) -> Lines:
    text = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero(text == _NEWLINE)
    starts = np.concatenate(([0], ends[:-1] + 1))
    n_fields = _count_fields(text, starts, ends, delimiter=dialect.delimiter)
    numbers = np.arange(first_row, first_row + len(ends))
    blank = (ends - starts == 0) | ((ends - starts == 1) & (text[starts] == _RETURN))
    fits = (n_fields == len(dialect.header)) & ~blank
    fits &= _valid_utf8(block, starts, ends)
    bad = ~fits & ~blank
    kept = block if fits.all() else b"".join(block[starts[i] : ends[i] + 1] for i in np.flatnonzero(fits))
    rows = _parse(kept, dialect, n_rows=int(fits.sum())).with_columns(
        _row=pl.Series(numbers[fits], dtype=pl.Int64)
    )
    refused = pl.DataFrame(
        {
            "row": pl.Series(numbers[bad], dtype=pl.Int64),
            "fields": pl.Series(n_fields[bad], dtype=pl.Int64),
            "original": pl.Series(
                [
                    block[starts[i] : ends[i]].decode(errors="replace").rstrip("\r")
                    for i in np.flatnonzero(bad)
                ],
                dtype=pl.String,
            ),
        }
    )
    return Lines(rows, refused, int(numbers[-1]))


def _count_fields(
    text: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64], *, delimiter: str
) -> NDArray[np.int64]:
    """Fields per line, shape (n_lines,); 0 where a quote stays open. A line end always ends the row."""
    separators = np.flatnonzero(text == ord(delimiter))
    quotes = np.flatnonzero(text == _QUOTE)
    if len(quotes) == 0:
        return np.searchsorted(separators, ends) - np.searchsorted(separators, starts) + 1
    line = np.searchsorted(ends, separators)
    opened = np.searchsorted(quotes, separators) - np.searchsorted(quotes, starts[line])
    separators = separators[opened % 2 == 0]
    counts = np.searchsorted(separators, ends) - np.searchsorted(separators, starts) + 1
    in_line = np.searchsorted(quotes, ends) - np.searchsorted(quotes, starts)
    return np.where(in_line % 2 == 0, counts, 0)


def _valid_utf8(block: bytes, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    try:
        block.decode()
    except UnicodeDecodeError:
        return np.array([_decodes(block[start:end]) for start, end in zip(starts, ends, strict=True)])
    return np.ones(len(ends), dtype=np.bool_)


def _decodes(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parse(block: bytes, dialect: Dialect, *, n_rows: int) -> pl.DataFrame:
    schema = dict.fromkeys(dialect.header, pl.String)
    if n_rows == 0:
        return pl.DataFrame(schema=schema)
    try:
        rows = pl.read_csv(
            block,
            has_header=False,
            new_columns=list(dialect.header),
            infer_schema=False,
            separator=dialect.delimiter,
            quote_char='"' if b'"' in block else None,
            raise_if_empty=False,
        )
    except pl.exceptions.ComputeError:
        rows = pl.DataFrame(schema=schema)
    if rows.height == n_rows and rows.width == len(schema):
        return rows
    reader = csv.reader(io.StringIO(block.decode(), newline=""), delimiter=dialect.delimiter)
    return pl.DataFrame(list(reader), schema=schema, orient="row")
