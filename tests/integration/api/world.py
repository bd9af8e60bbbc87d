"""What the tests of the programming interface find in the store, and how they look at its answers."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import polars as pl
from flask.testing import FlaskClient
from tests.integration.conftest import NOW
from tests.zone_town import CUTOFF, DAYS, flow_rows, forecast_rows, town_hours
from werkzeug.test import TestResponse

from amuna.domain.alarm_tables import ALARMS
from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, MODELS
from amuna.domain.zone_tables import FLOWS, ZONE_FORECASTS, ZONE_REASONS, ZONES
from amuna.workflows.forecast import forecast
from amuna.workflows.jobs import Run, Step, run_steps

HORIZON = 7


def furnish(store: Store) -> None:
    """Forecasts, places of accounts, an alarm for each of two accounts, and a job that ran."""
    forecast(store=store, horizon=HORIZON, billing_days=14)
    ids = store.read(MODELS, columns=["account_id"])["account_id"].unique().sort()
    segment = (
        pl.when(pl.int_range(len(ids)) % 2 == 0).then(pl.lit("household")).otherwise(pl.lit("commercial"))
    )
    places = pl.DataFrame({"account_id": ids}).with_columns(
        segment=segment,
        zone_id=pl.lit("Z1"),
        longitude=pl.lit(None, pl.Float64),
        latitude=pl.lit(None, pl.Float64),
    )
    store.upsert(ACCOUNTS, places)
    usual = [account for account in ids if any(letter.isdigit() for letter in account)]
    store.upsert(ALARMS, ALARMS.frame([alarm(account) for account in usual[:2]]))
    ran(store)
    lay_out_zones(store)


def lay_out_zones(store: Store) -> None:
    """Three zones with six weeks of inflows and a forecast, one of them with an outline."""
    hours = town_hours(DAYS + 8)
    known = flow_rows(hours).filter(
        pl.col("observed_at").is_between(CUTOFF - timedelta(days=42), CUTOFF, "left")
    )
    store.upsert(FLOWS, known)
    store.upsert(ZONE_FORECASTS, forecast_rows(hours, CUTOFF))
    store.upsert(ZONE_REASONS, reason_rows())
    outline = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    north = {"zone_id": "north", "name": "Norte", "kind": "dma", "geometry": json.dumps(outline)}
    blank = dict.fromkeys(("parent_id", "population", "connections", "area_km2"))
    store.upsert(ZONES, ZONES.frame([blank | north]))


def reason_rows() -> pl.DataFrame:
    """Two reasons for one day of the zone in the north."""
    row = {
        "run_id": "zones-a",
        "zone_id": "north",
        "cutoff": CUTOFF,
        "day": CUTOFF.date() + timedelta(days=1),
    }
    row |= {"forecast_m3h": 22.0, "usual_m3h": 20.0}
    warm = {"reason": "temperature", "part_m3h": 1.5, "value": 31.0, "usual_value": 25.0}
    rest = {"reason": "other", "part_m3h": 0.5, "value": None, "usual_value": None}
    return ZONE_REASONS.frame([row | warm, row | rest])


def alarm(account: str) -> dict[str, Any]:
    """An ALARMS row."""
    day = (NOW - timedelta(days=3)).date()
    return {
        "alarm_id": f"high_use-{account}-{day}",
        "account_id": account,
        "kind": "high_use",
        "first_day": day,
        "last_day": day + timedelta(days=2),
        "observed_m3": 9.0,
        "expected_m3": 3.0,
        "money_pen": 12.5,
        "evidence": json.dumps({"usual_m3_day": 1.0}),
        "state": "open",
        "handled_by": "",
        "raised_at": NOW,
        "changed_at": NOW,
    }


def ran(store: Store) -> None:
    """A job of one step that went well."""
    run_steps([Step("look", lambda: None)], Run("daily", NOW, "here:1"), store=store, now=lambda: NOW)


def ok(response: TestResponse) -> Any:
    """The JSON of an answer that went well."""
    assert response.status_code == 200, response.get_data(as_text=True)
    assert response.mimetype == "application/json"
    return response.get_json()


def refused(response: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The problem of an answer that did not."""
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.mimetype == "application/problem+json"
    found = json.loads(response.get_data())
    assert found["type"] == f"urn:amuna:problem:{code}"
    assert found["status"] == status
    assert set(found) == {"type", "title", "status", "detail", "remedy", "facts"}
    assert "Traceback" not in response.get_data(as_text=True)
    return dict(found)


def pages(client: FlaskClient, path: str, *, limit: int) -> list[dict[str, Any]]:
    """All items of a list, fetched part by part."""
    items: list[dict[str, Any]] = []
    cursor: object = None
    while True:
        query = {"limit": limit} | ({} if cursor is None else {"cursor": cursor})
        found = ok(client.get(path, query_string=query))
        assert len(found["items"]) <= limit
        items += found["items"]
        cursor = found["next_cursor"]
        if cursor is None:
            assert len(items) == found["total"]
            return items
