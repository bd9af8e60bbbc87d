"""The view of zones: what it tells of all and of one, its file, its plan, and what it says where something is missing."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from dash.development.base_component import Component
from flask.testing import FlaskClient
from plotly.utils import PlotlyJSONEncoder
from tests.integration.dashing import words_of
from tests.zone_page import NOW, page_store
from tests.zone_town import CUTOFF, DAYS, PLACE, ROME, ZONES, town_hours, town_store

from amuna import wiring
from amuna.access.roles import Principal, Role
from amuna.config.settings import Settings
from amuna.domain.ports import Store
from amuna.forecasting.longterm.population import inei
from amuna.forecasting.longterm.scenarios import BASE
from amuna.forecasting.zones.members.ridge import Ridge
from amuna.serve.dashboard import demand
from amuna.serve.dashboard.demand_choice import Choice, choice
from amuna.serve.dashboard.demand_export import rows_of
from amuna.serve.dashboard.page import Visit
from amuna.serve.desk import Desk, open_desk
from amuna.workflows.plan_demand import plan_demand
from amuna.workflows.plan_levers import CHOSEN, Levers, levered_scenario, plan_levers
from amuna.workflows.views.planning_record import planning_record
from amuna.workflows.views.zone_days import heat_days, zone_days
from amuna.workflows.views.zone_totals import FROM_HOURS, FROM_TOTALS
from amuna.workflows.views.zone_week import HEAT_DAYS, zone_heat, zone_week
from amuna.workflows.zone_forecast import forecast_zones
from amuna.workflows.zone_train import train_zones

ClientAs = Callable[[Role | None], FlaskClient]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return page_store(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def zone_desk(town: Store, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return _desk(town, tmp_path_factory.mktemp("desk"))


def _desk(store: Store, folder: Path) -> Desk:
    settings = Settings(utility_time_zone=ROME.key, utility_country="IT")
    return open_desk(wiring.Workspace(folder, settings), store, now=lambda: NOW)


def _shown(desk: Desk, language: str = "en", **query: str) -> Component:
    seen = Visit(
        desk, Principal("a@example.org", "A", Role.ANALYST, None), language, (), {"see": "zones", **query}
    )
    return demand.layout(seen)


def _drawings(shown: Component) -> list[dict[str, Any]]:
    """Properties of every drawing, as the browser gets them."""
    found: list[dict[str, Any]] = []

    def look(each: Any) -> None:
        if isinstance(each, dict):
            if each.get("type") == "Drawing":
                found.append(each["props"])
            for value in each.values():
                look(value)
        elif isinstance(each, list):
            for value in each:
                look(value)

    look(json.loads(json.dumps(shown, cls=PlotlyJSONEncoder)))
    return found


def test_the_choices_of_zones_are_in_the_address() -> None:
    chosen = Choice(of="zone:north", see="zones", over="week", unit="ls", plan="growth:1,years:5")
    query = dict(part.split("=") for part in chosen.href().partition("?")[2].split("&"))
    assert choice(query) == chosen
    assert choice({"over": "year", "unit": "gallons"}) == Choice()


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize(
    "query", [{}, {"of": "zone:north"}, {"of": "zone:west", "over": "week", "unit": "ls"}]
)
def test_all_zones_and_one_are_told_without_holes(
    zone_desk: Desk, language: str, query: dict[str, str]
) -> None:
    told = words_of(_shown(zone_desk, language, **query))
    assert "nan" not in told.lower().split()
    assert "{" not in told
    assert "None" not in told
    for zone in ("North (north)", "South (south)", "west"):
        assert zone in told


def test_the_map_has_a_link_for_each_outline_with_its_value_and_its_colour(zone_desk: Desk) -> None:
    shown = _shown(zone_desk)
    (drawn,) = _drawings(shown)
    links = {each["href"]: each for each in drawn["shapes"]}
    assert set(links) == {f"/app/demand?of=zone:{zone}&see=zones" for zone in ("north", "south")}
    for each in links.values():
        assert "tone-" in each["tone"]
        assert " m³, between " in each["name"]
    assert "Without an outline on the map" in words_of(shown)  # west has a tile


def test_days_add_up_and_ranges_come_from_days_that_were_forecast_as_long_before(town: Store) -> None:
    week = zone_week(town, "north", PLACE)
    found = zone_days(town, week, ROME)
    assert len(found) == 7
    assert found["total_m3"].sum() == pytest.approx(week.ahead["forecast_m3h"].sum())
    assert (found["low80_m3"] <= found["total_m3"]).all()
    assert (found["total_m3"] <= found["high80_m3"]).all()
    ranges = found["range"].to_list()
    assert ranges[:4] == [FROM_TOTALS] * 4  # 18 earlier forecasts: of the seventh day 12 have come
    assert ranges[-1] == FROM_HOURS
    hours = week.ahead.head(24)
    widest = hours["high80_m3h"].sum() - hours["low80_m3h"].sum()
    assert found["high80_m3"][0] - found["low80_m3"][0] < widest


def test_days_of_the_heat_map_are_sums_of_its_hours(town: Store) -> None:
    cells = zone_heat(zone_week(town, "north", PLACE, past_days=HEAT_DAYS), ROME)
    days = heat_days(cells)
    assert days["day"].is_sorted()
    assert days["ahead"].sum() == 7
    one = cells.filter(pl.col("day") == days["day"][20])
    row = days.row(20, named=True)
    assert row["total_m3"] == pytest.approx(one["flow_m3h"].sum())
    furthest = one.sort((pl.col("ratio") - 1).abs(), descending=True).row(0, named=True)
    assert row["hour"] == furthest["hour"]
    assert row["hour_percent"] == pytest.approx(100 * (furthest["ratio"] - 1))


def test_the_heat_map_marks_where_the_forecast_begins(zone_desk: Desk) -> None:
    drawn = _drawings(_shown(zone_desk, of="zone:north"))[-1]
    cells = drawn["cells"]
    assert cells["days"][cells["ahead"]] == CUTOFF.astimezone(ROME).date().isoformat()
    assert len(cells["flow"]) == len(cells["days"]) == 35
    squares = sum(each["path"].count("M") for each in drawn["shapes"])
    assert squares == int(np.isfinite(np.array(cells["flow"], dtype=float)).sum())


def test_a_unit_that_is_chosen_holds_for_chart_and_errors(zone_desk: Desk) -> None:
    in_m3h, in_ls = (
        _drawings(_shown(zone_desk, of="zone:north", unit=unit))[-1]["cells"] for unit in ("m3h", "ls")
    )
    assert in_m3h["flow"][3][5] == pytest.approx(3.6 * in_ls["flow"][3][5], rel=1e-3)
    assert "L/s" in words_of(_shown(zone_desk, of="zone:north", unit="ls"))


def test_levers_at_rest_are_the_base_scenario_and_moved_ones_keep_their_width(town: Store) -> None:
    record = planning_record(town, zone=ROME)
    still = plan_levers(record, Levers(), population=inei(), zone="north")
    sides = [still.rows.filter(pl.col("scenario") == name).drop("scenario") for name in ("base", CHOSEN)]
    assert sides[0].equals(sides[1])
    moved = levered_scenario(Levers(growth=1.0, price=5.0, years=5))
    assert moved.growth_error_percent.high - moved.growth_error_percent.low == 2.0
    direct = plan_demand(record, [BASE, moved], population=inei(), years=5, zone="north")
    told = plan_levers(record, Levers(growth=1.0, price=5.0, years=5), population=inei(), zone="north")
    assert told.rows.equals(direct.rows)
    effects = dict(
        told.effects.filter(pl.col("scenario") == CHOSEN).select("effect", "change_m3").iter_rows()
    )
    assert effects["growth"] > 0 > effects["price"]


def test_the_plan_is_of_the_zone_or_says_that_no_account_is_in_it(zone_desk: Desk) -> None:
    assert "No account is in this zone" not in words_of(_shown(zone_desk, of="zone:north"))
    assert "No account is in this zone" in words_of(_shown(zone_desk, of="zone:south"))
    dear, usual = (
        words_of(_shown(zone_desk, of="zone:north", plan=plan)) for plan in ("price:10,years:5", "")
    )
    assert dear != usual
    assert "In 2026" in dear
    assert "In 2031" in usual


def test_the_file_has_the_hours_of_the_zone_or_all_zones(zone_desk: Desk) -> None:
    seen = Visit(zone_desk, Principal("a@example.org", "A", Role.ANALYST, None), "en", (), {})
    hours = rows_of(seen, Choice(of="zone:north", see="zones"))
    assert hours["forecast_m3h"].count() == 168
    assert hours["flow_m3h"].count() == HEAT_DAYS * 24
    assert sorted(rows_of(seen, Choice(see="zones"))["zone_id"]) == sorted(ZONES)


def test_a_zone_that_is_not_there_is_told(zone_desk: Desk) -> None:
    assert "There are no data of Zone nowhere" in words_of(_shown(zone_desk, of="zone:nowhere"))


def test_zones_without_a_forecast_show_what_flowed_and_what_to_do(tmp_path: Path) -> None:
    store = page_store(tmp_path, forecast=False)
    told = words_of(_shown(_desk(store, tmp_path), of="zone:north"))
    assert "amuna forecast --zone all" in told
    assert "Observed" in json.dumps(_shown(_desk(store, tmp_path), of="zone:north"), cls=PlotlyJSONEncoder)
    store.close()


def test_a_zone_whose_readings_stopped_says_so_and_what_to_do(tmp_path: Path) -> None:
    gone = CUTOFF - timedelta(days=2)
    late = pl.col("observed_at") >= gone
    hours = town_hours(DAYS).with_columns(south=pl.when(~late).then(pl.col("south")))
    cut = town_store(tmp_path, hours)
    train_zones(store=cut, place=PLACE, now=NOW, forecasters=(Ridge(),))
    forecast_zones(store=cut, place=PLACE)
    told = words_of(_shown(_desk(cut, tmp_path), of="zone:south"))
    assert "Readings missing." in told
    assert "Check the inlet meter" in told
    cut.close()


def test_without_zones_the_view_says_how_they_come_in(desk: Desk) -> None:
    assert "amuna train zones" in words_of(_shown(desk))


def test_the_file_of_zones_is_for_all_staff_and_that_of_demand_is_not_for_crews(client_as: ClientAs) -> None:
    assert client_as(Role.CUSTOMER).get("/app/demand.csv?see=zones").status_code == 403
    assert client_as(Role.CREW).get("/app/demand.csv").status_code == 403
    for role in (Role.CREW, Role.ANALYST):
        found = client_as(role).get("/app/demand.csv?see=zones")
        assert found.status_code == 200
        assert pl.read_csv(io.BytesIO(found.data[3:])).height == 0


def test_a_crew_finds_the_zones_without_totals_of_accounts(zone_desk: Desk) -> None:
    crew = Principal("c@example.org", "C", Role.CREW, None)
    for query in ({}, {"see": "proof"}, {"see": "zones", "of": "zone:north"}, {"of": "segment:household"}):
        shown = demand.layout(Visit(zone_desk, crew, "en", (), query))
        told = words_of(shown)
        assert "Expected change by zone" in told
        assert "The years to come" not in told
        hrefs = set(re.findall(r'"href": ?"([^"]+)"', json.dumps(shown, cls=PlotlyJSONEncoder)))
        assert hrefs
        assert all("see=zones" in href for href in hrefs)
