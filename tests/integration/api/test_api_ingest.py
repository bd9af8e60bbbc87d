"""Readings handed in through the API are taken in as a file's are, once, and every refused row says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from flask.testing import FlaskClient
from tests.integration.api.world import ok, refused
from tests.integration.conftest import CUTOFF, take_in

from amuna.access.roles import Role
from amuna.domain.ports import Store
from amuna.domain.tables import BATCHES, CONSUMPTION, QUARANTINE, READINGS
from amuna.serve.desk import Desk
from amuna.store.duckdb_store import open_store

PATH = "/api/v1/readings"
DAY = CUTOFF.isoformat()
GOOD = {"account_id": "new one", "day": DAY, "consumption_m3": 0.25}
ROWS = [
    GOOD,
    {"account_id": "new one", "day": DAY, "consumption_m3": -1},
    {"account_id": "new one", "day": "someday", "consumption_m3": 1},
    7,
]
COLUMNS = ["account_id", "day", "consumption_m3", "flag"]


@pytest.fixture
def operator(client_as: Callable[[Role | None], FlaskClient]) -> FlaskClient:
    """The operator's browser."""
    return client_as(Role.OPERATOR)


def _new(store: Store) -> pl.DataFrame:
    return store.read(CONSUMPTION, where={"account_id": "new one"}, columns=COLUMNS)


def test_rows_that_fit_are_taken_in_and_the_others_say_why(operator: FlaskClient, trained: Store) -> None:
    found = ok(operator.post(PATH, json=ROWS))
    assert {name: found[f"rows_{name}"] for name in ("read", "accepted", "quarantined", "duplicate")} == {
        "read": 4,
        "accepted": 1,
        "quarantined": 3,
        "duplicate": 0,
    }
    assert [(row["row"], row["reason"]) for row in found["refused"]] == [
        (2, "negative"),
        (3, "not_a_time"),
        (4, "not_an_object"),
    ]
    assert _new(trained).rows() == [("new one", CUTOFF, 0.25, "ok")]
    kept = trained.read(QUARANTINE, where={"batch_id": found["batch_id"]})
    assert kept["source"].unique().to_list() == [f"api/operator@example.org/{found['key']}"]


def test_the_same_rows_are_taken_in_once(operator: FlaskClient, trained: Store) -> None:
    first = ok(operator.post(PATH, json=ROWS))
    batches = trained.count(BATCHES)
    again = ok(operator.post(PATH, json=ROWS))
    assert again == {**first, "repeated": True}
    assert not first["repeated"]
    assert trained.count(BATCHES) == batches


def test_a_key_names_one_delivery(operator: FlaskClient) -> None:
    key = {"Idempotency-Key": "2025-03-01/a"}
    assert ok(operator.post(PATH, json=ROWS, headers=key))["key"] == key["Idempotency-Key"]
    assert ok(operator.post(PATH, json=ROWS, headers=key))["repeated"]
    refused(operator.post(PATH, json=[GOOD], headers=key), 409, "refused")
    other = ok(operator.post(PATH, json=ROWS, headers={"Idempotency-Key": "b"}))
    assert (other["rows_accepted"], other["rows_duplicate"], other["rows_quarantined"]) == (0, 1, 3)
    assert len(other["refused"]) == 3
    refused(
        operator.post(PATH, json=[GOOD], headers={"Idempotency-Key": "a" * 200}), 422, "unprocessable-entity"
    )


def test_a_key_is_its_senders_own(operator: FlaskClient, admin: FlaskClient) -> None:
    key = {"Idempotency-Key": "a"}
    ok(operator.post(PATH, json=ROWS, headers=key))
    assert not ok(admin.post(PATH, json=[GOOD], headers=key))["repeated"]


def test_csv_comes_to_the_same_as_the_file_would(
    operator: FlaskClient, trained: Store, rows: pl.DataFrame, tmp_path: Path
) -> None:
    new = rows.filter(pl.col("ConsumptionDate").is_between(CUTOFF, CUTOFF + timedelta(days=2)))
    broken = new.write_csv() + "2024-08-01,short\n"
    found = ok(operator.post(PATH, data=broken, content_type="text/csv"))
    assert found["rows_read"] == len(new) + 1
    assert [row["reason"] for row in found["refused"]] == ["unparsable_row"]
    by_file = open_store(tmp_path / "by_file.duckdb")
    take_in(by_file, new, tmp_path)
    wanted = by_file.read(CONSUMPTION, columns=COLUMNS).sort("account_id", "day")
    mine = (
        trained.read(CONSUMPTION, columns=COLUMNS).filter(pl.col("day") >= CUTOFF).sort("account_id", "day")
    )
    by_file.close()
    assert mine.equals(wanted)


def test_what_came_in_is_seen_at_the_next_request(
    operator: FlaskClient, admin: FlaskClient, desk: Desk
) -> None:
    before = admin.get("/api/v1/accounts/always_zero/readings")
    ok(operator.post(PATH, json=[{**GOOD, "account_id": "always_zero"}]))
    after = admin.get(
        "/api/v1/accounts/always_zero/readings", headers={"If-None-Match": before.headers["ETag"]}
    )
    assert ok(after)["days"][-1]["day"] == DAY


def test_positions_of_dials_become_days(operator: FlaskClient, trained: Store) -> None:
    dial = [
        {"account_id": "dial", "observed_at": f"{DAY}T{hour:02}:00:00-05:00", "reading_m3": 100 + hour / 10}
        for hour in range(24)
    ]
    assert ok(operator.post(PATH, json={"rows": dial}))["rows_accepted"] == 24
    assert trained.count(READINGS, where={"account_id": "dial"}) == 24
    assert trained.count(CONSUMPTION, where={"account_id": "dial"}) > 0


BROKEN = [
    (b"[", "application/json", 422, "unreadable"),
    (b"[]", "application/json", 422, "unreadable"),
    (b"3", "application/json", 422, "unreadable"),
    (b"[" * 2000, "application/json", 422, "unreadable"),
    (b'[{"a": 1}]', "application/json", 422, "unfit-columns"),
    (b"a,b\n1,2\n", "text/csv", 422, "unfit-columns"),
    (b"", "text/csv", 422, "unreadable"),
    (b"\x1f\x8b\x08", "text/csv", 422, "unreadable"),
    (b"PAR1\0\0", "text/csv", 422, "unreadable"),
    (b"account_id,day,consumption_m3\n", "text/csv", 422, "unreadable"),
    (b"<x/>", "application/xml", 415, "unsupported-media-type"),
    (b"x" * (2 * 2**20), "text/csv", 413, "request-entity-too-large"),
]


def test_a_broken_upload_is_refused_and_leaves_nothing(
    operator: FlaskClient, desk: Desk, trained: Store
) -> None:
    object.__setattr__(desk.workspace.settings, "serve_delivery_mb", 1)
    batches = trained.count(BATCHES)
    for body, media, status, code in BROKEN:
        found = refused(operator.post(PATH, data=body, content_type=media), status, code)
        assert "/tmp" not in str(found)
    assert trained.count(BATCHES) == batches


def test_a_broken_upload_is_refused_in_spanish(operator: FlaskClient) -> None:
    for body, media, detail in (
        (b"<x/>", "application/xml", "Se encontró application/xml; se esperaba application/json o text/csv."),
        (b"[]", "application/json", "La entrega no contiene filas."),
        (b"a,b\n1,2\n", "text/csv", "La entrega, fila 1: no se reconocen las columnas a, b;"),
    ):
        found = operator.post(PATH, data=body, content_type=media, headers={"Accept-Language": "es"})
        assert found.json["detail"].startswith(detail)


def test_a_feed_map_says_what_columns_mean(operator: FlaskClient, desk: Desk, trained: Store) -> None:
    feeds: dict[str, Any] = {"meters": {"account": "c", "time": "d", "value": "v", "unit": "L"}}
    object.__setattr__(desk.workspace.settings, "feeds", feeds)
    ok(operator.post(f"{PATH}?feed=meters", json=[{"c": "new one", "d": DAY, "v": 500}]))
    assert _new(trained)["consumption_m3"].to_list() == [0.5]
    lacking = operator.post(f"{PATH}?feed=meters", data="c,d\n1,2\n", content_type="text/csv")
    assert refused(lacking, 422, "unfit-columns")["facts"]["setting"] == "value"
    refused(operator.post(f"{PATH}?feed=none", json=[GOOD]), 422, "unknown-setting")


def test_who_may_not_hand_in_readings_is_told_before_the_rows_are_read(customer: FlaskClient) -> None:
    refused(customer.post(PATH, data=b"[", content_type="application/json"), 403, "not-allowed")
