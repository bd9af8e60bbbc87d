"""Feeds, quarantine, gaps and corrections against the tables; a preview that writes nothing and tells exactly what comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.integration.conftest import NOW

from amuna.domain.errors import AmunaError, ColumnMismatch, SourceUnreadable
from amuna.domain.ports import Store
from amuna.domain.tables import (
    ACCOUNTS,
    BATCHES,
    CONSUMPTION,
    QUARANTINE,
    READINGS,
    REGISTER_EVENTS,
    TABLES,
)
from amuna.feeds.feed_map import require_recognised
from amuna.feeds.files import FileFeed, columns_of
from amuna.feeds.rules import Rules
from amuna.workflows.ingest import IngestReport, ingest
from amuna.workflows.views.feeds import (
    feed_rows,
    latest_corrections,
    latest_register_events,
    refused_reasons,
    refused_rows,
)
from amuna.workflows.views.gaps import CLOSED_AFTER_DAYS, gaps
from amuna.workflows.views.preview import Preview, preview

FIRST = date(2024, 5, 1)
HEADER = "account_id,day,consumption_m3\n"


def _file(folder: Path, text: str, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def _days(accounts: dict[str, tuple[int, int]], *, m3: float = 1.0) -> str:
    """CSV of accounts that have every day from their first to their last, counted from FIRST."""
    lines = [
        f"{account},{FIRST + timedelta(days=n)},{m3}"
        for account, (first, last) in accounts.items()
        for n in range(first, last + 1)
    ]
    return HEADER + "\n".join(lines) + "\n"


def _with(path: Path, work: Callable[..., object], store: Store, **more: object) -> object:
    feed_map = require_recognised(columns_of(path), source=str(path), time_zone="America/Lima")
    return work(FileFeed(path, feed_map), feed_map, store=store, rules=Rules(), **more)


def _ingest(path: Path, store: Store) -> IngestReport:
    report = _with(path, ingest, store, now=lambda: NOW)
    assert isinstance(report, IngestReport)
    return report


def _preview(path: Path, store: Store) -> Preview:
    found = _with(path, preview, store, now=NOW)
    assert isinstance(found, Preview)
    return found


def _everything(store: Store) -> dict[str, pl.DataFrame]:
    """Every row of every table, and the earlier versions."""
    rows = {table.name: store.read(table).sort(table.key) for table in TABLES}
    return rows | {table.name + " versions": store.versions(table) for table in (CONSUMPTION, READINGS)}


def _same(one: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> bool:
    return all(rows.equals(other[name]) for name, rows in one.items())


DIRTY = (
    HEADER
    + "A,2024-05-01,2.5\n"  # corrected
    + "A,2024-05-02,1.0\n"  # known
    + "A,2024-05-09,3.0\n"  # new
    + "A,2024-05-09,3.0\n"  # said twice
    + "new,2024-05-09,4.0\n"  # of an account the store has nothing of
    + "listed,2024-05-09,4.0\n"
    + "A,2024-05-10,-7\n"
    + ",2024-05-10,7\n"
    + "A,tomorrow,7\n"
    + "A,2024-05-11,1,2,3\n"
)


def _prepared(store: Store, tmp_path: Path) -> Path:
    _ingest(_file(tmp_path, _days({"A": (0, 4), "B": (0, 4)}), "old.csv"), store)
    row = {"account_id": "listed", "segment": None, "zone_id": None, "longitude": None, "latitude": None}
    store.upsert(ACCOUNTS, ACCOUNTS.frame([row]))
    return _file(tmp_path, DIRTY, "dirty.csv")


def test_a_preview_writes_nothing_and_the_ingest_does_exactly_what_it_said(
    store: Store, tmp_path: Path
) -> None:
    path = _prepared(store, tmp_path)
    before = _everything(store)
    told = _preview(path, store)
    assert _same(before, _everything(store))
    assert told.known_since is None
    done = _ingest(path, store)
    assert vars(done) | {"seconds": 0} == vars(told.ingest) | {"seconds": 0}
    assert (done.read, done.inserted, done.replaced, done.unchanged, done.duplicate, done.quarantined) == (
        10,
        3,
        1,
        1,
        1,
        4,
    )
    refused = store.read(QUARANTINE).sort("row").select("row", "field", "reason", "detail", "original")
    assert told.refused.equals(refused)


def test_a_preview_tells_accounts_days_and_what_is_usual(store: Store, tmp_path: Path) -> None:
    told = _preview(_prepared(store, tmp_path), store)
    assert told.accounts == 3
    assert told.unknown_accounts == 1, "one of the three has history, one is listed"
    assert (told.first_day, told.last_day) == (FIRST, date(2024, 5, 9))
    assert told.median_m3 == pytest.approx(3.5)
    assert told.usual_m3 == pytest.approx(1.0)
    assert sorted(told.sample["consumption_m3"]) == [2.5, 3.0, 4.0, 4.0]


def test_what_is_usual_is_that_of_the_same_accounts(store: Store, tmp_path: Path) -> None:
    _ingest(_file(tmp_path, _days({"small": (0, 9)}), "small.csv"), store)
    _ingest(_file(tmp_path, _days({"large": (0, 9)}, m3=80.0), "large.csv"), store)
    later = {name: f"{HEADER}{name},2024-05-20,70\n" for name in ("large", "stranger")}
    told = {name: _preview(_file(tmp_path, text, f"{name} later.csv"), store) for name, text in later.items()}
    assert (told["large"].median_m3, told["large"].usual_m3) == (70.0, 80.0)
    assert told["stranger"].usual_m3 == pytest.approx(40.5), "of all, where the account is unknown"


def test_the_same_file_again_says_so(store: Store, tmp_path: Path) -> None:
    path = _prepared(store, tmp_path)
    _ingest(path, store)
    told = _preview(path, store)
    assert told.known_since == NOW.replace(microsecond=1)
    assert told.ingest.read == 0
    copy = _preview(_file(tmp_path, DIRTY, "other name.csv"), store)
    assert copy.known_since is None
    assert (copy.ingest.inserted, copy.ingest.replaced, copy.ingest.unchanged) == (0, 0, 5)


def test_a_preview_of_dial_readings_undoes_the_days_it_derived(store: Store, tmp_path: Path) -> None:
    lines = [f"A,2024-05-0{day}T00:00:00-05:00,{100 + day}" for day in range(1, 6)]
    lines[3] = "A,2024-05-04T00:00:00-05:00,3"
    path = _file(tmp_path, "account_id,observed_at,reading_m3\n" + "\n".join(lines) + "\n")
    before = _everything(store)
    told = _preview(path, store)
    assert _same(before, _everything(store))
    done = _ingest(path, store)
    assert vars(done) | {"seconds": 0} == vars(told.ingest) | {"seconds": 0}
    assert sum(done.register_decisions.values()) == len(latest_register_events(store=store)) > 0
    assert (told.accounts, told.unknown_accounts) == (1, 1)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", SourceUnreadable),
        (HEADER, SourceUnreadable),
        ("when,who,what\n1,2,3\n", ColumnMismatch),
        (HEADER + "A,never,1\nB,nor then,2\n", ColumnMismatch),
        ("\0\0\0\0", SourceUnreadable),
    ],
)
def test_a_broken_file_is_an_error_with_a_remedy_and_leaves_nothing(
    text: str, error: type[AmunaError], store: Store, tmp_path: Path
) -> None:
    path = _file(tmp_path, text)
    before = _everything(store)
    with pytest.raises(error) as caught:
        _preview(path, store)
    assert caught.value.remedy
    assert _same(before, _everything(store))


def test_the_files_of_a_folder_are_one_feed(store: Store, tmp_path: Path) -> None:
    path = _prepared(store, tmp_path)
    _ingest(path, store)
    found = feed_rows(store=store, now=NOW + timedelta(minutes=5))
    batches = store.read(BATCHES)
    assert found["feed"].to_list() == [str(tmp_path)]
    row = found.row(0, named=True)
    assert (row["batches"], row["rows_read"]) == (2, batches["rows_read"].sum())
    assert row["rows_quarantined"] == 4
    assert row["source"] == str(path)
    assert row["age_s"] == 299


def test_the_quarantine_comes_in_pieces_and_by_reason(store: Store, tmp_path: Path) -> None:
    _ingest(_prepared(store, tmp_path), store)
    reasons = refused_reasons(store=store)
    assert dict(reasons.select("reason", "rows").iter_rows()) == {
        "missing_account": 1,
        "negative": 1,
        "not_a_time": 1,
        "unparsable_row": 1,
    }
    pieces = [refused_rows(store=store, start=start, rows=3) for start in (0, 3)]
    assert [piece.total for piece in pieces] == [4, 4]
    whole = pl.concat([piece.rows for piece in pieces])
    assert whole.equals(refused_rows(store=store).rows)
    assert whole["row"].to_list() == [8, 9, 10, 11]
    only = refused_rows(store=store, reason="negative")
    assert (only.total, only.rows["row"].to_list()) == (1, [8])


def test_corrections_say_what_a_day_was(store: Store, tmp_path: Path) -> None:
    _ingest(_prepared(store, tmp_path), store)
    found = latest_corrections(store=store)
    assert found.select("account_id", "day", "was_m3", "consumption_m3").rows() == [("A", FIRST, 1.0, 2.5)]
    assert latest_corrections(store=store, rows=0).is_empty()


def test_gaps_count_each_account_while_it_is_expected(store: Store, tmp_path: Path) -> None:
    spans = {"whole": (0, 99), "late": (40, 99), "closed": (0, 20), "silent": (0, 80)}
    text = _days(spans).replace(f"whole,{FIRST + timedelta(days=50)},1.0\n", "")
    _ingest(_file(tmp_path, text), store)
    zones = {"whole": "Z1", "late": "Z1", "closed": "Z2", "silent": None}
    listed = [
        {"account_id": account, "segment": None, "zone_id": zone, "longitude": None, "latitude": None}
        for account, zone in zones.items()
    ]
    store.upsert(ACCOUNTS, ACCOUNTS.frame(listed))
    found = gaps(store=store)
    assert len(found.days) == 365
    assert found.days["day"].is_sorted()
    days = {(row["day"] - FIRST).days: row for row in found.days.iter_rows(named=True)}
    good = store.read(CONSUMPTION)
    for n, row in days.items():
        day = FIRST + timedelta(days=n)
        expected = sum(first <= n <= last + CLOSED_AFTER_DAYS for first, last in spans.values())
        assert row["expected"] == expected
        assert row["known"] == len(good.filter(day=day))
        assert row["share"] == (row["known"] / expected if expected else None)
    assert days[50]["share"] == pytest.approx(2 / 3)
    assert set(found.zones["zone_id"]) == {"Z1", "Z2", None}
    assert len(found.zones) == 3 * 90
    z1 = found.zones.filter(pl.col("zone_id") == "Z1", pl.col("day") == FIRST + timedelta(days=50))
    assert z1.select("known", "expected").row(0) == (1, 2)


def test_an_empty_store_has_no_gaps_and_no_feeds(store: Store) -> None:
    assert gaps(store=store).days.is_empty()
    assert gaps(store=store).zones.is_empty()
    assert feed_rows(store=store, now=NOW).is_empty()
    assert refused_rows(store=store).total == 0
    assert latest_register_events(store=store).columns == list(REGISTER_EVENTS.names)
