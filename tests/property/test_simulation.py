"""The same settings and seed give the same utility, whatever the slabs and threads."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from amuna.simulation import FaultRates, UtilitySettings, simulate, write_feed, zone_balance
from amuna.simulation.slabs import simulate_slab, slabs

SMALL = UtilitySettings(accounts=60, days=90, faults=FaultRates(leaks_per_year=0.5, resets_per_year=0.5))
BRIEF = settings(max_examples=15, deadline=None)


@BRIEF
@given(seed=st.integers(0, 2**63), size=st.integers(1, 61), workers=st.integers(1, 4))
def test_slabs_and_threads_change_nothing(seed: int, size: int, workers: int) -> None:
    utility = simulate(SMALL, seed=seed)
    whole = simulate_slab(simulate(SMALL, seed=seed), 0, 60)
    parts = list(slabs(utility, size=size, workers=workers))
    for name in ("true_m3", "leak_m3", "litres"):
        together = np.concatenate([getattr(part, name) for part in parts])
        assert together.tobytes() == getattr(whole, name).tobytes()
    assert zone_balance(utility, slab_accounts=size).equals(zone_balance(utility, slab_accounts=60))


@BRIEF
@given(seed=st.integers(0, 10_000))
def test_seeds_differ_and_repeat(seed: int) -> None:
    first, again, other = (simulate(SMALL, seed=s) for s in (seed, seed, seed + 1))
    for table in ("accounts", "zones", "weather", "events"):
        assert getattr(first, table).equals(getattr(again, table))
    assert not first.accounts.equals(other.accounts)
    assert (simulate_slab(first, 0, 60).litres != simulate_slab(other, 0, 60).litres).mean() > 0.5


@BRIEF
@given(
    accounts=st.integers(1, 40),
    days=st.integers(2, 60),
    new=st.floats(0, 0.5),
    seed=st.integers(0, 1000),
)
def test_any_small_utility_is_physical(accounts: int, days: int, new: float, seed: int) -> None:
    utility = simulate(UtilitySettings(accounts=accounts, days=days, new_accounts_per_year=new), seed=seed)
    slab = simulate_slab(utility, 0, accounts)
    assert np.isfinite(slab.true_m3).all()
    assert (slab.true_m3 >= slab.leak_m3).all()
    assert (slab.leak_m3 >= 0).all()
    assert (slab.litres >= 0).all()
    assert (slab.litres.sum(axis=1) / 1000 <= slab.true_m3.sum(axis=1) + 1e-9).all()
    after = utility.settings.start + timedelta(days=days)
    inside = (pl.col("start") >= utility.settings.start) & (pl.col("end") > pl.col("start"))
    assert utility.events.select((inside & (pl.col("end") <= after)).all()).item()


def test_files_are_the_same_whatever_the_slabs(tmp_path: Path) -> None:
    utility = simulate(replace(SMALL, accounts=130), seed=1)
    one = write_feed(utility, tmp_path / "one", slab_accounts=130, workers=1)
    many = write_feed(utility, tmp_path / "many", slab_accounts=7, workers=3)
    pairs = [(one.consumption, many.consumption), (one.new_day, many.new_day), (one.accounts, many.accounts)]
    pairs += [(path, many.truth[name]) for name, path in one.truth.items()]
    for a, b in pairs:
        assert pl.read_parquet(a).equals(pl.read_parquet(b)), a.name
