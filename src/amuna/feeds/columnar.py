"""Parquet and Excel files: columns that are read whole, in slices of rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import fastexcel
import polars as pl

from amuna.domain.errors import SourceUnreadable
from amuna.domain.text import Text
from amuna.feeds.csv_blocks import Lines
from amuna.feeds.feed_map import FeedMap

SLICE_ROWS = 2_000_000
_NO_LINES = pl.DataFrame(schema={"row": pl.Int64, "fields": pl.Int64, "original": pl.String})


class ParquetFile:
    """A Parquet file; its columns keep their types. The first row of data is row 2, as in CSV."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self.columns = tuple(pl.scan_parquet(path).collect_schema().names())
            self._n_rows = int(pl.scan_parquet(path).select(pl.len()).collect().item())
        except pl.exceptions.PolarsError as error:
            raise _damaged(path, "Parquet", error) from error
        _require_rows(path, self._n_rows)

    def chunks(self, after_row: int) -> Iterator[Lines]:
        """Rows after the row `after_row`, two million at a time."""
        for start in range(max(after_row - 1, 0), self._n_rows, SLICE_ROWS):
            try:
                rows = pl.scan_parquet(self._path).slice(start, SLICE_ROWS).collect()
            except pl.exceptions.PolarsError as error:
                raise _damaged(self._path, "Parquet", error) from error
            yield Lines(_numbered(rows, first_row=start + 2), _NO_LINES, start + 1 + rows.height)


class ExcelFile:
    """A sheet of an Excel workbook, every cell as text; blank rows are passed over."""

    def __init__(self, path: Path, feed_map: FeedMap | None) -> None:
        try:
            workbook = fastexcel.read_excel(path)
            wanted = feed_map.sheet if feed_map else None
            sheet = wanted or workbook.sheet_names[0]
            if sheet not in workbook.sheet_names:
                raise SourceUnreadable(
                    Text(
                        "{file}: no hay una hoja '{sheet}'; se encontraron: {found}.",
                        "{file}: no sheet '{sheet}'; found {found}.",
                    ),
                    remedy=Text(
                        'Escriba sheet = "{first}" bajo [feeds.NOMBRE] en amuna.toml.',
                        'Set sheet = "{first}" under [feeds.NAME] in amuna.toml.',
                    ),
                    file=str(path),
                    sheet=sheet,
                    found=workbook.sheet_names,
                    first=workbook.sheet_names[0],
                )
            cells = workbook.load_sheet(sheet, dtypes="string").to_polars()
        except fastexcel.FastExcelError as error:
            raise _damaged(path, "Excel", error) from error
        self.columns = tuple(cells.columns)
        rows = _numbered(cells, first_row=2)
        self._rows = rows.filter(~pl.all_horizontal(pl.col(self.columns).is_null())) if self.columns else rows
        _require_rows(path, self._rows.height)
        if feed_map and feed_map.value in self.columns and feed_map.decimal != ".":
            self._rows = _one_decimal_mark(self._rows, feed_map.value, expected=feed_map.decimal)

    def chunks(self, after_row: int) -> Iterator[Lines]:
        """Rows after the row `after_row`, at once."""
        rows = self._rows.filter(pl.col("_row") > after_row)
        if rows.height:
            yield Lines(rows, _NO_LINES, int(rows["_row"][-1]))


def _one_decimal_mark(rows: pl.DataFrame, column: str, *, expected: str | None) -> pl.DataFrame:
    """Excel hands numbers over with a point, and texts as typed: where commas are decimals, make them all commas."""
    has_comma = pl.col(column).str.contains(",", literal=True)
    if expected is None and not rows.select(has_comma.any()).item():
        return rows
    commas = pl.col(column).str.replace(".", ",", literal=True)
    return rows.with_columns(pl.when(has_comma).then(pl.col(column)).otherwise(commas).alias(column))


def _numbered(rows: pl.DataFrame, *, first_row: int) -> pl.DataFrame:
    return rows.with_columns(
        _row=pl.int_range(first_row, first_row + rows.height, dtype=pl.Int64, eager=True)
    )


def _require_rows(path: Path, n_rows: int) -> None:
    if n_rows == 0:
        raise SourceUnreadable(
            Text("{file}: el archivo no tiene filas.", "{file}: the file has no rows."),
            remedy=Text(
                "Expórtelo de nuevo, o sáquelo de la carpeta.",
                "Export it again, or take it out of the folder.",
            ),
            file=str(path),
            row=1,
        )


def _damaged(path: Path, kind: str, error: Exception) -> SourceUnreadable:
    first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
    return SourceUnreadable(
        Text(
            "{file}: el archivo {kind} está incompleto o dañado ({cause}).",
            "{file}: the {kind} file is truncated or damaged ({cause}).",
        ),
        remedy=Text(
            "Cópielo de nuevo desde donde se creó.",
            "Copy it again from where it was made.",
        ),
        file=str(path),
        kind=kind,
        cause=first_line,
    )
