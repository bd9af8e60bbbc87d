from __future__ import annotations

import pytest

from amuna.domain.errors import UnknownSetting, UnknownTimeZone
from amuna.simulation import FaultRates, UtilitySettings, simulate


@pytest.mark.parametrize(
    ("name", "value"), [("accounts", 0), ("days", 1), ("heat_response", 3.0), ("recorded_hour", 24)]
)
def test_a_value_out_of_range_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(UnknownSetting, match=rf"{name} is {value}; expected .* to .*Set {name}"):
        UtilitySettings(**{name: value})  # type: ignore[arg-type]


def test_class_shares_must_sum_to_one() -> None:
    with pytest.raises(UnknownSetting, match=r"sum to 1\.1; expected 1.*household_share"):
        UtilitySettings(vacant_share=0.14)


def test_a_share_of_dirty_rows_is_small() -> None:
    with pytest.raises(UnknownSetting, match="late_rows is 0"):
        FaultRates(late_rows=0.5)


def test_unknown_time_zone_and_country_are_refused() -> None:
    with pytest.raises(UnknownTimeZone):
        UtilitySettings(time_zone="America/Lime")
    with pytest.raises(UnknownSetting, match="no country 'XX'"):
        simulate(UtilitySettings(accounts=10, days=10, country="XX"), seed=1)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    with pytest.raises(UnknownSetting, match=f"seed is {seed}; expected 0 to"):
        simulate(UtilitySettings(accounts=10, days=10), seed=seed)
