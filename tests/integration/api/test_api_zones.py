"""Zones over the programming interface: what the views tell, to all staff and to no customer."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import polars as pl
import pytest
from flask.testing import FlaskClient
from tests.integration.api.world import ok, pages, refused
from tests.zone_town import CUTOFF, DAYS, ROME, forecast_rows, town_hours

from amuna.access.roles import Role
from amuna.domain.ports import Store
from amuna.domain.tables import RUNS
from amuna.domain.zone_tables import FLOWS, ZONE_FORECASTS
from amuna.serve.desk import Desk
from amuna.workflows.zone_score import score_zones

ClientAs = Callable[[Role | None], FlaskClient]
ZONES = "/api/v1/zones"
HOURS = town_hours(DAYS + 8)


def test_the_list_comes_in_parts_and_is_filtered(admin: FlaskClient) -> None:
    assert [row["zone_id"] for row in pages(admin, ZONES, limit=2)] == ["north", "south", "west"]
    assert [row["name"] for row in ok(admin.get(f"{ZONES}?kind=dma"))["items"]] == ["Norte"]
    assert ok(admin.get(f"{ZONES}?status=gap"))["total"] == 0


def test_a_zone_tells_what_it_needs(admin: FlaskClient) -> None:
    row = ok(admin.get(f"{ZONES}/south"))
    assert row == next(row for row in ok(admin.get(ZONES))["items"] if row["zone_id"] == "south")
    made = forecast_rows(HOURS, CUTOFF).filter(pl.col("zone_id") == "south")
    assert row["week_m3"] == pytest.approx(made["forecast_m3h"].sum())
    assert row["week_low80_m3"] < row["week_m3"] < row["week_high80_m3"]
    assert (row["cutoff"], row["week_range"], row["kind"]) == (f"{CUTOFF:%Y-%m-%dT%H:%M:%SZ}", "hours", None)


def test_the_week_of_a_zone_by_hour(admin: FlaskClient) -> None:
    found = ok(admin.get(f"{ZONES}/west/forecast"))
    made = forecast_rows(HOURS, CUTOFF).filter(pl.col("zone_id") == "west").sort("observed_at")
    assert [row["forecast_m3h"] for row in found["hours"]] == made["forecast_m3h"].to_list()
    assert (found["status"], found["hours"][0]["temperature_c"]) == ("ok", None)
    assert ok(admin.get(f"{ZONES}/west/forecast?hours=24"))["hours"] == found["hours"][:24]
    refused(admin.get(f"{ZONES}/west/forecast?hours=169"), 422, "unprocessable-entity")


def test_what_flowed_by_hour(admin: FlaskClient, trained: Store) -> None:
    found = ok(admin.get(f"{ZONES}/west/inflow?days=2"))["hours"]
    known = trained.read(FLOWS, where={"zone_id": "west"}).sort("observed_at").tail(48)
    assert [row["flow_m3h"] for row in found] == known["flow_m3h"].to_list()


def test_the_map_is_geojson(admin: FlaskClient) -> None:
    response = admin.get(f"{ZONES}.geojson")
    assert response.mimetype == "application/geo+json"
    (feature,) = json.loads(response.data)["features"]
    assert feature["properties"] == ok(admin.get(f"{ZONES}/north"))
    tag = {"If-None-Match": response.headers["ETag"]}
    assert admin.get(f"{ZONES}.geojson", headers=tag).status_code == 304


def test_scores_are_those_of_the_store(admin: FlaskClient, trained: Store) -> None:
    assert ok(admin.get(f"{ZONES}/west/scores"))["mae_m3h"] is None
    trained.upsert(ZONE_FORECASTS, forecast_rows(HOURS, CUTOFF - timedelta(days=9), scale=1.05))
    score_zones(store=trained, time_zone=ROME)
    found = ok(admin.get(f"{ZONES}/west/scores"))
    assert (found["days"], found["coverage80"], len(found["daily"])) == (7, 1.0, 7)
    first = found["daily"][0]
    assert (first["lead"], found["mae_m3h"]) == (1, first["mae_m3h"])
    assert first["mae_m3h"] == pytest.approx(0.05 * first["observed_m3h"])


def test_a_forecast_made_anew_at_the_same_cutoff_is_sent_again(
    admin: FlaskClient, desk: Desk, trained: Store
) -> None:
    run = {"run_id": "zones-a", "started_at": CUTOFF, "finished_at": CUTOFF, "cutoff": CUTOFF.date()}
    run |= {"settings": "{}", "code_version": "1", "accounts": 0, "alias": "zones", "kind": "zones"}
    trained.upsert(RUNS, RUNS.frame([run | {"parent": None}]))
    desk.memo.look_again()
    tag = {"If-None-Match": admin.get(f"{ZONES}/west").headers["ETag"]}
    assert admin.get(f"{ZONES}/west", headers=tag).status_code == 304
    trained.upsert(ZONE_FORECASTS, forecast_rows(HOURS, CUTOFF, scale=1.01))
    desk.memo.look_again()
    changed = admin.get(f"{ZONES}/west", headers=tag)
    assert changed.status_code == 200
    nothing = forecast_rows(HOURS, CUTOFF).with_columns(forecast_m3h=pl.lit(float("nan")))
    trained.upsert(ZONE_FORECASTS, nothing)
    desk.memo.look_again()
    assert (
        ok(admin.get(f"{ZONES}/west", headers={"If-None-Match": changed.headers["ETag"]}))["day_m3"] is None
    )


def test_reasons_add_up_and_are_told_in_both_languages(admin: FlaskClient) -> None:
    (day,) = ok(admin.get(f"{ZONES}/north/reasons"))["days"]
    assert (day["departure_percent"], day["standing"]) == (pytest.approx(10), "above")
    assert sum(part["part_m3h"] for part in day["reasons"]) == day["forecast_m3h"] - day["usual_m3h"]
    assert "31" in day["sentence"]["es"]
    assert "31" in day["sentence"]["en"]
    refused(admin.get(f"{ZONES}/south/reasons"), 409, "not-enough-data")


@pytest.mark.parametrize("what", ["", "/forecast", "/inflow", "/reasons", "/scores"])
def test_a_zone_that_is_not_there_is_told(admin: FlaskClient, what: str) -> None:
    told = refused(admin.get(f"{ZONES}/nowhere{what}", headers={"Accept-Language": "es"}), 404, "not-found")
    assert told["detail"] == "No se encuentra aquí la zona 'nowhere', o no está a su vista."


def test_crews_see_zones_and_customers_do_not(client_as: ClientAs, customer: FlaskClient) -> None:
    assert ok(client_as(Role.CREW).get(ZONES))["total"] == 3
    for path in ("", "/north", "/north/forecast", ".geojson"):
        assert refused(customer.get(ZONES + path), 403, "not-allowed")["facts"] == {"permission": "zones"}
