"""The page of alarms: what is open, by money, and what someone says of one; nothing for those who may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import polars as pl
import pytest
from flask.testing import FlaskClient
from tests.integration.dashing import words_of

from amuna.access.roles import Role
from amuna.domain.alarm_tables import ALARMS
from amuna.serve.desk import Desk

ClientAs = Callable[[Role | None], FlaskClient]
PAGE = {"Referer": "http://localhost/app/alarms"}


def alarm(account_id: str, money_pen: float, state: str = "open") -> dict[str, object]:
    """An alarm of three days of 2 m³ where 1 m³ was usual."""
    return {
        "alarm_id": f"high_use-{account_id}-{state}",
        "account_id": account_id,
        "kind": "high_use",
        "first_day": date(2024, 8, 1),
        "last_day": date(2024, 8, 3),
        "observed_m3": 6.0,
        "expected_m3": 3.0,
        "money_pen": money_pen,
        "evidence": "{}",
        "state": state,
        "handled_by": "" if state == "open" else "eva@example.org",
        "raised_at": datetime(2024, 8, 4, tzinfo=UTC),
        "changed_at": datetime(2024, 8, 4, tzinfo=UTC),
    }


@pytest.fixture
def alarmed(desk: Desk, own_account: str, foreign_account: str) -> Desk:
    """A desk with an open alarm, a dearer one, and one that was closed."""
    rows = [alarm(own_account, 12.0), alarm(foreign_account, 66.0), alarm(own_account, 500.0, "closed")]
    desk.store.upsert(ALARMS, ALARMS.frame(rows))
    return desk


def say(client: FlaskClient, alarm_id: str, state: str) -> str:
    """The answer to a word about an alarm."""
    name = f'{{"alarm":"{alarm_id}","state":"{state}","type":"alarms-say"}}'
    button = {"id": {"type": "alarms-say", "alarm": alarm_id, "state": state}, "property": "n_clicks"}
    body = {
        "output": "alarms-list.children",
        "outputs": {"id": "alarms-list", "property": "children"},
        "inputs": [[button | {"value": 1}]],
        "changedPropIds": [f"{name}.n_clicks"],
    }
    return client.post("/app/_dash-update-component", json=body, headers=PAGE).text


def test_a_crew_begins_with_what_is_open_the_dearest_first(
    alarmed: Desk, client_as: ClientAs, own_account: str, foreign_account: str
) -> None:
    crew = client_as(Role.CREW)
    assert crew.get("/app/").location == "/app/alarms"
    told = words_of(crew.get("/app/_dash-layout", headers=PAGE).json)
    assert told.index(foreign_account) < told.index(own_account)
    assert "2.00 m³ al día; lo usual: 1.00 m³" in told
    assert "S/ 66.0 en 30 días" in told
    assert "500" not in told


@pytest.mark.parametrize(
    ("role", "handled"), [(Role.CREW, True), (Role.ANALYST, False), (Role.CUSTOMER, False)]
)
def test_a_word_about_an_alarm_is_kept_where_the_role_may(
    role: Role, handled: bool, alarmed: Desk, client_as: ClientAs, own_account: str
) -> None:
    name = f"high_use-{own_account}-open"
    told = say(client_as(role), name, "seen")
    row = alarmed.store.read(ALARMS, where={"alarm_id": name}).row(0, named=True)
    assert row["state"] == ("seen" if handled else "open")
    assert ("la revisa crew@example.org" in told) is handled
    if handled:
        say(client_as(role), name, "closed")
        left = alarmed.store.read(ALARMS).filter(pl.col("state") == "open")
        assert left["alarm_id"].to_list() == [each for each in left["alarm_id"] if own_account not in each]


def test_a_customer_finds_no_alarms(alarmed: Desk, client_as: ClientAs, own_account: str) -> None:
    told = words_of(client_as(Role.CUSTOMER).get("/app/_dash-layout", headers=PAGE).json)
    assert "no es para su rol" in told
    assert own_account not in told
