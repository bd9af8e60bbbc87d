"""Groups by the programming interface: numbers that add up, and problems in both languages."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from tests.integration.api.world import HORIZON, ok, refused
from tests.integration.conftest import CUTOFF, SETTINGS

from amuna.domain.ports import Store
from amuna.engines.threads import ThreadEngine
from amuna.workflows.reconcile import reconcile


@pytest.fixture
def settled(trained: Store) -> Store:
    reconcile(store=trained, engine=ThreadEngine(workers=2, slab=20), settings=SETTINGS)
    return trained


def test_groups_and_their_days(settled: Store, admin: FlaskClient) -> None:
    items = ok(admin.get("/api/v1/groups"))["items"]
    assert [(item["level"], item["group_id"]) for item in items] == [
        ("utility", "utility"),
        ("zone", "Z1"),
    ]
    assert ok(admin.get("/api/v1/groups?level=zone"))["items"] == items[1:]
    zone, whole = (
        ok(admin.get(f"/api/v1/groups/{name}/forecast")) for name in ("zone/Z1", "utility/utility")
    )
    assert (zone["status"], zone["cutoff"], len(zone["days"])) == ("ok", str(CUTOFF), HORIZON)
    assert [day["mean_m3"] for day in zone["days"]] == [day["mean_m3"] for day in whole["days"]]
    first = zone["days"][0]
    assert 0 <= first["low80_m3"] <= first["forecast_m3"] <= first["high80_m3"]


def test_what_is_not_there_is_said_in_the_language_asked(settled: Store, admin: FlaskClient) -> None:
    refused(admin.get("/api/v1/groups/zone/Z9/forecast"), 404, "not-found")
    spanish = admin.get("/api/v1/groups/zone/Z9/forecast", headers={"Accept-Language": "es"})
    assert "un pronóstico del grupo" in spanish.get_data(as_text=True)
    refused(admin.get("/api/v1/groups/street/Z1/forecast"), 404, "not-found")
    assert admin.get("/api/v1/groups?level=street").status_code == 422


def test_before_the_first_reconciliation_there_is_none(admin: FlaskClient) -> None:
    assert ok(admin.get("/api/v1/groups"))["items"] == []
    refused(admin.get("/api/v1/groups/utility/utility/forecast"), 404, "not-found")
