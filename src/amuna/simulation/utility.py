"""A utility whose truth is known: its tables at once, its days on demand."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amuna.domain.errors import UnknownSetting
from amuna.domain.text import Text
from amuna.simulation.accounts import account_table, simulate_traits
from amuna.simulation.calendar import away_factors, calendar, pattern_days
from amuna.simulation.demand import DayFactors
from amuna.simulation.events import event_table
from amuna.simulation.plan import Plan, plan_faults
from amuna.simulation.settings import UtilitySettings
from amuna.simulation.weather import MEAN_TEMPERATURE_C, simulate_weather
from amuna.simulation.zones import Areas, simulate_areas, zone_days, zone_table


@dataclass(frozen=True, eq=False)
class Utility:
    """A simulated utility.

    Parameters
    ----------
    settings, seed
        What it was made from; together they fix every number.
    accounts
        Truth about the accounts: the columns of ACCOUNTS, then pattern, units, connected, tank, supply hours …
    zones
        Sources, supply zones and district metered areas.
    weather
        `day`, `temperature_c`, `rain_mm`, `humidity`.
    calendar
        `day`, `weekday`, `holiday`, `bridge`, `school_break`.
    events
        One row for everything planted; see `events.EVENTS`.
    """

    settings: UtilitySettings
    seed: int
    accounts: pl.DataFrame
    zones: pl.DataFrame
    weather: pl.DataFrame
    calendar: pl.DataFrame
    events: pl.DataFrame
    areas: Areas = field(repr=False)
    traits: NDArray[np.void] = field(repr=False)
    day_factors: DayFactors = field(repr=False)
    plan: Plan = field(repr=False)


def simulate(settings: UtilitySettings, *, seed: int) -> Utility:
    """Make a utility. Its days are computed slab by slab when asked for (`slabs`, `true_consumption`, `write_feed`).

    Parameters
    ----------
    settings
        What to simulate.
    seed
        0 to 2**64 - 1. The same settings and seed give the same numbers, bit for bit.

    Raises
    ------
    UnknownSetting
        If the seed is out of range or the `holidays` library does not know the country.
    """
    if not 0 <= seed < 2**64:
        raise UnknownSetting(
            Text(
                "La semilla es {found}; se espera de 0 a 2**64 - 1.",
                "The seed is {found}; expected 0 to 2**64 - 1.",
            ),
            remedy=Text("Use una semilla como 1.", "Use a seed such as 1."),
            found=seed,
        )
    days = calendar(settings)
    weather = simulate_weather(days["day"], settings, seed)
    areas = simulate_areas(settings, seed)
    traits, units = simulate_traits(settings, areas, seed)
    supply, dry = zone_days(areas, settings, seed)
    plan = plan_faults(settings, traits["first_day"], traits["base_m3"], areas=len(areas), seed=seed)
    accounts = account_table(traits, units, areas, settings, seed)
    return Utility(
        settings,
        seed,
        accounts,
        _zones(accounts, areas, settings.persons_per_household),
        weather,
        days,
        event_table(plan, dry, accounts["account_id"], areas.zone_ids, settings),
        areas,
        traits,
        _day_factors(days, weather, supply, settings),
        plan,
    )


def _zones(accounts: pl.DataFrame, areas: Areas, persons_per_household: float) -> pl.DataFrame:
    homes = pl.when(pl.col("segment") == "household").then("units").otherwise(0)
    counted = accounts.group_by("zone_id").agg(homes=homes.sum(), connections=pl.len())
    aligned = pl.DataFrame({"zone_id": areas.zone_ids}).join(
        counted, on="zone_id", how="left", maintain_order="left"
    )
    people = aligned["homes"].fill_null(0).to_numpy() * persons_per_household
    return zone_table(areas, people, aligned["connections"].fill_null(0).to_numpy().astype(np.int64))


def _day_factors(
    days: pl.DataFrame, weather: pl.DataFrame, supply: NDArray[np.float64], settings: UtilitySettings
) -> DayFactors:
    return DayFactors(
        pattern_days(days, settings),
        days["weekday"].to_numpy(),
        weather["temperature_c"].to_numpy() - MEAN_TEMPERATURE_C,
        away_factors(days),
        supply,
    )
