"""FileFeed: a file, or the files of a folder in the order of their names, as a feed."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import polars as pl

from amuna.domain.errors import ColumnMismatch, SourceUnreadable
from amuna.domain.ports import Batch
from amuna.domain.text import Text
from amuna.feeds.columnar import ExcelFile, ParquetFile
from amuna.feeds.csv_blocks import Lines
from amuna.feeds.csv_file import CsvFile
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.geojson import GeoJsonFile
from amuna.feeds.refused import unparsable_lines

BATCH_ROWS = 2_000_000
_SUFFIXES = {
    *(".csv", ".tsv", ".txt", ".gz", ".parquet", ".pq", ".geojson"),
    *(".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"),
}
_PARQUET_SUFFIXES = {".parquet", ".pq"}
_GEOJSON_SUFFIXES = {".geojson", ".json"}
_NO_PERMISSION = Text("permiso denegado", "Permission denied")
_EXCEL_SUFFIXES = {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}


class FileFeed:
    """Rows of a file or folder, resumable after any batch.

    The watermark is the hash of the content read so far and the number of its last row. The same content is
    passed over; a file that changed is read again from its start, which the store takes as rows it knows.

    Parameters
    ----------
    path
        CSV (plain or gzip), Parquet, Excel or GeoJSON file, or a folder of them.
    feed_map
        What the columns mean.
    name
        Name of the feed; the path if None.
    batch_rows
        Most rows in a batch.
    """

    def __init__(
        self, path: Path | str, feed_map: FeedMap, *, name: str | None = None, batch_rows: int = BATCH_ROWS
    ) -> None:
        self.path = Path(path)
        self.feed_map = feed_map
        self.name = name or str(path)
        self._batch_rows = batch_rows

    def batches(self, since: str | None) -> Iterator[Batch]:
        """Batches after the watermark. Every file is opened and checked before the first batch leaves."""
        parts = _open_parts(files_of(self.path), self.feed_map)
        first, after_row = _position(parts, since)
        for part in parts[first:]:
            for lines in _regroup(part.source.chunks(after_row), self._batch_rows):
                yield self._batch(part, lines)
            after_row = 0

    def acknowledge(self, watermark: str) -> None:
        """Nothing to do: a file keeps no position; the store keeps it with the rows."""

    def _batch(self, part: _Part, lines: Lines) -> Batch:
        source = str(part.path)
        refused = unparsable_lines(lines.refused, source=source, n_columns=len(part.source.columns))
        return Batch(
            source=source,
            watermark=f"{part.digest}@{lines.last_row}",
            rows=lines.rows,
            kind=self.feed_map.kind,
            refused=refused if refused.height else None,
        )


class _Source(Protocol):
    columns: tuple[str, ...]

    def chunks(self, after_row: int) -> Iterator[Lines]: ...


@dataclass(frozen=True)
class _Part:
    """One file, opened; `digest` covers its content and that of all files before it."""

    path: Path
    digest: str
    source: _Source


def columns_of(path: Path | str) -> tuple[str, ...]:
    """Column names of a file, or of the first file of a folder, for `recognise`."""
    return _open(files_of(Path(path))[0], None).columns


def files_of(path: Path) -> list[Path]:
    """The file itself, or the files of the folder that a feed can read, in the order of their names.

    Raises
    ------
    SourceUnreadable
        If nothing is there.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise SourceUnreadable(
            Text("{file}: no existe ese archivo o carpeta.", "{file}: no such file or folder."),
            remedy=Text(
                "Revise la ruta, y desde qué carpeta parte.",
                "Check the path, and from which folder it starts.",
            ),
            file=str(path),
        )
    files = sorted(
        file for file in path.iterdir() if file.suffix.lower() in _SUFFIXES and not file.name.startswith(".")
    )
    if not files:
        raise SourceUnreadable(
            Text(
                "{file}: la carpeta no contiene ningún archivo que se pueda leer.",
                "{file}: the folder holds no file that can be read.",
            ),
            remedy=Text(
                "Ponga en ella archivos que terminen en {endings}.",
                "Put files into it that end in one of {endings}.",
            ),
            file=str(path),
            endings=sorted(_SUFFIXES),
        )
    return files


def _open_parts(files: list[Path], feed_map: FeedMap) -> list[_Part]:
    parts: list[_Part] = []
    for path in files:
        source = _open(path, feed_map)
        require_columns(path, source.columns, feed_map)
        before = parts[-1].digest if parts else ""
        parts.append(_Part(path, _digest(path, before=before), source))
    return parts


def _open(path: Path, feed_map: FeedMap | None) -> _Source:
    try:
        with path.open("rb") as file:
            magic = file.read(4)
        suffix = path.suffix.lower()
        if magic == b"PAR1" or (suffix in _PARQUET_SUFFIXES and magic):
            return ParquetFile(path)
        if suffix in _EXCEL_SUFFIXES and magic:
            return ExcelFile(path, feed_map)
        if suffix in _GEOJSON_SUFFIXES and magic:
            return GeoJsonFile(path)
        return CsvFile(path, feed_map)
    except OSError as error:
        raise SourceUnreadable(
            Text("{file}: no se puede abrir ({cause}).", "{file}: cannot be opened ({cause})."),
            remedy=Text(
                "Revise que el archivo exista y que usted pueda leerlo.",
                "Check that the file exists and may be read.",
            ),
            file=str(path),
            cause=_NO_PERMISSION if isinstance(error, PermissionError) else error.strerror or str(error),
        ) from error


def _digest(path: Path, *, before: str) -> str:
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256((before + content).encode()).hexdigest()[:24]


def require_columns(path: Path, columns: tuple[str, ...], feed_map: FeedMap) -> None:
    """Refuse a file without a column that its feed map names.

    Raises
    ------
    ColumnMismatch
        If one is missing.
    """
    named = feed_map.columns()
    free = [column for column in columns if column not in named.values()] or columns
    for setting, column in named.items():
        if column in columns:
            continue
        near = difflib.get_close_matches(column, free, n=1, cutoff=0.0)[0]
        raise ColumnMismatch(
            Text(
                "{file}, fila {row}: no hay una columna '{column}'; se encontraron: {found}.",
                "{file}, row {row}: no column '{column}'; found {found}.",
            ),
            remedy=Text(
                'Escriba {setting} = "{nearest}" (o la que corresponda) bajo [feeds.NOMBRE] en amuna.toml.',
                'Set {setting} = "{nearest}" (or the right one) under [feeds.NAME] in amuna.toml.',
            ),
            file=str(path),
            row=1,
            column=column,
            found=list(columns),
            setting=setting,
            nearest=near,
        )


def _position(parts: list[_Part], since: str | None) -> tuple[int, int]:
    """First part to read and the row to read after; the start where the watermark is of other content."""
    digest, _, row = (since or "").partition("@")
    for index, part in enumerate(parts):
        if part.digest == digest and row.isdigit():
            return index, int(row)
    return 0, 0


def _regroup(chunks: Iterator[Lines], size: int) -> Iterator[Lines]:
    """The same lines in pieces of at most `size` rows, nearly all of them full."""
    held: list[Lines] = []
    for chunk in chunks:
        held.append(chunk)
        if sum(lines.rows.height for lines in held) >= size:
            *full, rest = _cut(_joined(held), size)
            yield from full
            held = [rest]
    if held and (held[-1].rows.height or held[-1].refused.height or len(held) > 1):
        yield from _cut(_joined(held), size)


def _joined(held: list[Lines]) -> Lines:
    if len(held) == 1:
        return held[0]
    return Lines(
        pl.concat([lines.rows for lines in held]),
        pl.concat([lines.refused for lines in held]),
        held[-1].last_row,
    )


def _cut(lines: Lines, size: int) -> Iterator[Lines]:
    """Pieces of `size` rows; the last, of what remains, may be empty."""
    rows, refused = lines.rows, lines.refused
    while rows.height > size:
        last_row = int(rows["_row"][size - 1])
        yield Lines(rows[:size], refused.filter(pl.col("row") <= last_row), last_row)
        rows, refused = rows[size:], refused.filter(pl.col("row") > last_row)
    yield Lines(rows, refused, lines.last_row)
