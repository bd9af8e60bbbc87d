"""The page of demand: what its address chooses, what it tells, its file, and who may see what."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from flask.testing import FlaskClient
from tests.integration.conftest import CUTOFF, START
from tests.integration.dashing import ask, words_of

from amuna.access.roles import Principal, Role
from amuna.domain.errors import NotFound
from amuna.domain.tables import CONSUMPTION, WEATHER
from amuna.serve.dashboard import demand
from amuna.serve.dashboard.demand_choice import Choice, choice, days_of, periods
from amuna.serve.dashboard.demand_facts import days
from amuna.serve.dashboard.page import Visit
from amuna.serve.desk import Desk
from amuna.workflows.views.demand import Part

ClientAs = Callable[[Role | None], FlaskClient]
SEES = ("history", "proof", "season", "weather", "compare")


def _visit(desk: Desk, language: str = "es", accounts: frozenset[str] | None = None, **query: str) -> Visit:
    return Visit(desk, Principal("a@example.org", "A", Role.ANALYST, accounts), language, (), query)


def _total(desk: Desk, first: date, end: date, account: str | None = None) -> float:
    rows = desk.store.read(CONSUMPTION, where={"flag": "ok"}).filter(
        pl.col("day").is_between(first, end, closed="left")
    )
    if account is not None:
        rows = rows.filter(pl.col("account_id") == account)
    return float(rows["consumption_m3"].sum())


def _rows(answer: Any) -> pl.DataFrame:
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return pl.read_csv(io.BytesIO(answer.data[3:]), try_parse_dates=True)


def test_an_address_and_a_choice_are_the_same() -> None:
    chosen = Choice(
        of="zone:DMA-01", see="compare", pair="own", a="2025-01-01..2025-01-31", b="2025-03-01..2025-03-31"
    )
    query = dict(part.split("=") for part in chosen.href().partition("?")[2].split("&"))
    assert choice(query) == chosen
    assert Choice().href() == "/app/demand"
    assert chosen.href(see="history").count("see=") == 0
    nonsense = {
        "of": "galaxy:1",
        "see": "soul",
        "step": "year",
        "span": "-1",
        "pair": "own",
        "a": "x",
        "b": "2025",
    }
    assert choice(nonsense) == Choice()


@pytest.mark.parametrize(
    "text",
    ["", "2025-01-01", "2025-02-01..2025-01-01", "1900-01-01..2025-01-01", "a..b", "0001-01-01..9999-12-31"],
)
def test_days_that_make_no_period_are_none(text: str) -> None:
    assert days_of(text) is None


def test_periods_that_are_offered_have_equal_weekdays_or_dates() -> None:
    before, after = periods(Choice(pair="weeks"), date(2025, 3, 3))
    assert (before, after) == ((date(2025, 1, 6), date(2025, 2, 3)), (date(2025, 2, 3), date(2025, 3, 3)))
    assert periods(Choice(pair="month"), date(2024, 3, 1)) == (
        (date(2023, 2, 1), date(2023, 3, 1)),
        (date(2024, 2, 1), date(2024, 3, 1)),
    )
    year = periods(Choice(pair="year"), date(2025, 3, 3))
    assert all((end - start).days == 364 and start.isoweekday() == 1 for start, end in year)


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("see", SEES)
def test_every_view_of_all_and_of_one_account_is_shown(
    desk: Desk, own_account: str, see: str, language: str
) -> None:
    for of in ("all", "zone:unknown", "segment:unknown", f"account:{own_account}"):
        told = words_of(demand.layout(_visit(desk, language, of=of, see=see)))
        assert ("Comparar periodos" if language == "es" else "Compare periods") in told
        assert "nan" not in told.lower().split()
        assert "{" not in told


def test_the_numbers_are_those_of_the_store(desk: Desk) -> None:
    told = words_of(demand.layout(_visit(desk))).replace("\u202f", "")
    total = _total(desk, CUTOFF - timedelta(days=14), CUTOFF)
    assert f"Últimos 14 días {total:.0f}"[:20] in told
    assert "80 %: entre" in told.replace("80%", "80 %")
    month = words_of(
        demand.layout(
            _visit(
                desk,
                see="compare",
                pair="own",
                a=f"{START}..{START + timedelta(27)}",
                b=f"{CUTOFF - timedelta(28)}..{CUTOFF - timedelta(1)}",
            )
        )
    )
    a, b = (_total(desk, first, first + timedelta(28)) / 28 for first in (START, CUTOFF - timedelta(28)))
    assert f"{a:.1f}" in month
    assert f"{b:.1f}" in month


def test_a_period_without_data_is_told_and_not_computed(desk: Desk) -> None:
    told = words_of(demand.layout(_visit(desk, see="compare", pair="year")))
    assert "No hay datos de" in told
    assert "los datos van del" in told


def test_weather_is_asked_for_where_there_is_none_and_drawn_where_there_is(desk: Desk) -> None:
    told = words_of(demand.layout(_visit(desk, see="weather")))
    assert "amuna weather" in told
    hour = (
        pl.datetime_range(
            pl.lit(CUTOFF - timedelta(days=120)).cast(pl.Datetime),
            pl.lit(CUTOFF).cast(pl.Datetime),
            "1h",
            time_zone="UTC",
            eager=True,
        )
        .alias("observed_at")
        .dt.cast_time_unit("us")
    )
    empty = [
        pl.lit(None, pl.Float64).alias(name)
        for name in ("apparent_temperature_c", "humidity_percent", "wind_kmh")
    ]
    rows = pl.DataFrame({"observed_at": hour}).with_columns(
        *empty,
        place_id=pl.lit("lima"),
        temperature_c=20 + (pl.col("observed_at").dt.ordinal_day() % 5).cast(pl.Float64),
        rain_mm=pl.lit(0.1),
        kind=pl.lit("observed"),
        recorded_at=pl.lit(desk.now()).cast(hour.dtype),
        batch_id=pl.lit("b"),
    )
    desk.store.upsert(WEATHER, rows.select(WEATHER.names))
    desk.memo.forget()
    told = words_of(demand.layout(_visit(desk, see="weather", span="90")))
    assert "correlación" in told
    assert "amuna weather" not in told


def test_a_part_that_is_not_there_or_out_of_sight_is_told_in_the_same_words(
    desk: Desk, own_account: str, foreign_account: str
) -> None:
    mine = frozenset({own_account})
    told = [
        words_of(demand.layout(_visit(desk, accounts=mine, of=of))).replace(of.split(":")[1], "X")
        for of in (f"account:{foreign_account}", "account:nobody")
    ]
    assert told[0] == told[1]
    assert "no está entre lo que usted puede ver" in told[0]
    assert "no está entre" in words_of(demand.layout(_visit(desk, of="zone:nowhere")))
    with pytest.raises(NotFound):
        days(_visit(desk, accounts=mine), Part("account", foreign_account))
    assert days(_visit(desk, accounts=mine), Part("account", own_account)).height > 100


def test_the_file_has_what_is_shown_with_units_in_its_headings(client_as: ClientAs, desk: Desk) -> None:
    client = client_as(Role.ANALYST)
    client.set_cookie("amuna_language", "en")
    found = client.get("/app/demand.csv")
    assert found.headers["Content-Disposition"] == 'attachment; filename="amuna-demand-history-all.csv"'
    rows = _rows(found)
    observed = rows.drop_nulls("Observed (m³)")
    assert observed["Observed (m³)"].sum() == pytest.approx(
        _total(desk, CUTOFF - timedelta(90), CUTOFF), rel=1e-4
    )
    ahead = rows.drop_nulls("Forecast (m³)")
    assert ahead["Day"].to_list() == [CUTOFF + timedelta(n) for n in range(14)]
    assert (ahead["95 % interval, from (m³)"] <= ahead["80 % interval, from (m³)"]).all()
    for see in SEES[1:3]:
        assert _rows(client.get(f"/app/demand.csv?see={see}")).height > 10
    weeks = _rows(client.get("/app/demand.csv?step=week"))
    assert weeks.columns[:2] == ["From", "Days"]
    client.set_cookie("amuna_language", "es")
    assert _rows(client.get("/app/demand.csv?step=month&span=365")).columns[0] == "Desde"


def test_the_file_is_for_who_may_see_demand(client_as: ClientAs) -> None:
    assert client_as(None).get("/app/demand.csv").status_code == 302
    for role in (Role.CUSTOMER, Role.CREW):
        assert client_as(role).get("/app/demand.csv").status_code == 403
    missing = client_as(Role.ANALYST).get("/app/demand.csv?of=account:nobody")
    assert missing.status_code == 404
    assert "Traceback" not in missing.text


def test_moving_to_another_address_shows_its_choice(client_as: ClientAs, own_account: str) -> None:
    client = client_as(Role.ANALYST)
    inputs = {"address.pathname": "/app/demand", "address.search": f"?of=account:{own_account}&step=week"}
    found = ask(
        client, inputs, page="/app/demand", state={"shown.data": {"path": "/app/demand", "title": ""}}
    )
    assert found.status_code == 200
    assert found.json is not None
    told = words_of(found.json["response"]["page"]["children"])
    assert f"Cuenta {own_account}" in told or f"Account {own_account}" in told
    assert (
        found.json["response"]["shown"]["data"]["moved"] is False
    )  # the same page: nobody is scrolled to its top
