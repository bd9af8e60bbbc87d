"""The programming interface: what it answers is what the store holds, and what goes wrong is told clearly."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.integration.api.world import HORIZON, ok, pages, refused
from tests.integration.conftest import CUTOFF, Clock

from amuna.access.roles import Permission, Role
from amuna.domain.ports import Store
from amuna.domain.tables import CONSUMPTION, FORECASTS, MODELS, QUARANTINE, READINGS
from amuna.serve.desk import Desk

ClientAs = Callable[[Role | None], FlaskClient]
NEXT = "/api/v1/accounts/{}/{}"
EN = {"Accept-Language": "en"}


def test_the_list_of_accounts_comes_in_parts_that_make_the_whole(admin: FlaskClient, trained: Store) -> None:
    found = pages(admin, "/api/v1/accounts", limit=7)
    ids = [row["account_id"] for row in found]
    assert ids == sorted(trained.read(MODELS)["account_id"].unique())


def test_accounts_are_filtered_and_searched(admin: FlaskClient, trained: Store) -> None:
    household = ok(admin.get("/api/v1/accounts?segment=household&limit=1000"))["items"]
    assert {row["segment"] for row in household} == {"household"}
    assert 0 < len(household) < trained.count(MODELS)
    assert ok(admin.get("/api/v1/accounts?segment=household&zone_id=nowhere"))["total"] == 0
    searched = ok(admin.get("/api/v1/accounts?search=ZERO"))["items"]
    assert {row["account_id"] for row in searched} == {"always_zero", "mostly_zero"}


def test_a_customer_sees_the_own_account_alone(customer: FlaskClient, own_account: str) -> None:
    assert [row["account_id"] for row in ok(customer.get("/api/v1/accounts"))["items"]] == [own_account]
    assert ok(customer.get(f"/api/v1/accounts/{own_account}"))["account_id"] == own_account


OF_AN_ACCOUNT = [
    "",
    "/readings",
    "/registers",
    "/forecast",
    "/evaluation",
    "/period-forecast?first_day=2024-08-01&last_day=2024-08-20",
    "/bill?first_day=2024-08-01&last_day=2024-08-20",
]


def test_a_foreign_account_reads_as_one_that_does_not_exist(
    customer: FlaskClient, admin: FlaskClient, foreign_account: str
) -> None:
    for what in OF_AN_ACCOUNT:
        foreign = refused(customer.get(f"/api/v1/accounts/{foreign_account}{what}"), 404, "not-found")
        nobody = refused(customer.get(f"/api/v1/accounts/nobody{what}"), 404, "not-found")
        refused(admin.get(f"/api/v1/accounts/nobody{what}"), 404, "not-found")
        assert foreign == json.loads(json.dumps(nobody).replace("nobody", foreign_account))


def test_the_forecast_is_the_stored_one_to_a_tenth_of_a_litre(
    admin: FlaskClient, trained: Store, own_account: str
) -> None:
    found = ok(admin.get(NEXT.format(own_account, "forecast")))
    stored = trained.read(FORECASTS, where={"account_id": own_account}).sort("day")
    assert found["cutoff"] == CUTOFF.isoformat()
    assert [row["day"] for row in found["days"]] == [day.isoformat() for day in stored["day"]]
    assert [row["lead_days"] for row in found["days"]] == list(range(1, HORIZON + 1))
    for name in ("low95_m3", "low80_m3", "forecast_m3", "high80_m3"):
        assert [row[name] for row in found["days"]] == pytest.approx(stored[name].to_list(), abs=5e-5)
    assert ok(admin.get(NEXT.format(own_account, "forecast?days=2")))["days"] == found["days"][:2]


def test_readings_are_given_by_day_with_their_flag(
    admin: FlaskClient, trained: Store, own_account: str
) -> None:
    first, last = CUTOFF - timedelta(days=10), CUTOFF - timedelta(days=4)
    found = ok(admin.get(NEXT.format(own_account, f"readings?first_day={first}&last_day={last}")))
    days = trained.read(CONSUMPTION, where={"account_id": own_account}).sort("day")
    wanted = days.filter(days["day"].is_between(first, last))
    assert [row["day"] for row in found["days"]] == [day.isoformat() for day in wanted["day"]]
    assert [row["consumption_m3"] for row in found["days"]] == wanted["consumption_m3"].to_list()
    assert {row["flag"] for row in found["days"]} == {"ok"}
    assert all(row["recorded_at"].endswith("Z") for row in found["days"])
    usual = ok(admin.get(NEXT.format(own_account, "readings")))["days"]
    assert len(usual) == len(days) < 365
    backwards = ok(admin.get(NEXT.format(own_account, f"readings?first_day={last}&last_day={first}")))
    assert backwards["days"] == []


def test_positions_of_the_dial_are_given_by_time(
    admin: FlaskClient, trained: Store, own_account: str, clock: Clock
) -> None:
    rows = [
        {
            "account_id": own_account,
            "observed_at": clock.now + timedelta(hours=hour),
            "reading_m3": 100.0 + hour,
            "recorded_at": clock.now,
            "batch_id": "b",
        }
        for hour in range(5)
    ]
    trained.upsert(READINGS, READINGS.frame(rows))
    found = ok(admin.get(NEXT.format(own_account, "registers?limit=2")))["readings"]
    assert [row["reading_m3"] for row in found] == [103.0, 104.0]


def test_accuracy_of_all_and_of_one(admin: FlaskClient, customer: FlaskClient, own_account: str) -> None:
    fleet = ok(admin.get("/api/v1/evaluations"))
    assert {"champion", "last_week"} <= {row["model"] for row in fleet["models"]}
    assert [row["lead_days"] for row in fleet["leads"]] == list(range(1, HORIZON + 1))
    mine = ok(customer.get(NEXT.format(own_account, "evaluation")))
    assert mine["models"][0]["mase"] <= mine["models"][-1]["mase"]
    refused(customer.get("/api/v1/evaluations"), 403, "not-allowed")


def test_the_volume_and_the_bill_of_a_period(customer: FlaskClient, own_account: str) -> None:
    period = f"?first_day={CUTOFF - timedelta(days=10)}&last_day={CUTOFF + timedelta(days=9)}"
    volume = ok(customer.get(NEXT.format(own_account, "period-forecast" + period)))
    assert volume["observed_days"] == 10
    assert volume["forecast_days"] == 10
    assert volume["observed_m3"] < volume["low80_m3"] < volume["forecast_m3"] < volume["high80_m3"]
    bill = ok(customer.get(NEXT.format(own_account, "bill" + period)))
    assert bill["volume"]["forecast_m3"] == volume["forecast_m3"]
    assert bill["total"]["low80_pen"] < bill["total"]["total_pen"] < bill["total"]["high80_pen"]
    parts = sum(bill[name] for name in ("water_pen", "sewerage_pen", "fixed_pen", "igv_pen"))
    assert parts == pytest.approx(bill["total"]["total_pen"])
    far = "?first_day=2024-08-01&last_day=2025-08-01"
    refused(customer.get(NEXT.format(own_account, "bill" + far)), 422, "wrong-period")


def test_quality_freshness_drift_and_quarantine(admin: FlaskClient, trained: Store, clock: Clock) -> None:
    assert ok(admin.get("/api/v1/quality"))["rows"] == trained.count(CONSUMPTION)
    assert ok(admin.get("/api/v1/quality/drift")) == {"findings": []}
    fresh = ok(admin.get("/api/v1/feeds"))
    assert fresh["last_day"] == (CUTOFF - timedelta(days=1)).isoformat()
    assert fresh["feeds"][0]["age_s"] == 0
    row = {
        "source": "f",
        "field": "v",
        "detail": "d",
        "original": "{}",
        "recorded_at": clock.now,
        "batch_id": "b",
    }
    refused_rows = [{**row, "row": n, "reason": "negative" if n % 2 else "future"} for n in range(25)]
    trained.upsert(QUARANTINE, QUARANTINE.frame(refused_rows))
    assert [row["row"] for row in pages(admin, "/api/v1/quarantine", limit=10)] == list(range(25))
    assert ok(admin.get("/api/v1/quarantine?reason=negative"))["total"] == 12


def test_trainings_and_the_one_that_serves(admin: FlaskClient, trained: Store) -> None:
    found = ok(admin.get("/api/v1/models"))
    run_id = trained.read(MODELS)["run_id"][0]
    assert found["serving"] == run_id
    assert [row["aliases"] for row in found["items"]] == [["champion"]]
    assert ok(admin.get("/api/v1/models/champion")) == ok(admin.get(f"/api/v1/models/{run_id}"))
    refused(admin.get("/api/v1/models/nothing"), 404, "not-found")


def test_alarms_are_listed_and_handled_within_sight(
    client_as: ClientAs, admin: FlaskClient, customer: FlaskClient, own_account: str
) -> None:
    alarms = pages(admin, "/api/v1/alarms", limit=1)
    assert len(alarms) == 2
    mine = f"/api/v1/alarms/{alarms[0]['alarm_id']}"
    assert ok(admin.get(mine))["evidence"] == {"usual_m3_day": 1.0}
    done = ok(client_as(Role.CREW).post(f"{mine}/state", json={"state": "seen"}))
    assert (done["state"], done["handled_by"]) == ("seen", "crew@example.org")
    assert ok(admin.get("/api/v1/alarms?state=open"))["total"] == 1
    refused(client_as(Role.ANALYST).post(f"{mine}/state", json={"state": "closed"}), 403, "not-allowed")
    refused(admin.post(f"{mine}/state", json={"state": "forgotten"}), 422, "unprocessable-entity")
    refused(admin.get("/api/v1/alarms/none"), 404, "not-found")
    refused(customer.get(mine), 403, "not-allowed")


def test_an_alarm_of_an_account_out_of_sight_does_not_exist(
    app: Flask, desk: Desk, admin: FlaskClient, client_as: ClientAs, own_account: str, foreign_account: str
) -> None:
    from amuna.access.roles import Principal
    from amuna.domain.errors import NotFound
    from amuna.serve.api.alarms import _seen

    crew = Principal("c", "C", Role.CREW, frozenset({own_account}))
    alarms = {row["account_id"]: row["alarm_id"] for row in ok(admin.get("/api/v1/alarms"))["items"]}
    assert _seen(desk, crew, alarms[own_account])["account_id"] == own_account
    with pytest.raises(NotFound, match="alarm"):
        _seen(desk, crew, alarms[foreign_account])


def test_what_has_not_changed_is_not_sent_again(
    admin: FlaskClient, customer: FlaskClient, own_account: str, desk: Desk
) -> None:
    path = NEXT.format(own_account, "forecast")
    first = admin.get(path)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = admin.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert admin.get(path + "?days=1", headers={"If-None-Match": tag}).status_code == 200
    assert customer.get(path, headers={"If-None-Match": tag}).status_code == 200, "a tag is one caller's"
    desk.memo.forget()
    assert admin.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_a_tag_gives_no_way_past_the_gate(
    admin: FlaskClient, customer: FlaskClient, client_as: ClientAs, foreign_account: str
) -> None:
    path = NEXT.format(foreign_account, "forecast")
    tag = {"If-None-Match": admin.get(path).headers["ETag"]}
    assert customer.get(path, headers=tag).status_code == 404
    assert client_as(None).get(path, headers=tag).status_code == 401


def test_long_answers_are_compressed_and_short_ones_are_not(admin: FlaskClient, own_account: str) -> None:
    wanted = {"Accept-Encoding": "gzip"}
    plain = admin.get("/api/v1/accounts")
    packed = admin.get("/api/v1/accounts", headers=wanted)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert (
        admin.get("/api/v1/accounts", headers={**wanted, "If-None-Match": packed.headers["ETag"]}).status_code
        == 304
    )
    short = admin.get(f"/api/v1/accounts/{own_account}", headers=wanted)
    assert "Content-Encoding" not in short.headers


CANNOT_BE_ASKED = [
    ("/api/v1/accounts?limit=1000000", 422, "unprocessable-entity"),
    ("/api/v1/accounts?limit=0", 422, "unprocessable-entity"),
    ("/api/v1/accounts?segmento=household", 422, "unprocessable-entity"),
    ("/api/v1/accounts/always_zero/forecast?days=x", 422, "unprocessable-entity"),
    ("/api/v1/accounts/always_zero/readings?first_day=yesterday", 422, "unprocessable-entity"),
    ("/api/v1/accounts/always_zero/readings?first_day=0001-01-01", 422, "unprocessable-entity"),
    ("/api/v1/quarantine?cursor=-1", 422, "unprocessable-entity"),
    ("/api/v1/accounts?segment=a&segment=b", 400, "bad-request"),
    ("/api/v1/accounts/a%0Ab/readings", 404, "not-found"),
    ("/api/v1/nothing", 404, "not-found"),
    ("/api/v1/jobs/none", 404, "not-found"),
]


def test_what_cannot_be_asked_is_refused_clearly(admin: FlaskClient) -> None:
    for path, status, code in CANNOT_BE_ASKED:
        found = refused(admin.get(path, headers=EN), status, code)
        assert found["title"]
        assert found["remedy"]


def test_a_wrong_method_names_the_right_ones(admin: FlaskClient) -> None:
    response = admin.put("/api/v1/accounts")
    refused(response, 405, "method-not-allowed")
    assert "GET" in response.headers["Allow"]


def test_problems_are_told_in_the_callers_language(admin: FlaskClient) -> None:
    spanish = admin.get("/api/v1/accounts/nobody", headers={"Accept-Language": "es-PE"})
    english = admin.get("/api/v1/accounts/nobody", headers=EN)
    assert (spanish.headers["Content-Language"], english.headers["Content-Language"]) == ("es", "en")
    told = [refused(response, 404, "not-found") for response in (spanish, english)]
    assert [one["title"] for one in told] == ["No se encontró", "Not found"]
    assert told[0]["detail"] == "No se encuentra aquí la cuenta 'nobody', o no está a su vista."
    assert told[0]["facts"] == told[1]["facts"] == {"kind": "account", "name": "nobody"}


IN_SPANISH = [
    ("/api/v1/accounts/nobody", "No se encuentra aquí la cuenta 'nobody', o no está a su vista."),
    ("/api/v1/accounts?cursor=none&limit=0", "limit: debe ser 1 o más"),
    ("/api/v1/accounts?segmento=household", "segmento: no existe"),
    ("/api/v1/accounts/always_zero/forecast?days=x", "days: debe ser un número entero"),
    (
        "/api/v1/accounts/always_zero/readings?first_day=yesterday",
        "first_day: debe ser un día como 2025-12-31",
    ),
    ("/api/v1/accounts/always_zero/readings?first_day=0001-01-01", "first_day: debe ser 1990-01-01 o más"),
    ("/api/v1/accounts/always_zero/bill?first_day=2024-08-01", "last_day: falta"),
    ("/api/v1/alarms?state=asleep", "state: debe ser 'open', 'seen' o 'closed'"),
    ("/api/v1/accounts?segment=a&segment=b", "segment: se dijo más de una vez."),
    ("/api/v1/nothing", "GET /api/v1/nothing"),
    ("/api/v1/jobs/none", "No se encuentra aquí el trabajo 'none', o no está a su vista."),
    (
        "/api/v1/accounts/always_zero/bill?first_day=2024-08-01&last_day=2024-07-01",
        "El periodo termina el 2024-07-01, antes de su primer día, el 2024-08-01.",
    ),
]


@pytest.mark.parametrize(("path", "detail"), IN_SPANISH)
def test_every_problem_is_told_in_spanish(admin: FlaskClient, path: str, detail: str) -> None:
    found = admin.get(path, headers={"Accept-Language": "es"})
    assert found.content_type == "application/problem+json"
    assert found.json["detail"] == detail


def test_who_may_not_is_told_in_spanish(customer: FlaskClient, client_as: ClientAs) -> None:
    headers = {"Accept-Language": "es"}
    found = customer.get("/api/v1/quality", headers=headers).json
    assert found["detail"] == "Hace falta el permiso 'data'."
    found = client_as(None).get("/api/v1/accounts", headers=headers).json
    assert found["detail"] == "Nadie ha iniciado sesión."
    assert found["remedy"].startswith("Inicie sesión, o envíe una ficha")


def test_who_is_not_signed_in_is_told_how(client_as: ClientAs) -> None:
    response = client_as(None).get("/api/v1/accounts?limit=nonsense", headers=EN)
    refused(response, 401, "sign-in-needed")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="amuna"'


def test_an_expired_token_is_told_apart(app: Flask, token_for: Callable[..., str], clock: Clock) -> None:
    headers = {**EN, "Authorization": f"Bearer {token_for(Role.ANALYST, days=1)}"}
    client = app.test_client()
    assert ok(client.get("/api/v1", headers=headers))["caller"]["role"] == "analyst"
    clock.now += timedelta(days=2)
    response = client.get("/api/v1", headers=headers)
    told = refused(response, 401, "sign-in-needed")
    assert told["facts"]["reason"] == "expired"
    assert told["detail"].startswith("This token expired at ")
    assert "invalid_token" in response.headers["WWW-Authenticate"]


def test_a_token_may_do_no_more_than_its_scopes(app: Flask, token_for: Callable[..., str]) -> None:
    token = token_for(Role.ADMIN, scopes=frozenset({Permission.ACCOUNTS}))
    headers = {"Authorization": f"Bearer {token}"}
    client = app.test_client()
    ok(client.get("/api/v1/accounts", headers=headers))
    found = refused(client.get("/api/v1/quality", headers=headers), 403, "not-allowed")
    assert found["facts"] == {"permission": "data"}


def test_a_customer_who_asks_too_often_is_told_when_to_come_again(
    customer: FlaskClient, app: Flask, own_account: str
) -> None:
    limit = app.extensions["amuna_access"].customers
    paths = (f"/api/v1/accounts/{own_account}", "/api/v1/nothing", "/v1/models/amuna-fleet")
    answered = 0
    while customer.get(paths[0]).status_code == 200:
        answered += 1
        assert answered <= 2 * 600, limit
    for path in paths[:2]:
        response = customer.get(path)
        refused(response, 429, "too-many")
        assert int(response.headers["Retry-After"]) >= 1
    response = customer.get(paths[2])
    assert response.status_code == 429
    assert set(response.get_json()) == {"error"}
    assert int(response.headers["Retry-After"]) >= 1


def test_a_store_that_is_down_is_said_and_forecasts_go_on(
    admin: FlaskClient, desk: Desk, own_account: str
) -> None:
    ok(admin.get(NEXT.format(own_account, "forecast")))
    desk.store.close()
    response = admin.get(NEXT.format(own_account, "readings"), headers=EN)
    refused(response, 503, "store-down")
    assert int(response.headers["Retry-After"]) > 0
    ready = admin.get("/ready")
    assert ready.status_code == 503
    assert ready.get_json()["ready"] is False


def test_what_nobody_foresaw_gets_a_number_and_no_trace(
    admin: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: object) -> None:
        raise ZeroDivisionError("secret 4711")

    monkeypatch.setattr("amuna.serve.api.quality.check", fail)
    with caplog.at_level(logging.ERROR):
        response = admin.get("/api/v1/quality", headers=EN)
    found = refused(response, 500, "incident")
    assert "4711" not in response.get_data(as_text=True)
    assert found["facts"]["incident"] in caplog.text
    assert "secret 4711" in caplog.text


def test_before_the_first_training_what_is_missing_is_said(
    admin: FlaskClient, desk: Desk, own_account: str
) -> None:
    desk.store.delete(MODELS, where={"account_id": own_account})
    desk.store.delete(FORECASTS, where={"account_id": own_account})
    refused(admin.get(NEXT.format(own_account, "forecast")), 404, "not-found")
    period = f"period-forecast?first_day={date(2024, 8, 1)}&last_day={date(2024, 8, 20)}"
    refused(admin.get(NEXT.format(own_account, period)), 409, "not-enough-data")
