"""The simulated use looks like a utility's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from amuna.domain.tables import ACCOUNTS
from amuna.simulation import Utility, simulate, true_consumption, zone_balance


@pytest.fixture(scope="module")
def used(clean: Utility) -> pl.DataFrame:
    truth = true_consumption(clean).join(clean.accounts, on="account_id")
    return truth.join(clean.calendar, on="day").join(clean.weather, on="day")


def _means(used: pl.DataFrame, by: str, pattern: str) -> dict[object, float]:
    """Mean over accounts of each account's mean relative to its own, so that large accounts do not decide."""
    relative = used.filter(pl.col("pattern") == pattern).with_columns(
        r=pl.col("consumption_m3") / pl.col("consumption_m3").mean().over("account_id")
    )
    return dict(relative.group_by(by).agg(pl.col("r").mean()).iter_rows())


def test_class_sizes_are_plausible(used: pl.DataFrame) -> None:
    per_account = used.group_by("account_id", "segment", "units").agg(pl.col("consumption_m3").mean())
    homes = per_account.filter((pl.col("segment") == "household") & (pl.col("units") == 1))["consumption_m3"]
    assert 0.3 < homes.median() < 0.6
    assert 0.1 < homes.quantile(0.05) < 0.3
    assert 0.7 < homes.quantile(0.95) < 1.6
    means = dict(per_account.group_by("segment").agg(pl.col("consumption_m3").mean()).iter_rows())
    assert means["vacant"] < 0.05 < 0.3 < means["commercial"] < means["public"] < means["industrial"]


def test_sizes_have_a_heavy_tail(used: pl.DataFrame) -> None:
    sizes = np.sort(used.group_by("account_id").agg(pl.col("consumption_m3").sum())["consumption_m3"])
    top = sizes[-len(sizes) // 20 :].sum() / sizes.sum()
    assert 0.3 < top < 0.9


def test_weeks_differ_by_class(used: pl.DataFrame) -> None:
    home, office, school = (_means(used, "weekday", pattern) for pattern in ("home", "office", "school"))
    assert home[5] > 1.02 * home[1]
    assert office[6] == 0
    assert office[2] > 1.1
    assert school[5] < 0.4 * school[2]


def test_holidays_raise_homes_and_close_offices(used: pl.DataFrame) -> None:
    weekdays = used.filter((pl.col("weekday") < 5) & ~pl.col("bridge") & ~pl.col("school_break"))
    weekdays = weekdays.with_columns(is_holiday=pl.col("holiday").is_not_null())
    assert _means(weekdays, "is_holiday", "office")[True] == 0
    home = _means(weekdays, "is_holiday", "home")
    assert home[True] > 1.02 * home[False]
    shop = _means(weekdays, "is_holiday", "shop")
    assert shop[True] < 0.8 * shop[False]


def test_schools_rest_in_the_school_holidays(used: pl.DataFrame) -> None:
    school = _means(used.filter(pl.col("weekday") < 5), "school_break", "school")
    assert school[True] < 0.4 * school[False]


def test_summer_is_the_peak_and_follows_the_temperature(used: pl.DataFrame) -> None:
    homes = used.filter(pl.col("segment") == "household")
    months = dict(homes.group_by(pl.col("day").dt.month()).agg(pl.col("consumption_m3").mean()).iter_rows())
    assert max(months, key=lambda month: months[month]) in (1, 2, 3)
    assert months[2] > 1.1 * months[8]
    daily = homes.group_by("day").agg(pl.col("consumption_m3", "temperature_c").mean())
    assert daily.select(pl.corr("consumption_m3", "temperature_c")).item() > 0.5


def test_noise_remembers_yesterday(used: pl.DataFrame) -> None:
    homes = used.filter((pl.col("segment") == "household") & (pl.col("consumption_m3") > 0.05))
    logged = homes.with_columns(x=pl.col("consumption_m3").log()).sort("account_id", "day")
    centred = logged.with_columns(
        x=pl.col("x") - pl.col("x").rolling_mean(29, center=True).over("account_id")
    )
    lagged = centred.with_columns(before=pl.col("x").shift(1).over("account_id")).drop_nulls(["x", "before"])
    assert 0.1 < lagged.select(pl.corr("x", "before")).item() < 0.5


def test_vacant_accounts_are_mostly_zero_but_not_always(used: pl.DataFrame) -> None:
    vacant = used.filter((pl.col("segment") == "vacant") & (pl.col("consumption_m3") < 0.04))
    share = len(vacant) / len(used.filter(pl.col("segment") == "vacant"))
    assert 0.7 < share < 0.99


def test_growth_raises_the_second_year() -> None:
    from amuna.simulation import NO_FAULTS, UtilitySettings

    settings = UtilitySettings(accounts=400, days=730, growth_per_year=0.2, faults=NO_FAULTS)
    grown = (
        true_consumption(simulate(settings, seed=1))
        .group_by(pl.col("day").dt.year())
        .agg(pl.col("consumption_m3").mean())
    )
    by_year = dict(grown.iter_rows())
    assert by_year[2025] > 1.12 * by_year[2024]


def test_accounts_meet_their_contract(clean: Utility) -> None:
    ACCOUNTS.check(clean.accounts.select(ACCOUNTS.names))
    assert clean.accounts["account_id"].is_sorted()
    assert clean.accounts["account_id"].n_unique() == clean.settings.accounts
    assert set(clean.accounts["segment"]) == {"household", "commercial", "industrial", "public", "vacant"}


def test_zones_form_a_hierarchy_over_the_accounts(clean: Utility) -> None:
    zones = {row["zone_id"]: row for row in clean.zones.iter_rows(named=True)}
    for row in zones.values():
        kind = {"dma": "supply", "supply": "source", "source": None}[row["kind"]]
        assert (zones[row["parent_id"]]["kind"] if row["parent_id"] else None) == kind
    for kind in ("source", "supply", "dma"):
        assert clean.zones.filter(pl.col("kind") == kind)["connections"].sum() == clean.settings.accounts
    areas = set(clean.zones.filter(pl.col("kind") == "dma")["zone_id"])
    assert set(clean.accounts["zone_id"]) <= areas
    near = clean.accounts.join(clean.zones, on="zone_id").select(
        (pl.col("longitude") - pl.col("longitude_right")).abs().max(),
        (pl.col("latitude") - pl.col("latitude_right")).abs().max(),
    )
    assert max(near.row(0)) <= 0.005 + 1e-9


def test_planted_leaks_are_exactly_the_difference_to_a_utility_without(dirty: Utility) -> None:
    tight = simulate(
        replace(dirty.settings, faults=replace(dirty.settings.faults, leaks_per_year=0)), seed=dirty.seed
    )
    leaky, dry = true_consumption(dirty), true_consumption(tight)
    difference = (leaky["consumption_m3"] - dry["consumption_m3"]).to_numpy()
    np.testing.assert_allclose(difference, leaky["leak_m3"].to_numpy(), atol=0.0011)
    leaks = dirty.events.filter(pl.col("kind") == "leak").with_columns(
        length=(pl.col("end") - pl.col("start")).dt.total_days()
    )
    full = pl.col("m3_per_day") * pl.col("length")
    rising = pl.col("m3_per_day") * (pl.col("length") + 1) / 2
    planted = leaks.select(pl.when(pl.col("shape") == "abrupt").then(full).otherwise(rising).sum()).item()
    assert set(leaks["shape"]) == {"abrupt", "incipient"}
    assert difference.sum() == pytest.approx(planted, rel=1e-3)


def test_interruptions_cut_use_and_tanks_refill_the_day_after() -> None:
    from amuna.simulation import NO_FAULTS, UtilitySettings

    settings = UtilitySettings(
        accounts=600, days=300, interruptions_per_year=12, intermittent_zones=1, faults=NO_FAULTS
    )
    utility = simulate(settings, seed=2)
    events = utility.events.filter(pl.col("kind") == "interruption").select("zone_id", day="start")
    homes = utility.accounts.filter((pl.col("segment") == "household") & pl.col("tank"))
    zone = (
        true_consumption(utility)
        .join(homes, on="account_id")
        .group_by("zone_id", "day")
        .agg(pl.col("consumption_m3").sum())
        .with_columns(relative=pl.col("consumption_m3") / pl.col("consumption_m3").mean().over("zone_id"))
    )
    dry = zone.join(events, on=["zone_id", "day"])["relative"].mean()
    after = zone.join(events.with_columns(pl.col("day").dt.offset_by("1d")), on=["zone_id", "day"])
    assert dry < 0.75
    assert after["relative"].mean() > 1.15


def test_the_balance_of_the_areas_adds_up(dirty: Utility) -> None:
    balance = zone_balance(dirty)
    parts = balance["consumption_m3"] + balance["zone_leak_m3"] + balance["background_m3"]
    np.testing.assert_allclose(parts.to_numpy(), balance["system_input_m3"].to_numpy())
    used = true_consumption(dirty)["consumption_m3"].sum()
    assert balance["consumption_m3"].sum() == pytest.approx(used, rel=1e-9)
    assert balance["metered_m3"].sum() < 0.99 * used
