"""Long-term demand: formulas against worked numbers, files checked, the record's own answer to temperature recovered."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from amuna.domain.errors import ColumnMismatch, NotEnoughData, UnknownSetting
from amuna.domain.panel import Floats
from amuna.forecasting.longterm.base_year import BaseYear, losing, only
from amuna.forecasting.longterm.drivers import Draws, Spread, certain, draw
from amuna.forecasting.longterm.hindcast import hindcast
from amuna.forecasting.longterm.population import INEI_PERU, check_projection, inei
from amuna.forecasting.longterm.project import project, variance_shares
from amuna.forecasting.longterm.response import temperature_response
from amuna.forecasting.longterm.scenario_file import parse_scenarios
from amuna.forecasting.longterm.scenarios import BASE, STANDARD, Scenario

STILL = Scenario(
    "still",
    growth_error_percent=certain(0.0),
    growth_zone_percent=0.0,
    elasticity=certain(-0.4),
    elasticity_other=certain(-0.2),
    warming_c_per_decade=certain(0.0),
    temperature_percent_per_c=certain(0.0),
    efficiency_percent=certain(0.0),
    other_percent=certain(0.0),
)
YEARS, DRAWS = 10, 2000


def base_year(zones: int = 2, *, year: int = 2025, scale: float = 1.0) -> BaseYear:
    return BaseYear(
        year,
        date(year, 1, 1),
        date(year, 12, 31),
        tuple(f"Z{at}" for at in range(zones)),
        scale * np.linspace(100_000, 200_000, zones),
        scale * np.linspace(50_000, 10_000, zones),
        np.zeros(zones),
        0.0,
        False,
    )


def draws(zones: int = 2, *, seed: int = 1) -> Draws:
    return draw(np.random.default_rng(seed), years=YEARS, zones=zones, draws=DRAWS)


def flat(zones: int = 2) -> Floats:
    return np.zeros((zones, YEARS))


def test_a_tenth_lies_beyond_each_end_and_half_above_the_centre() -> None:
    values = Spread(-0.41, -0.7, -0.2).of(np.random.default_rng(3).standard_normal(200_000))
    assert np.quantile(values, [0.1, 0.5, 0.9]) == pytest.approx([-0.7, -0.41, -0.2], abs=0.004)


def test_a_price_is_answered_over_years_to_its_elasticity() -> None:
    rise = replace(STILL, price_percent=20.0, price_years=1, first_year_share=0.75)
    base = replace(base_year(1), other_m3=np.zeros(1))
    found = project(base, rise, flat(1), draws(1)).total_m3[:, 0] / base.total_m3
    expected = 1.2 ** (-0.4 * (1 - 0.25 ** np.arange(1, YEARS + 1)))
    assert found == pytest.approx(expected)
    assert found[-1] == pytest.approx(1.2**-0.4, rel=1e-5)


def test_households_and_everyone_else_answer_by_their_own_elasticity() -> None:
    rise = replace(STILL, price_percent=5.0, price_years=3, first_year_share=1.0)
    base = base_year(1)
    found = project(base, rise, flat(1), draws(1)).total_m3[-1, 0]
    price = 1.05**3
    assert found == pytest.approx(100_000 * price**-0.4 + 50_000 * price**-0.2)


def test_saving_levels_off_at_its_ceiling_and_starts_at_its_rate() -> None:
    saving = replace(STILL, efficiency_percent=certain(1.0), efficiency_ceiling_percent=5.0)
    found = project(base_year(1), saving, flat(1), draws(1)).total_m3[:, 0] / 150_000
    assert found == pytest.approx(1 - 0.05 * (1 - np.exp(-np.arange(1, 11) / 5)))
    quick = replace(saving, efficiency_percent=certain(20.0))
    assert project(base_year(1), quick, flat(1), draws(1)).total_m3[-1, 0] == pytest.approx(0.95 * 150_000)


def test_a_degree_and_hot_days_raise_demand() -> None:
    warm = replace(
        STILL, warming_c_per_decade=certain(0.5), temperature_percent_per_c=certain(2.0),
        hot_days_per_decade=certain(36.5), hot_day_percent=certain(10.0),
    )  # fmt: skip
    found = project(base_year(1), warm, flat(1), draws(1)).total_m3[-1, 0]
    assert found == pytest.approx(150_000 * 1.02**0.5 * 1.01)


def test_losses_reach_their_target_and_scale_zones_alike() -> None:
    base = replace(base_year(), loss_share=np.array([0.2, 0.5]), network_loss_share=0.4, losses_known=True)
    less = replace(STILL, losses_percent=certain(20.0), losses_years=5)
    found = project(base, less, flat(), draws(), each_zone=True)
    assert found.zones_m3 is not None
    used = base.household_m3 + base.other_m3
    assert found.zones_m3[:, 4, 0] == pytest.approx(used / (1 - np.array([0.1, 0.25])))
    assert found.zones_m3[:, -1, 0] == pytest.approx(found.zones_m3[:, 4, 0])
    assert found.effects_m3["losses"][0] == pytest.approx(found.total_m3[-1, 0] - base.total_m3)


def test_growth_follows_inei_between_its_years() -> None:
    path = inei().growth("any", 2025, 5)
    assert np.exp(path[-1]) == pytest.approx(35_792_079 / 34_350_244)
    assert len(INEI_PERU) == 39
    with pytest.raises(NotEnoughData, match="2010 to 2048") as told:
        inei().growth("any", 2045, 10)
    assert "--population" in told.value.remedy.en


def test_effects_add_up_to_the_change_draw_by_draw_and_their_shares_to_one() -> None:
    rise = replace(BASE, price_percent=3.0, losses_percent=Spread(25, 20, 32))
    base = losing(base_year(3), 0.38)
    found = project(base, rise, np.tile(inei().growth("", 2025, YEARS), (3, 1)), draws(3))
    parts = np.sum(list(found.effects_m3.values()), axis=0)
    assert parts == pytest.approx(found.total_m3[-1] - base.total_m3, rel=1e-9)
    shares = variance_shares(found.effects_m3)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert found.effects_m3["price"].mean() < 0 < found.effects_m3["growth"].mean()
    assert set(variance_shares(project(base, STILL, flat(3), draws(3)).effects_m3).values()) == {0.0}


def test_a_zone_alone_is_what_it_is_among_all() -> None:
    base, all_draws = base_year(), draws()
    among = project(base, BASE, flat(), all_draws, each_zone=True).zones_m3
    alone = project(only(base, 1), BASE, flat(1), replace(all_draws, zones=all_draws.zones[1:2]))
    assert among is not None
    assert alone.total_m3 == pytest.approx(among[1])


def test_the_records_own_answer_to_temperature_is_recovered() -> None:
    rng = np.random.default_rng(5)
    day = np.arange(800)
    season = 18 + 5 * np.sin(2 * np.pi * day / 365)
    noise = np.convolve(rng.standard_normal(803), [0.5, 0.3, 0.2, 0.1], "valid")
    temperature = season + 2 * noise
    weekday = np.where(day % 7 == 0, 0.1, 0.0)
    use = np.exp(8 + 0.0002 * day + 0.015 * 2 * noise + weekday + 0.01 * rng.standard_normal(800))
    use[40:60] = np.nan
    found = temperature_response(use, temperature)
    assert found is not None
    assert found.low < 100 * np.expm1(0.015) < found.high
    assert found.high - found.low < 0.4
    assert temperature_response(use[:200], temperature[:200]) is None
    assert temperature_response(use, np.full(800, 20.0)) is None


def test_the_range_of_that_answer_holds_it_eight_times_in_ten() -> None:
    held = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        warmth = np.convolve(rng.standard_normal(734), np.ones(5), "valid")
        found = temperature_response(np.exp(0.01 * warmth + 0.02 * rng.standard_normal(730)), warmth)
        assert found is not None
        held += found.low < 100 * np.expm1(0.01) < found.high
    assert 40 <= held <= 56


def test_hindcast_tells_each_year_from_each_earlier_one_without_losses() -> None:
    steady = replace(BASE, growth_percent=2.0)
    years = [base_year(year=2020 + at, scale=1.02**at) for at in range(4)]
    tried = hindcast([*years[:3], losing(years[3], 0.4)], steady, inei(), seed=0)
    assert [(one.base, one.year) for one in tried] == [
        *((2020, year) for year in (2021, 2022, 2023)), (2021, 2022), (2021, 2023), (2022, 2023),
    ]  # fmt: skip
    assert all(one.inside80 for one in tried)
    doubled = hindcast([*years[:3], base_year(year=2023, scale=3.0)], steady, inei(), seed=0)
    assert [one.inside80 for one in doubled if one.year == 2023] == [False] * 3
    assert hindcast(years[:2], steady, inei(), seed=0) == []
    early = [base_year(year=1990 + at) for at in range(3)]
    assert hindcast(early, BASE, inei(), seed=0) == []


def parsed(text: str) -> tuple[Scenario, ...]:
    return parse_scenarios(tomllib.loads(text), place="mine.toml", known=STANDARD)


def test_scenarios_start_from_others_and_take_numbers_or_ranges() -> None:
    first, second = parsed(
        """
        [scenarios.tariff]
        price_percent = 4
        price_years = 3
        [scenarios.tariff_and_heat]
        start = "tariff"
        warming_c_per_decade = { central = 0.5, low = 0.3, high = 0.8 }
        efficiency_percent = 1
        """
    )
    assert first == replace(BASE, name="tariff", price_percent=4.0, price_years=3)
    assert second.price_years == 3
    assert second.warming_c_per_decade == Spread(0.5, 0.3, 0.8)
    assert second.efficiency_percent == certain(1.0)


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ("[scenarios.a]\nprice_pct = 3", "scenarios.a.price_pct", "nearest is scenarios.a.price_percent"),
        ("[scenario.a]\nprice_percent = 3", "scenario", "nearest is scenarios"),
        ("[scenarios.a]\nelasticity = 0.4", "scenarios.a.elasticity", "between -3 and 0"),
        ("[scenarios.a]\nprice_years = 2.5", "scenarios.a.price_years", "whole number"),
        ("[scenarios.a]\ngrowth_percent = true", "scenarios.a.growth_percent", "a number"),
        ("[scenarios.a]\ngrowth_percent = nan", "scenarios.a.growth_percent", "a number"),
        ("[scenarios.a]\nstart = 'b'", "scenarios.a.start", "one of base"),
        ("[scenarios.a]\nother_percent = { central = 0, low = -1 }", "scenarios.a.other_percent", "high"),
        (
            "[scenarios.a]\nother_percent = { central = 2, low = -1, high = 1 }",
            "scenarios.a.other_percent",
            "low ≤ central ≤ high",
        ),
        (
            "[scenarios.a]\nother_percent = { central = 0, low = -1, hi = 1 }",
            "scenarios.a.other_percent.hi",
            "nearest is scenarios.a.other_percent.high",
        ),
        ("scenarios = 3", "scenarios", "a section"),
    ],
)
def test_a_wrong_scenario_is_told_with_its_file_and_field(text: str, field: str, words: str) -> None:
    with pytest.raises(UnknownSetting, match=r"^mine\.toml") as told:
        parsed(text)
    assert told.value.facts["setting"] == field
    assert words in told.value.problem.en
    assert (
        f"mine.toml: {field} es " in told.value.problem.es or f"no existe {field};" in told.value.problem.es
    )
    assert told.value.remedy.es == "docs/planning.md muestra los campos de un escenario."


def people(**changes: object) -> pl.DataFrame:
    rows = [
        {"zone_id": zone, "year": str(year), "population": str(1000 * (1.01 if zone == "A" else 1.03) ** at)}
        for zone in ("A", "B")
        for at, year in enumerate(range(2025, 2029))
    ]
    for place, value in changes.items():
        name, row = place.rsplit("_", 1)
        rows[int(row)][name] = str(value)
    return pl.DataFrame(rows)


def test_zones_grow_by_their_own_projection_and_others_by_their_sum() -> None:
    found = check_projection(people(), place="p.csv", zones=["A", "B"], base=2025, years=3)
    assert found.growth("B", 2025, 3) == pytest.approx(np.log(1.03) * np.arange(1, 4))
    assert np.exp(found.growth("unknown", 2025, 3)[-1]) == pytest.approx((1.01**3 + 1.03**3) / 2)


@pytest.mark.parametrize(
    ("rows", "column", "words"),
    [
        (people().drop("year"), "year", "a column year"),
        (people().filter(pl.col("zone_id") == "A"), "zone_id", "no row of B"),
        (people(zone_id_0="C"), "zone_id", "C"),
        (people().filter(pl.col("year") != "2027"), "year", "no year 2027 of zone A"),
        (people(population_3="-5"), "population", "row 5 is '-5'"),
        (people(population_3="many"), "population", "row 5 is 'many'"),
        (people(population_3="nan"), "population", "row 5"),
        (people(year_0="2025.5"), "year", "row 2 is '2025.5'"),
        (people(year_1="2025"), "year", "two rows of zone A and year 2025"),
        (people(zone_id_0=""), "zone_id", "row 2 is empty"),
    ],
)
def test_a_wrong_projection_is_told_with_file_column_and_row(
    rows: pl.DataFrame, column: str, words: str
) -> None:
    with pytest.raises(ColumnMismatch, match=r"^p\.csv") as told:
        check_projection(rows, place="p.csv", zones=["A", "B"], base=2025, years=3)
    assert told.value.facts["column"] == column
    assert words in told.value.problem.en
    assert f"p.csv: {column}: " in told.value.problem.es
    assert "; se espera" in told.value.problem.es


def test_what_is_wrong_with_a_projection_is_told_in_spanish() -> None:
    with pytest.raises(ColumnMismatch) as told:
        check_projection(people(population_3="-5"), place="p.csv", zones=["A", "B"], base=2025, years=3)
    assert told.value.problem.es == "p.csv: population: fila 5: '-5'; se esperaba: un número mayor que 0."
    zones = [f"Z{number}" for number in range(7)]
    with pytest.raises(ColumnMismatch) as told:
        check_projection(people(), place="p.csv", zones=["A", "B", *zones], base=2025, years=3)
    assert told.value.problem.es == (
        "p.csv: zone_id: ninguna fila de Z0, Z1, Z2, Z3, Z4 y 2 más; se esperaba: todas las zonas que tienen cuentas."
    )
