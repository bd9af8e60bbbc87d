"""Files in every dialect become the same rows; broken ones are refused before a row leaves them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from amuna.domain.errors import ColumnMismatch, SourceUnreadable
from amuna.domain.ports import Batch
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.files import FileFeed, columns_of

_MAP = FeedMap("AccountOID", "ConsumptionDate", "Consumption")
_TEXT = "ConsumptionDate,AccountOID,Consumption\n2024-01-01,Ñ1,10.5\n2024-01-02,Ñ1,11\n2024-01-03,Ñ2,12\n"


def _read(
    path: Path, feed_map: FeedMap = _MAP, *, since: str | None = None, batch_rows: int = 1000
) -> list[Batch]:
    return list(FileFeed(path, feed_map, batch_rows=batch_rows).batches(since))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plain.csv", _TEXT.encode()),
        ("bom.csv", b"\xef\xbb\xbf" + _TEXT.encode()),
        ("latin.csv", _TEXT.encode("latin-1")),
        ("utf16.csv", _TEXT.encode("utf-16")),
        ("crlf.csv", _TEXT.replace("\n", "\r\n").encode()),
        ("semicolon.csv", _TEXT.replace(",", ";").encode()),
        ("tab.tsv", _TEXT.replace(",", "\t").encode()),
        ("pipe.txt", _TEXT.replace(",", "|").encode()),
        ("packed.csv.gz", gzip.compress(_TEXT.encode())),
        ("no_suffix_for_gzip.csv", gzip.compress(_TEXT.encode("latin-1"))),
        ("no_last_newline.csv", _TEXT.rstrip().encode()),
        ("quoted.csv", _TEXT.replace("Ñ1", '"Ñ1"').encode()),
    ],
)
def test_every_dialect_gives_the_same_rows(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    (batch,) = _read(path)

    assert batch.rows.rows() == [
        ("2024-01-01", "Ñ1", "10.5", 2),
        ("2024-01-02", "Ñ1", "11", 3),
        ("2024-01-03", "Ñ2", "12", 4),
    ]
    assert batch.refused is None
    assert columns_of(path) == ("ConsumptionDate", "AccountOID", "Consumption")


def test_lines_that_do_not_split_are_refused_with_their_text(tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    lines = [
        "ConsumptionDate,AccountOID,Consumption",
        "2024-01-01,A,1",
        "2024-01-02,A",
        "",
        "2024-01-03,A,3,4",
        '2024-01-04,"A,4',
        '2024-01-05,"A ""x"", b",5',
    ]
    path.write_text("\n".join(lines))

    (batch,) = _read(path)

    assert batch.rows.rows() == [("2024-01-01", "A", "1", 2), ("2024-01-05", 'A "x", b', "5", 7)]
    assert batch.refused is not None
    assert batch.refused["row"].to_list() == [3, 5, 6]
    assert set(batch.refused["reason"]) == {"unparsable_row"}
    assert batch.refused["original"].to_list() == [
        '{"line":"2024-01-02,A"}',
        '{"line":"2024-01-03,A,3,4"}',
        r'{"line":"2024-01-04,\"A,4"}',
    ]
    assert "Found 2 fields, expected 3" in batch.refused["detail"][0]
    assert "delimiter under [feeds." in batch.refused["detail"][0]
    assert "quote stays open" in batch.refused["detail"][2]


def test_a_line_outside_the_given_encoding_is_refused_alone(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    path.write_bytes(_TEXT.encode() + "2024-01-04,Ñ3,5\n".encode("latin-1"))

    (batch,) = _read(path, FeedMap("AccountOID", "ConsumptionDate", "Consumption", encoding="utf-8"))

    assert batch.rows["AccountOID"].to_list() == ["Ñ1", "Ñ1", "Ñ2"]
    assert batch.refused is not None
    assert batch.refused["row"].to_list() == [5]


def test_text_after_a_closing_quote_keeps_the_other_rows(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text('ConsumptionDate,AccountOID,Consumption\n2024-01-01,"A"x,1\n2024-01-02,B,2\n')

    (batch,) = _read(path)

    assert batch.rows["AccountOID"].to_list() == ["Ax", "B"]


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    path = tmp_path / "day.parquet"
    rows = pl.read_csv(_TEXT.encode(), try_parse_dates=True)
    rows.write_parquet(path)

    (batch,) = _read(path)

    assert batch.rows.drop("_row").equals(rows)
    assert batch.rows["_row"].to_list() == [2, 3, 4]


def _workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "notas"  # type: ignore[union-attr]
    sheet = book.create_sheet("datos")
    for row in (
        ["fecha", "suministro", "consumo"],
        ["2024-01-01", "A", 12.125],
        [],
        ["2024-01-02", 7, "1,5"],
    ):
        sheet.append(row)
    book.save(path)


def test_excel_reads_the_named_sheet_with_one_decimal_mark(tmp_path: Path) -> None:
    path = tmp_path / "libro.xlsx"
    _workbook(path)

    (batch,) = _read(path, FeedMap("suministro", "fecha", "consumo", sheet="datos"))

    assert batch.rows.rows() == [("2024-01-01", "A", "12,125", 2), ("2024-01-02", "7", "1,5", 4)]


def test_excel_without_the_sheet_names_those_it_has(tmp_path: Path) -> None:
    path = tmp_path / "libro.xlsx"
    _workbook(path)

    with pytest.raises(SourceUnreadable, match=r"libro\.xlsx.*'otra'.*notas, datos.*sheet = "):
        _read(path, FeedMap("suministro", "fecha", "consumo", sheet="otra"))


def _truncated_gzip(path: Path) -> Path:
    noise = "".join(f"2024-01-01,{i * 7919 % 100003},{i}\n" for i in range(20_000))
    packed = gzip.compress((_TEXT + noise).encode())
    path = path.with_suffix(".csv.gz")
    path.write_bytes(packed[: len(packed) // 2])
    return path


def _truncated_parquet(path: Path) -> Path:
    path = path.with_suffix(".parquet")
    pl.DataFrame({"AccountOID": [str(i) for i in range(5000)]}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:2000])
    return path


def _content(suffix: str, content: bytes) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        path = path.with_suffix(suffix)
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (_truncated_gzip, "gzip file is truncated.*Copy it again"),
        (_truncated_parquet, "Parquet file is truncated.*Copy it again"),
        (_content(".csv", b""), "the file is empty.*Export it again"),
        (_content(".csv", b"ConsumptionDate,AccountOID,Consumption\n\n"), "a header without rows"),
        (_content(".csv", b"PK\x03\x04\0\0\0\0"), "not text, Parquet, Excel or gzip"),
        (_content(".xlsx", b"PK\x03\x04garbage"), "Excel file is truncated or damaged"),
        (_content(".parquet", b"hello, no parquet"), "Parquet file is truncated or damaged"),
    ],
)
def test_a_broken_file_is_refused_before_any_row(
    tmp_path: Path, write: Callable[[Path], Path], message: str
) -> None:
    path = write(tmp_path / "broken")

    with pytest.raises(SourceUnreadable, match=f"{path.name}.*{message}"):
        next(FileFeed(path, _MAP).batches(None))


def test_a_broken_file_of_a_folder_stops_it_before_any_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(_TEXT)
    _truncated_gzip(tmp_path / "b")

    with pytest.raises(SourceUnreadable, match=r"b\.csv\.gz"):
        next(FileFeed(tmp_path, _MAP).batches(None))


def test_an_empty_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.parquet"
    pl.DataFrame({"AccountOID": []}).write_parquet(path)

    with pytest.raises(SourceUnreadable, match=r"none\.parquet: the file has no rows"):
        next(FileFeed(path, _MAP).batches(None))


def test_a_missing_column_names_file_row_column_and_setting(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_text(_TEXT)

    with pytest.raises(ColumnMismatch) as caught:
        _read(path, FeedMap("AccountOID", "ConsumptionDate", "Consumptions"))

    message = str(caught.value)
    assert (
        "day.csv, row 1: no column 'Consumptions'; found ConsumptionDate, AccountOID, Consumption" in message
    )
    assert 'value = "Consumption"' in message
    assert "[feeds.NAME] in amuna.toml" in message


def test_nothing_at_the_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match=r"absent\.csv: no such file"):
        _read(tmp_path / "absent.csv")
    with pytest.raises(SourceUnreadable, match="holds no file that can be read"):
        _read(tmp_path)


def test_a_killed_run_goes_on_after_its_last_watermark(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    lines = [f"2024-01-01,A{i},{i}" if i % 10 else f"broken {i}" for i in range(100)]
    path.write_text("\n".join(["ConsumptionDate,AccountOID,Consumption", *lines]))
    whole = _read(path, batch_rows=7)

    resumed = _read(path, since=whole[4].watermark, batch_rows=7)

    assert max(batch.rows.height for batch in whole) == 7
    assert pl.concat([batch.rows for batch in whole])["_row"].n_unique() == 90
    assert sum(batch.refused.height for batch in whole if batch.refused is not None) == 10
    assert [batch.rows.rows() for batch in resumed] == [batch.rows.rows() for batch in whole[5:]]
    assert [batch.watermark for batch in resumed] == [batch.watermark for batch in whole[5:]]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_the_same_file_again_gives_nothing_and_a_changed_one_everything(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"day{suffix}"
    rows = pl.read_csv(_TEXT.encode())
    write = rows.write_csv if suffix == ".csv" else rows.write_parquet
    write(path)
    (batch,) = _read(path)

    assert _read(path, since=batch.watermark) == []

    changed = pl.concat([rows, rows.with_columns(pl.lit("Z").alias("AccountOID"))])
    (changed.write_csv if suffix == ".csv" else changed.write_parquet)(path)
    assert sum(part.rows.height for part in _read(path, since=batch.watermark)) == 6


def test_a_folder_is_read_in_the_order_of_names_and_resumed_between_files(tmp_path: Path) -> None:
    (tmp_path / "2024-02.csv").write_text(_TEXT.replace("2024-01", "2024-02"))
    (tmp_path / "2024-01.csv").write_text(_TEXT)
    (tmp_path / "readme.md").write_text("no data")
    first, second = _read(tmp_path)

    assert [Path(batch.source).name for batch in (first, second)] == ["2024-01.csv", "2024-02.csv"]
    (rest,) = _read(tmp_path, since=first.watermark)
    assert rest.rows.equals(second.rows)

    (tmp_path / "2024-03.csv").write_text(_TEXT.replace("2024-01", "2024-03"))
    (new,) = _read(tmp_path, since=second.watermark)
    assert Path(new.source).name == "2024-03.csv"


def test_repeated_and_empty_column_names_keep_their_fields(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("ConsumptionDate,AccountOID,Consumption,,note,note\n2024-01-01,A,1,x,y,z\n")

    (batch,) = _read(path)

    assert batch.rows.columns[3:] == ["column_4", "note", "note_6", "_row"]
    assert batch.rows["note_6"].to_list() == ["z"]
