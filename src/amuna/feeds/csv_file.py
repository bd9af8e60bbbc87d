"""A CSV file, plain or gzip: its dialect is found before the first row is read."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from amuna.domain.errors import SourceUnreadable
from amuna.domain.text import Text
from amuna.feeds.csv_blocks import (
    Dialect,
    Lines,
    find_delimiter,
    find_encoding,
    open_bytes,
    read_lines,
    read_start,
    split_line,
)
from amuna.feeds.feed_map import FeedMap

_TRUNCATED = (EOFError, zlib.error, gzip.BadGzipFile)
_EMPTY = Text(
    "{file}: el archivo está vacío; se esperaba un encabezado y sus filas.",
    "{file}: the file is empty; expected a header and rows.",
)
_HEADER_ALONE = Text(
    "{file}: hay un encabezado, pero ninguna fila; se esperaba un encabezado y sus filas.",
    "{file}: a header without rows; expected a header and rows.",
)


class CsvFile:
    """A CSV file that was read to its end once, so that a truncated one is refused before any row leaves it."""

    def __init__(self, path: Path, feed_map: FeedMap | None) -> None:
        self._path = path
        self._dialect = _find_dialect(path, feed_map)
        self.columns = self._dialect.header

    def chunks(self, after_row: int) -> Iterator[Lines]:
        """Lines after the row `after_row`, the header being row 1."""
        return read_lines(self._path, self._dialect, after_row=max(after_row, 1))


def _find_dialect(path: Path, feed_map: FeedMap | None) -> Dialect:
    try:
        found = find_encoding(path)
    except _TRUNCATED as error:
        raise SourceUnreadable(
            Text(
                "{file}: el archivo gzip está incompleto o dañado ({cause}).",
                "{file}: the gzip file is truncated or damaged ({cause}).",
            ),
            remedy=Text(
                "Cópielo de nuevo desde donde se creó; nada de él se ingresó.",
                "Copy it again from where it was made; nothing of it was ingested.",
            ),
            file=str(path),
            cause=Text("se corta antes de su final", str(error))
            if isinstance(error, EOFError)
            else str(error),
        ) from error
    marked = found in ("utf-8-sig", "utf-16")
    encoding = found if marked or feed_map is None else feed_map.encoding or found
    _require_text(path, encoding)
    lines = read_start(path, encoding)
    header = lines[0] if lines else ""
    if not any(line.strip() for line in lines[1:]) or not header.strip():
        raise SourceUnreadable(
            _HEADER_ALONE if header.strip() else _EMPTY,
            remedy=Text(
                "Expórtelo de nuevo, o sáquelo de la carpeta.",
                "Export it again, or take it out of the folder.",
            ),
            file=str(path),
            row=1,
        )
    wanted = tuple(feed_map.columns().values()) if feed_map else ()
    delimiter = (feed_map.delimiter if feed_map else None) or find_delimiter(header, wanted)
    return Dialect(encoding, delimiter, _distinct(split_line(header, delimiter)))


def _require_text(path: Path, encoding: str) -> None:
    with open_bytes(path) as file:
        binary = b"\0" in file.read(4096) and not encoding.lower().startswith(("utf-16", "utf-32", "utf_"))
    if binary:
        raise SourceUnreadable(
            Text("{file}: no es texto, Parquet, Excel ni gzip.", "{file}: not text, Parquet, Excel or gzip."),
            remedy=Text(
                "Entregue un archivo en uno de estos formatos. Si es de Excel, su nombre debe terminar en .xlsx; si es un .zip, descomprímalo antes.",
                "Give a file in one of these formats; the name of an Excel file ends in .xlsx; unpack zip archives first.",
            ),
            file=str(path),
        )


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names made distinct: a repeated or empty one gets its position, so that rows keep every field."""
    taken: list[str] = []
    for position, name in enumerate(names, start=1):
        taken.append(
            name if name and name not in taken and name != "_row" else f"{name or 'column'}_{position}"
        )
    return tuple(taken)
