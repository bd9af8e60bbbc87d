"""Registers: sums, rollover, exchanges and hours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from amuna.domain.errors import UnknownSetting
from amuna.simulation import NO_FAULTS, Utility, UtilitySettings, registers, simulate
from amuna.simulation.slabs import simulate_slab


@pytest.fixture(scope="module")
def faultless() -> Utility:
    settings = UtilitySettings(accounts=400, days=120, new_accounts_per_year=0, faults=NO_FAULTS)
    return simulate(settings, seed=4)


def _differences(dial: pl.DataFrame, dial_m3: float) -> np.ndarray:
    return np.diff(np.rint(dial["Register"].to_numpy() * 1000)) % (dial_m3 * 1000)


@pytest.mark.parametrize("hourly", [False, True])
def test_registers_sum_to_the_consumption(faultless: Utility, hourly: bool) -> None:
    slab = simulate_slab(faultless, 0, 400)
    for account in (0, 7, 123):
        dial = registers(faultless, [account], hourly=hourly)
        assert len(dial) == 120 * (24 if hourly else 1)
        moved = _differences(dial, faultless.traits["dial_litres"][account] / 1000)
        assert (moved >= 0).all()
        start = 24 - 1 if hourly else 0
        daily = moved[start:].reshape(119, -1).sum(axis=1)
        assert (daily == slab.litres[account, 1:]).all()


def test_a_dial_rolls_over() -> None:
    settings = UtilitySettings(accounts=400, days=730, faults=NO_FAULTS)
    utility = simulate(settings, seed=4)
    slab = simulate_slab(utility, 0, 400)
    full = np.flatnonzero(
        utility.traits["index_litres"] + slab.litres.sum(axis=1) >= utility.traits["dial_litres"]
    )
    assert len(full) > 3
    readings = registers(utility, [int(full[0])])["Register"].to_numpy()
    assert (np.diff(readings) < 0).sum() == 1
    assert readings.min() >= 0
    assert readings.max() < utility.traits["dial_litres"][full[0]] / 1000


def test_resets_show_on_the_dial_and_in_the_feed_alike(faultless: Utility) -> None:
    settings = replace(
        faultless.settings, faults=replace(NO_FAULTS, resets_per_year=1, replacements_per_year=1)
    )
    utility = simulate(settings, seed=4)
    for kind in ("reset", "replacement"):
        spells = utility.plan.spells[kind]
        other = utility.plan.spells["reset" if kind == "replacement" else "replacement"]
        alone = [
            i
            for i, place in enumerate(spells.place)
            if (spells.place == place).sum() == 1 and place not in other.place
        ]
        place, day = int(spells.place[alone[0]]), int(spells.start[alone[0]])
        dial = registers(utility, [place])["Register"].to_numpy()
        litres = simulate_slab(utility, place, place + 1).litres[0]
        assert round(dial[day] * 1000) == round(spells.amount[alone[0]] * 1000) + litres[day]
        assert dial[day] < dial[day - 1]


def test_hours_follow_the_day_and_leaks_run_at_night() -> None:
    settings = UtilitySettings(
        accounts=300, days=60, intermittent_zones=0, faults=replace(NO_FAULTS, leaks_per_year=8)
    )
    utility = simulate(settings, seed=6)
    slab = simulate_slab(utility, 0, 300)
    leaky = np.flatnonzero(
        (slab.leak_m3 > 0.2 * slab.true_m3).all(axis=1) | (slab.leak_m3[:, 20:].min(axis=1) > 0.1)
    )
    tight = np.flatnonzero((slab.leak_m3.sum(axis=1) == 0) & (slab.true_m3.min(axis=1) > 0.1))

    def night_share(account: int) -> float:
        dial = registers(utility, [account], hourly=True)
        moved = dial.with_columns(
            litres=pl.Series(np.append(0, _differences(dial, utility.traits["dial_litres"][account] / 1000))),
            hour=pl.col("ReadingDate").dt.hour(),
        )[24 * 20 :]
        return moved.filter(pl.col("hour").is_between(2, 4))["litres"].sum() / moved["litres"].sum()

    assert len(leaky) > 2
    assert len(tight) > 2
    assert np.mean([night_share(int(a)) for a in tight[:3]]) < 0.06
    assert np.mean([night_share(int(a)) for a in leaky[:3]]) > 0.06


def test_rationed_areas_draw_only_in_their_hours() -> None:
    settings = UtilitySettings(accounts=60, days=30, intermittent_zones=1, faults=NO_FAULTS)
    utility = simulate(settings, seed=8)
    account = int(np.argmin(utility.accounts["supply_hours"].to_numpy()))
    hours = utility.accounts["supply_hours"][account]
    dial = registers(utility, [account], hourly=True).with_columns(
        moved=pl.col("Register").diff(), hour=(pl.col("ReadingDate").dt.hour() - 1) % 24
    )
    flowing = dial.filter(pl.col("moved").abs() > 0)["hour"].unique()
    assert 0 < len(flowing) <= hours
    assert set(flowing) <= {(5 + k) % 24 for k in range(int(hours))}


def test_an_account_that_does_not_exist_is_refused(faultless: Utility) -> None:
    with pytest.raises(UnknownSetting, match="positions 400; the utility has 400"):
        registers(faultless, [0, 400])
