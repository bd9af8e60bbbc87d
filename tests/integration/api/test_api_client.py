"""The Python client against a server that listens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl
import pytest
from flask import Flask
from tests.integration.conftest import CUTOFF, NOW
from tests.zone_town import CUTOFF as ZONES_CUTOFF
from tests.zone_town import DAYS, forecast_rows, town_hours
from werkzeug.serving import make_server

from amuna.access.roles import Role
from amuna.client import Client
from amuna.domain.errors import NotAllowed, NotFound, PermanentError, SignInNeeded
from amuna.domain.ports import Store
from amuna.domain.tables import CONSUMPTION, FORECASTS, MODELS
from amuna.serve.desk import Desk
from amuna.workflows.jobs import Run, Step, queue, run_steps

ClientFor = Callable[[Role], Client]


@pytest.fixture
def desk(desk: Desk, trained: Store) -> Desk:
    """A desk that works off what it is asked for at once."""

    def start() -> datetime:
        run = Run("train", NOW + timedelta(minutes=5), "here:1")
        queue(run, store=trained, now=run.run_at)
        steps = [Step("train", lambda: None)]
        threading.Thread(target=lambda: run_steps(steps, run, store=trained, now=lambda: run.run_at)).start()
        return run.run_at

    return replace(desk, start=start)


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the server listens."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client_for(address: str, token_for: Callable[..., str]) -> Iterator[ClientFor]:
    """Clients with the token of a role."""
    made: list[Client] = []

    def make(role: Role) -> Client:
        made.append(Client(address, token_for(role)))
        return made[-1]

    yield make
    for client in made:
        client.close()


def test_everything_about_an_account(client_for: ClientFor, trained: Store, own_account: str) -> None:
    client = client_for(Role.CUSTOMER)
    assert [row["account_id"] for row in client.accounts()] == [own_account]
    assert client.account(own_account)["segment"] == "household"
    forecast = client.forecast(own_account)
    stored = trained.read(FORECASTS, where={"account_id": own_account}).sort("day")
    assert forecast.cutoff == CUTOFF
    assert forecast.days["day"].to_list() == stored["day"].to_list()
    assert forecast.days["high80_m3"].to_list() == pytest.approx(stored["high80_m3"].to_list(), abs=5e-5)
    assert len(client.forecast(own_account, days=3).days) == 3
    readings = client.readings(own_account, first_day=CUTOFF - timedelta(days=5))
    known = trained.read(CONSUMPTION, where={"account_id": own_account}).sort("day").tail(5)
    columns = ["day", "consumption_m3", "flag", "recorded_at"]
    assert readings.equals(known.select(columns).cast(dict(readings.schema)))
    assert client.readings(own_account, first_day=CUTOFF + timedelta(days=5)).is_empty()
    period = {"first_day": CUTOFF, "last_day": CUTOFF + timedelta(days=9)}
    volume = client.period_forecast(own_account, **period)
    assert client.bill(own_account, **period)["volume"]["forecast_m3"] == volume["forecast_m3"]


def test_a_long_list_is_fetched_to_its_end(
    client_for: ClientFor, trained: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amuna.client._PART", 10)
    found = [row["account_id"] for row in client_for(Role.ANALYST).accounts()]
    assert found == sorted(trained.read(MODELS)["account_id"].unique())


def test_readings_are_handed_in_once(client_for: ClientFor) -> None:
    client = client_for(Role.OPERATOR)
    rows = [{"account_id": "a", "day": "2024-08-10", "consumption_m3": m3} for m3 in (1.5, -2)]
    first, again = (client.hand_in(rows, key="k") for _ in range(2))
    assert (first.read, first.accepted, first.quarantined, first.repeated) == (2, 1, 1, False)
    assert first.refused["reason"].to_list() == ["negative"]
    assert (again.batch_id, again.repeated) == (first.batch_id, True)
    assert client.hand_in(pl.DataFrame(rows[:1])).duplicate == 1


def test_a_training_is_followed_to_its_end(client_for: ClientFor) -> None:
    client = client_for(Role.OPERATOR)
    job = client.train()
    seen = list(client.follow(job.job_id))
    assert seen[-1].status == "ok"
    assert [step["step"] for step in seen[-1].steps] == ["train"]
    assert client.job(job.job_id) == seen[-1]
    with pytest.raises(NotFound):
        list(client.follow("none"))


def test_alarms_are_handled(client_for: ClientFor) -> None:
    client = client_for(Role.CREW)
    first = next(client.alarms(state="open"))
    assert client.set_alarm(first["alarm_id"], "seen")["handled_by"] == "crew@example.org"
    assert [row["state"] for row in client.alarms(account_id=first["account_id"])] == ["seen"]


def test_zones_are_read_as_frames(client_for: ClientFor) -> None:
    client = client_for(Role.CREW)
    assert [row["zone_id"] for row in client.zones(status="ok")] == ["north", "south", "west"]
    week = client.zone_forecast("south")
    made = forecast_rows(town_hours(DAYS + 8), ZONES_CUTOFF).filter(pl.col("zone_id") == "south")
    assert (week.cutoff, week.status) == (ZONES_CUTOFF, "ok")
    names = ["observed_at", "low80_m3h", "forecast_m3h"]
    assert week.hours.select(names).equals(made.sort("observed_at").select(names))
    assert len(client.zone_forecast("south", hours=24).hours) == 24
    assert client.zone_inflow("south", days=1)["observed_at"][-1] == ZONES_CUTOFF - timedelta(hours=1)
    assert [day["standing"] for day in client.zone_reasons("north")] == ["above"]
    assert client.zone_scores("south")["days"] == 0
    assert [feature["id"] for feature in client.zone_map()["features"]] == ["north"]
    with pytest.raises(NotFound):
        client.zone_forecast("nowhere")


def test_problems_are_errors_with_their_facts(
    client_for: ClientFor, address: str, own_account: str, foreign_account: str
) -> None:
    customer = client_for(Role.CUSTOMER)
    with pytest.raises(NotFound) as missing:
        customer.forecast(foreign_account)
    assert missing.value.facts == {"kind": "account", "name": foreign_account}
    with pytest.raises(NotAllowed) as refused:
        next(customer.alarms())
    assert refused.value.facts == {"permission": "alarms"}
    with pytest.raises(PermanentError, match="period") as invalid:
        customer.bill(own_account, first_day=CUTOFF, last_day=CUTOFF - timedelta(days=1))
    assert invalid.value.remedy
    with Client(address, "not a token", language="es") as stranger, pytest.raises(SignInNeeded) as unknown:
        stranger.account(foreign_account)
    assert unknown.value.problem == ("Esta ficha no se conoce aquí.",) * 2


@pytest.fixture
def odd_address() -> Iterator[str]:
    """Where a server listens whose problems hold braces, and which is no Amuna elsewhere."""
    odd = Flask("odd")
    problem = {"detail": "Found {account_id}.", "remedy": "Say {said}.", "facts": {"said": 1, "kind": "x"}}
    odd.get("/api/v1/accounts/A1")(lambda: (problem, 409))
    server = make_server("127.0.0.1", 0, odd, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_a_server_said_is_passed_on_as_it_is(odd_address: str) -> None:
    with Client(odd_address, "token") as client:
        with pytest.raises(PermanentError) as refused:
            client.account("A1")
        assert str(refused.value) == "Found {account_id}. Say {said}."
        assert (refused.value.facts["its_said"], refused.value.facts["kind"]) == (1, "x")
        with pytest.raises(PermanentError, match="/api/v1/accounts/A2 answered 404") as unread:
            client.account("A2")
    assert unread.value.problem.es.endswith("/api/v1/accounts/A2 respondió 404.")
