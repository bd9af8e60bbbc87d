from __future__ import annotations

import pytest

from amuna.simulation import NO_FAULTS, FaultRates, Utility, UtilitySettings, simulate

DIRTY = FaultRates(
    leaks_per_year=0.5,
    bypasses_per_year=0.1,
    tampers_per_year=0.1,
    stuck_meters_per_year=0.1,
    resets_per_year=0.1,
    replacements_per_year=0.3,
    duplicate_rows=0.005,
    late_rows=0.01,
    corrected_rows=0.005,
    negative_rows=0.002,
    absurd_rows=1,
)


@pytest.fixture(scope="session")
def clean() -> Utility:
    """Two years of a utility where nothing goes wrong and nobody moves."""
    settings = UtilitySettings(
        accounts=1_500,
        days=731,
        industrial_share=0.05,
        public_share=0.06,
        household_share=0.75,
        vacant_share=0.05,
        moves_per_year=0,
        closures_per_year=0,
        new_accounts_per_year=0,
        interruptions_per_year=0,
        faults=NO_FAULTS,
    )
    return simulate(settings, seed=3)


@pytest.fixture(scope="session")
def dirty() -> Utility:
    """A year of a small utility with many faults of every kind."""
    return simulate(UtilitySettings(accounts=300, days=365, faults=DIRTY), seed=5)
