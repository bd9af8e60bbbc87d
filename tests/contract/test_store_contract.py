"""What every store must do, whatever database is behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amuna.domain.errors import ColumnMismatch, StoreBroken
from amuna.domain.ports import Store, Written
from amuna.domain.table import INSTANT, Table
from amuna.domain.tables import ACCOUNTS, BATCHES, CONSUMPTION, FORECASTS, RUNS, TABLES
from amuna.domain.time import Interval
from amuna.store.duckdb_session import MEMORY
from amuna.store.duckdb_store import open_store
from amuna.store.postgres_store import open_postgres

Opener = Callable[[Path, pytest.FixtureRequest], Store]
OPENERS: dict[str, Opener] = {
    "duckdb file": lambda folder, _: open_store(folder / "store.duckdb", threads=2),
    "duckdb memory": lambda *_: open_store(MEMORY, threads=2),
    "postgres": lambda _, request: open_postgres(request.getfixturevalue("new_database")()),
}
DAY_0 = date(2024, 1, 1)
NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)


def at(hours: int) -> datetime:
    return NOON + timedelta(hours=hours)


def day(number: int) -> date:
    return DAY_0 + timedelta(days=number)


def consumption(*rows: tuple[str, int, float, str, int, str]) -> pl.DataFrame:
    """Rows of (account, day number, m³, flag, hour it was recorded, batch)."""
    return pl.DataFrame(
        [(a, day(d), m3, flag, at(hour), batch) for a, d, m3, flag, hour, batch in rows],
        schema={column.name: column.dtype for column in CONSUMPTION.columns},
        orient="row",
    )


def one(m3: float, hour: int, *, batch: str = "b1", flag: str = "ok") -> pl.DataFrame:
    return consumption(("a", 0, m3, flag, hour, batch))


SAMPLES: dict[object, list[object]] = {
    pl.String(): ["ñandú 'x\"; --", ""],
    pl.Float64(): [-1e300, 0.1],
    pl.Int32(): [-7, 2**31 - 1],
    pl.Int64(): [-7, 2**63 - 1],
    pl.Boolean(): [True, False],
    pl.Date(): [date(1969, 12, 31), DAY_0],
    INSTANT: [at(0), at(1) + timedelta(microseconds=1)],
    pl.List(pl.Float64): [[0.1, float("nan"), -1e300], []],
}


def filled(table: Table, **given: list[object]) -> pl.DataFrame:
    """Rows of a table of which only some columns matter; the others are null, or a sample where they may not be."""
    height = len(next(iter(given.values())))
    others = {
        column.name: [None if column.nullable else SAMPLES[column.dtype][0]] * height
        for column in table.columns
    }
    return pl.DataFrame(others | given, schema=table.empty().schema)


def batch_row(name: str, *, hour: int = 0) -> pl.DataFrame:
    return filled(BATCHES, batch_id=[name], rows_read=[1], committed_at=[at(hour)])


def values(store: Store, **arguments: object) -> list[float]:
    return store.read(CONSUMPTION, **arguments)["consumption_m3"].sort().to_list()  # type: ignore[arg-type]


@pytest.fixture(params=OPENERS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = OPENERS[request.param](tmp_path, request)
    yield opened
    opened.close()


@pytest.fixture(params=OPENERS, scope="module")
def lasting(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for many hypothesis examples, each of which empties the tables it uses."""
    opened = OPENERS[request.param](tmp_path_factory.mktemp("lasting"), request)
    yield opened
    opened.close()


def test_every_table_starts_empty_and_reads_as_its_contract(store: Store) -> None:
    for table in TABLES:
        assert table.check(store.read(table)).is_empty()
        assert store.count(table) == 0


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_rows_come_back_as_they_went_in(store: Store, table: Table) -> None:
    full = pl.DataFrame(
        {column.name: SAMPLES[column.dtype] for column in table.columns}, schema=table.empty().schema
    )
    nulls = full.with_columns(
        pl.lit(None, column.dtype).alias(column.name) for column in table.columns if column.nullable
    )
    for frame in (full, nulls):
        store.upsert(table, frame)
        assert table.check(store.read(table)).sort(table.key).equals(frame.sort(table.key))
        assert store.upsert(table, frame) == Written(unchanged=2)
        store.delete(table, where={table.key[0]: frame[table.key[0]]})
        assert store.count(table) == 0


def test_an_empty_frame_writes_nothing(store: Store) -> None:
    assert store.upsert(CONSUMPTION, CONSUMPTION.empty()) == Written()
    assert store.upsert(RUNS, RUNS.empty()) == Written()


def test_a_frame_that_breaks_its_contract_is_refused_whole(store: Store) -> None:
    with pytest.raises(ColumnMismatch, match="batch_id"):
        store.upsert(CONSUMPTION, one(1, 0).drop("batch_id"))
    with pytest.raises(ColumnMismatch, match="nulls"):
        store.upsert(CONSUMPTION, one(1, 0).with_columns(flag=pl.lit(None, pl.String)))
    assert store.count(CONSUMPTION) == 0


def test_the_later_recorded_version_wins_and_the_earlier_can_still_be_read(store: Store) -> None:
    assert store.upsert(CONSUMPTION, one(1, 0)) == Written(inserted=1)
    assert store.upsert(CONSUMPTION, one(2, 5)) == Written(replaced=1)
    assert values(store) == [2]
    assert [values(store, known_at=at(hour)) for hour in (-1, 0, 4, 5, 6)] == [[], [1], [1], [2], [2]]
    ended = store.versions(CONSUMPTION, where={"account_id": "a"})
    assert ended["consumption_m3"].to_list() == [1, 2]
    assert ended["superseded_at"].to_list() == [at(5), None]
    assert ended.schema["superseded_at"] == INSTANT


def test_a_row_that_says_nothing_new_is_not_written(store: Store) -> None:
    store.upsert(CONSUMPTION, one(1, 0))
    assert store.upsert(CONSUMPTION, one(1, 5, batch="b2")) == Written(unchanged=1)
    assert store.read(CONSUMPTION)["batch_id"].to_list() == ["b1"]
    assert store.versions(CONSUMPTION).height == 1
    assert store.upsert(CONSUMPTION, one(1, 6, flag="partial")) == Written(replaced=1)


def test_a_row_recorded_before_the_present_one_is_kept_among_the_earlier(store: Store) -> None:
    store.upsert(CONSUMPTION, one(1, 0))
    store.upsert(CONSUMPTION, one(3, 6))
    assert store.upsert(CONSUMPTION, one(2, 3)) == Written(superseded=1)
    assert values(store) == [3]
    assert [values(store, known_at=at(hour)) for hour in (2, 3, 5, 6)] == [[1], [2], [2], [3]]
    assert store.versions(CONSUMPTION)["superseded_at"].to_list() == [at(3), at(6), None]


def test_of_two_rows_recorded_at_once_the_one_that_came_last_wins(store: Store) -> None:
    store.upsert(CONSUMPTION, one(1, 0))
    assert store.upsert(CONSUMPTION, one(2, 0)) == Written(replaced=1)
    assert values(store, known_at=at(0)) == [2]
    assert store.versions(CONSUMPTION)["consumption_m3"].sort().to_list() == [1, 2]
    both = consumption(("b", 0, 1, "ok", 0, "b1"), ("b", 0, 2, "ok", 0, "b1"))
    assert store.upsert(CONSUMPTION, both) == Written(inserted=1, replaced=1)
    assert store.read(CONSUMPTION, where={"account_id": "b"})["consumption_m3"].to_list() == [2]


def test_several_versions_of_one_key_in_a_frame_are_chained_as_recorded(store: Store) -> None:
    frame = consumption(("a", 0, 3, "ok", 9, "b1"), ("a", 0, 1, "ok", 1, "b1"), ("a", 0, 2, "ok", 4, "b1"))
    assert store.upsert(CONSUMPTION, frame) == Written(inserted=1, replaced=2)
    assert [values(store, known_at=at(hour)) for hour in (0, 1, 4, 9)] == [[], [1], [2], [3]]


def test_a_chain_leaves_the_earlier_versions_of_other_keys_alone(store: Store) -> None:
    """Keys `(a, 0)` known and `(b, 1)` new with several versions, beside `(b, 0)`, which the frame does not name."""
    store.upsert(CONSUMPTION, consumption(*[(account, 0, 1.0, "ok", 0, "b1") for account in "abc"]))
    store.upsert(CONSUMPTION, consumption(*[(account, 0, 2.0, "ok", 1, "b2") for account in "abc"]))
    late = consumption(
        ("a", 0, 3.0, "ok", -1, "b3"),
        ("b", 1, 4.0, "ok", 0, "b3"),
        ("b", 1, 5.0, "ok", 1, "b3"),
        ("c", 0, 3.0, "ok", -1, "b3"),
    )
    assert store.upsert(CONSUMPTION, late) == Written(inserted=1, replaced=1, superseded=2)
    assert store.versions(CONSUMPTION, where={"account_id": "b", "day": DAY_0})[
        "consumption_m3"
    ].to_list() == [1, 2]


Version = tuple[str, int, float, str, int]
VERSIONS = st.tuples(
    st.sampled_from("abc"),
    st.integers(0, 2),
    st.sampled_from([0.0, 1.0, float("nan")]),
    st.sampled_from(["ok", "partial"]),
    st.integers(0, 5),
)


class Remembered:
    """The brute-force model: every version of every key, in the order in which it counts."""

    def __init__(self) -> None:
        self.chains: dict[tuple[str, int], list[tuple[float, str, int, str]]] = {}

    def upsert(self, rows: list[Version], batch: str) -> Written:
        done = {"inserted": 0, "replaced": 0, "unchanged": 0, "superseded": 0}
        for account, number, m3, flag, hour in sorted(rows, key=lambda row: row[4]):
            chain = self.chains.setdefault((account, number), [])
            place = sum(version[2] <= hour for version in chain)
            if place and repr(chain[place - 1][:2]) == repr((m3, flag)):
                done["unchanged"] += 1
                continue
            done["inserted" if not chain else "replaced" if place == len(chain) else "superseded"] += 1
            chain.insert(place, (m3, flag, hour, batch))
        return Written(**done)

    def known_at(self, hour: int) -> pl.DataFrame:
        rows = []
        for (account, number), chain in self.chains.items():
            known = [version for version in chain if version[2] <= hour]
            rows += [(account, number, *known[-1])] if known else []
        return consumption(*rows).sort(CONSUMPTION.key)

    def versions(self) -> pl.DataFrame:
        rows, ended = [], []
        for (account, number), chain in self.chains.items():
            rows += [(account, number, *version) for version in chain]
            ended += [at(version[2]) for version in chain[1:]] + [None]
        return consumption(*rows).with_columns(pl.Series("superseded_at", ended, INSTANT))


@settings(max_examples=60, deadline=None)
@given(batches=st.lists(st.lists(VERSIONS, min_size=1, max_size=8), min_size=1, max_size=5))
def test_any_sequence_of_upserts_reads_as_the_brute_force_model(
    lasting: Store, batches: list[list[Version]]
) -> None:
    lasting.delete(CONSUMPTION, where={"account_id": ["a", "b", "c"]})
    model = Remembered()
    for number, rows in enumerate(batches):
        frame = consumption(*[(*row, f"b{number}") for row in rows])
        assert lasting.upsert(CONSUMPTION, frame) == model.upsert(rows, f"b{number}")
    for hour in range(-1, 6):
        assert lasting.read(CONSUMPTION, known_at=at(hour)).sort(CONSUMPTION.key).equals(model.known_at(hour))
    assert lasting.read(CONSUMPTION).sort(CONSUMPTION.key).equals(model.known_at(5))
    everything = [*CONSUMPTION.names, "superseded_at"]
    assert lasting.versions(CONSUMPTION).sort(everything).equals(model.versions().sort(everything))


Forecast = tuple[str, str, int, int, float]
FORECAST_ROWS = st.tuples(
    st.sampled_from(["r1", "r2"]),
    st.sampled_from("ab"),
    st.integers(0, 1),
    st.integers(0, 2),
    st.sampled_from([0.0, 1.0]),
)


@settings(max_examples=60, deadline=None)
@given(batches=st.lists(st.lists(FORECAST_ROWS, min_size=1, max_size=8), min_size=1, max_size=5))
def test_a_table_without_versions_holds_the_last_row_of_each_key(
    lasting: Store, batches: list[list[Forecast]]
) -> None:
    lasting.delete(FORECASTS, where={"run_id": ["r1", "r2"]})
    model: dict[tuple[str, str, int, int], float] = {}
    for rows in batches:
        frame = pl.DataFrame(
            [
                (run, account, day(cutoff), day(number), *[m3] * 7)
                for run, account, cutoff, number, m3 in rows
            ],
            schema=FORECASTS.empty().schema,
            orient="row",
        )
        last = {row[:4]: row[4] for row in rows}
        written = lasting.upsert(FORECASTS, frame)
        new = {key for key in last if key not in model}
        changed = {key for key in last if key in model and model[key] != last[key]}
        assert written == Written(
            len(new), len(changed), len(last) - len(new) - len(changed), len(rows) - len(last)
        )
        model |= last
    found = lasting.read(FORECASTS).select("run_id", "account_id", "cutoff", "day", "forecast_m3")
    expected = [(run, account, day(c), day(d), m3) for (run, account, c, d), m3 in model.items()]
    assert sorted(found.rows()) == sorted(expected)


def test_an_interval_is_half_open_in_days_and_in_instants(store: Store) -> None:
    store.upsert(
        CONSUMPTION, consumption(*[("a", number, float(number), "ok", 0, "b") for number in range(5)])
    )
    assert values(store, interval=Interval(day(1), day(3))) == [1, 2]
    midday = datetime.combine(day(1), datetime.min.time(), UTC) + timedelta(hours=12)
    assert values(store, interval=Interval(midday, midday + timedelta(days=2))) == [2, 3]
    for number in range(3):
        store.upsert(BATCHES, batch_row(f"b{number}", hour=number))
    found = store.read(BATCHES, Interval(at(1), at(2)), columns=["batch_id", "committed_at"])
    assert found.rows() == [("b1", at(1))]
    assert store.read(BATCHES, Interval(NOON.date(), NOON.date() + timedelta(days=1))).height == 3
    with pytest.raises(ColumnMismatch, match="no time column"):
        store.read(ACCOUNTS, Interval(day(0), day(1)))


def test_where_binds_values_lists_and_nulls(store: Store) -> None:
    names, segments = ["a", "b", "c", "x' OR '1'='1"], ["household", None, "public", "public"]
    accounts = filled(ACCOUNTS, account_id=names, segment=segments)
    store.upsert(ACCOUNTS, accounts)
    wanted: list[tuple[dict[str, object], int]] = [
        ({}, 4),
        ({"account_id": "a"}, 1),
        ({"account_id": "x' OR '1'='1"}, 1),
        ({"account_id": ["a", "c", "z"]}, 2),
        ({"account_id": pl.Series(["a", "b"])}, 2),
        ({"account_id": np.array(["a", "b", "c"])}, 3),
        ({"account_id": []}, 0),
        ({"segment": None}, 1),
        ({"segment": ["household", None]}, 2),
        ({"segment": "public", "account_id": "c"}, 1),
    ]
    for where, height in wanted:
        assert store.read(ACCOUNTS, where=where).height == height, where
        assert store.count(ACCOUNTS, where=where) == height, where
    assert store.read(ACCOUNTS, where={"account_id": "c"}, columns=["segment"]).to_dicts() == [
        {"segment": "public"}
    ]


@pytest.mark.parametrize("name", ["no_such_column", 'account_id" = 1 OR "account_id', "1=1; --"])
def test_an_unknown_column_is_refused_everywhere(store: Store, name: str) -> None:
    with pytest.raises(ColumnMismatch, match="no column"):
        store.read(ACCOUNTS, where={name: 1})
    with pytest.raises(ColumnMismatch, match="no column"):
        store.read(ACCOUNTS, columns=[name])
    with pytest.raises(ColumnMismatch, match="no column"):
        store.count(ACCOUNTS, where={name: 1})
    with pytest.raises(ColumnMismatch, match="no column"):
        store.delete(ACCOUNTS, where={name: 1})
    with pytest.raises(ColumnMismatch, match="no column"):
        store.versions(CONSUMPTION, where={name: 1})


def test_delete_removes_the_rows_and_their_versions_and_needs_a_condition(store: Store) -> None:
    store.upsert(CONSUMPTION, one(1, 0))
    store.upsert(CONSUMPTION, one(2, 1, batch="b2"))
    store.upsert(CONSUMPTION, consumption(("b", 0, 1, "ok", 0, "b1")))
    with pytest.raises(StoreBroken, match="every row"):
        store.delete(CONSUMPTION, where={})
    assert store.delete(CONSUMPTION, where={"account_id": "z"}) == 0
    assert store.delete(CONSUMPTION, where={"batch_id": "b2"}) == 1
    assert store.versions(CONSUMPTION)["account_id"].to_list() == ["b"]


def test_versions_are_kept_of_versioned_tables_only(store: Store) -> None:
    with pytest.raises(ColumnMismatch, match="keeps no versions"):
        store.versions(ACCOUNTS)


def test_query_aggregates_with_bound_parameters(store: Store) -> None:
    store.upsert(CONSUMPTION, consumption(*[("a", number, 2.0, "ok", 0, "b") for number in range(4)]))
    store.upsert(BATCHES, batch_row("b1"))
    found = store.query(
        "SELECT SUM(consumption_m3) AS total, COUNT(*) AS n FROM consumption WHERE day >= ?", [day(1)]
    )
    assert found.rows() == [(6.0, 3)]
    rows_read = store.query("SELECT SUM(rows_read) AS n, MAX(committed_at) AS last FROM batches")
    assert rows_read.schema == {"n": pl.Int64, "last": INSTANT}
    assert rows_read.rows() == [(1, at(0))]


def test_a_new_row_of_nulls_between_known_rows_is_written(store: Store) -> None:
    store.upsert(ACCOUNTS, filled(ACCOUNTS, account_id=["a", "c"]))
    assert store.upsert(ACCOUNTS, filled(ACCOUNTS, account_id=["a", "b", "c"])) == Written(
        inserted=1, unchanged=2
    )
    assert store.count(ACCOUNTS) == 3


def test_query_cannot_write(store: Store) -> None:
    store.upsert(CONSUMPTION, one(1, 0))
    with pytest.raises(StoreBroken, match=r"(?i)read.only"):
        store.query("DELETE FROM consumption")
    assert store.count(CONSUMPTION) == 1


def test_a_statement_the_database_refuses_is_a_broken_store_with_its_words(store: Store) -> None:
    frame = consumption()  # a variable of this name must not be mistaken for a table
    with pytest.raises(StoreBroken, match="frame"):
        store.query("SELECT * FROM frame")
    assert frame.is_empty()


def test_a_transaction_keeps_all_writes_or_none(store: Store) -> None:
    def fail_halfway() -> None:
        with store.transaction():
            store.upsert(CONSUMPTION, one(1, 0))
            store.upsert(BATCHES, batch_row("b1"))
            assert store.count(CONSUMPTION) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert store.count(CONSUMPTION) == store.count(BATCHES) == 0
    with store.transaction():
        store.upsert(CONSUMPTION, one(1, 0))
        with store.transaction():
            store.upsert(BATCHES, batch_row("b1"))
    assert store.count(CONSUMPTION) == store.count(BATCHES) == 1


def test_a_database_error_rolls_the_transaction_back(store: Store) -> None:
    def ask_for_nothing_known() -> None:
        with store.transaction():
            store.upsert(CONSUMPTION, one(1, 0))
            store.query("SELECT * FROM nowhere")

    with pytest.raises(StoreBroken, match="nowhere"):
        ask_for_nothing_known()
    assert store.count(CONSUMPTION) == 0
    assert store.upsert(CONSUMPTION, one(1, 0)) == Written(inserted=1)


def test_an_inner_transaction_rolls_back_with_the_outer(store: Store) -> None:
    def fail_after_the_inner_one() -> None:
        with store.transaction():
            with store.transaction():
                store.upsert(CONSUMPTION, one(1, 0))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_the_inner_one()
    assert store.count(CONSUMPTION) == 0


def test_a_swallowed_failure_inside_a_transaction_does_not_commit_half(store: Store) -> None:
    def fail_inside() -> None:
        with store.transaction():
            store.upsert(BATCHES, batch_row("b1"))
            raise ZeroDivisionError

    def swallow() -> None:
        with store.transaction():
            store.upsert(CONSUMPTION, one(1, 0))
            with pytest.raises(ZeroDivisionError):
                fail_inside()

    with pytest.raises(StoreBroken, match="nothing was written"):
        swallow()
    assert store.count(CONSUMPTION) == store.count(BATCHES) == 0


def test_other_threads_see_writes_once_they_are_committed(store: Store) -> None:
    seen: list[int] = []

    def look() -> None:
        seen.append(store.count(CONSUMPTION))

    with store.transaction():
        store.upsert(CONSUMPTION, one(1, 0))
        _run(look)
    _run(look)
    assert seen == [0, 1]


def test_two_threads_that_write_the_same_keys_write_them_once(store: Store) -> None:
    frame = consumption(*[("a", number, 1.0, "ok", 0, "b") for number in range(500)])
    done: list[Written] = []
    _run(*[lambda: done.append(store.upsert(CONSUMPTION, frame))] * 4)
    assert sum(written.inserted for written in done) == store.count(CONSUMPTION) == 500
    assert sum(written.unchanged for written in done) == 1500


def _run(*functions: Callable[[], None]) -> None:
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
        assert not thread.is_alive()


def test_panel_of_an_empty_store_has_no_series(store: Store) -> None:
    panel = store.panel()
    assert len(panel) == 0
    assert panel.values.shape == (0,)


def test_panel_spans_each_account_and_marks_missing_days(store: Store) -> None:
    rows = [
        ("b", 0, 1.0, "ok", 0, "b1"),
        ("b", 2, 3.0, "ok", 0, "b1"),
        ("b", 3, 9.0, "partial", 0, "b1"),
        ("B", 5, 5.0, "ok", 0, "b1"),
        ("c", 0, 9.0, "reset", 0, "b1"),
    ]
    store.upsert(CONSUMPTION, consumption(*rows))
    panel = store.panel()
    assert panel.series_ids.tolist() == ["B", "b"]
    assert panel.offsets.tolist() == [0, 1, 4]
    assert panel.starts.astype("datetime64[D]").tolist() == [day(5), day(0)]
    np.testing.assert_array_equal(panel.values, [5, 1, np.nan, 3])


def test_panel_can_be_read_as_it_was_known_in_part_and_by_account(store: Store) -> None:
    store.upsert(CONSUMPTION, consumption(*[(a, d, 1.0, "ok", 0, "b1") for a in "abc" for d in range(4)]))
    store.upsert(CONSUMPTION, consumption(("b", 1, 7.0, "ok", 3, "b2"), ("b", 3, 0.0, "partial", 3, "b2")))
    assert store.panel(accounts=("b", "b")).values.tolist()[:2] == [1, 7]
    assert store.panel(accounts=("b", "b")).lengths.tolist() == [3]
    assert store.panel(accounts=("b", "bz"), known_at=at(2)).values.tolist() == [1, 1, 1, 1]
    assert store.panel(accounts=("aa", "c")).series_ids.tolist() == ["b", "c"]
    part = store.panel(Interval(day(1), day(3)))
    assert part.lengths.tolist() == [2, 2, 2]
    assert part.starts.astype("datetime64[D]").tolist() == [day(1)] * 3
    assert part.values.tolist() == [1, 1, 7, 1, 1, 1]


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(VERSIONS, min_size=1, max_size=20), low=st.integers(0, 2), hour=st.integers(0, 5))
def test_panel_agrees_with_read(lasting: Store, rows: list[Version], low: int, hour: int) -> None:
    lasting.delete(CONSUMPTION, where={"account_id": ["a", "b", "c"]})
    lasting.upsert(CONSUMPTION, consumption(*[(*row, "b") for row in rows]))
    interval = Interval(day(low), day(3))
    panel = lasting.panel(interval, known_at=at(hour))
    expected = lasting.read(CONSUMPTION, interval, known_at=at(hour), where={"flag": "ok"})
    found = {
        (name, start + np.timedelta64(i, "D")): value
        for name, start, series in zip(
            panel.series_ids, panel.starts, map(panel.series, range(len(panel))), strict=True
        )
        for i, value in enumerate(series)
        if not np.isnan(value)
    }
    present = expected.filter(pl.col("consumption_m3").is_not_nan())
    assert found == {(a, np.datetime64(d)): m3 for a, d, m3, *_ in present.rows()}
    assert panel.series_ids.tolist() == expected["account_id"].unique().sort().to_list()
    ends = expected.group_by("account_id").agg(pl.col("day").max()).sort("account_id")["day"].to_list()
    assert (panel.ends.astype("datetime64[D]") - np.timedelta64(1, "D")).tolist() == ends
