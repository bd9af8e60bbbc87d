"""What to simulate: size, period, classes, growth and fault rates of a utility."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date

from amuna.domain.errors import UnknownSetting
from amuna.domain.text import Text
from amuna.domain.time import parse_time_zone

MonthDay = tuple[int, int]


@dataclass(frozen=True)
class FaultRates:
    """How often things go wrong. All rates may be 0; `NO_FAULTS` is a clean utility.

    Parameters
    ----------
    leaks_per_year
        Leaks behind the meter [per account and year].
    zone_leaks_per_year
        Leaks in the mains [per district metered area and year].
    bypasses_per_year, tampers_per_year
        Frauds that hide a share of the use from the meter: a pipe around it, a hand on it
        [per account and year].
    stuck_meters_per_year
        Meters that stop counting for weeks or months [per account and year].
    resets_per_year, replacements_per_year
        Registers that fall to zero; meters exchanged for new ones [per account and year].
    gaps_per_year
        Spells of days without a row [per account and year].
    estimates_per_year
        Spells of days in which the utility writes its own estimate [per account and year].
    missing_rows, duplicate_rows, late_rows, corrected_rows, negative_rows
        Single rows absent, sent twice, recorded days later, sent wrong and corrected later, below zero
        [share of all rows].
    absurd_rows
        Rows of 100,000,000 litres [count].
    """

    leaks_per_year: float = 0.02
    zone_leaks_per_year: float = 1.5
    bypasses_per_year: float = 0.003
    tampers_per_year: float = 0.003
    stuck_meters_per_year: float = 0.01
    resets_per_year: float = 0.002
    replacements_per_year: float = 0.03
    gaps_per_year: float = 0.3
    estimates_per_year: float = 0.15
    missing_rows: float = 0.003
    duplicate_rows: float = 0.0005
    late_rows: float = 0.003
    corrected_rows: float = 0.0005
    negative_rows: float = 0.00002
    absurd_rows: int = 1

    def __post_init__(self) -> None:
        for entry in fields(self):
            value = getattr(self, entry.name)
            most = 0.05 if entry.name.endswith("_rows") and entry.name != "absurd_rows" else 50
            _within(entry.name, value, 0, most)


@dataclass(frozen=True)
class UtilitySettings:
    """A utility to simulate.

    Parameters
    ----------
    accounts
        Contracts at the end of the period [count].
    days
        Length of the period [days].
    start
        First local billing day.
    country
        ISO 3166 code whose public holidays apply (of the `holidays` library).
    time_zone
        IANA name of the local time.
    household_share, commercial_share, industrial_share, public_share, vacant_share
        Share of each class among the accounts; together 1.
    household_m3
        Median consumption of a single household [m³/day].
    heat_response
        Relative change of household consumption per degree of temperature [1/°C].
    growth_per_year
        Mean relative growth of an account's consumption [1/year].
    new_accounts_per_year
        Share of the accounts connected during each year [1/year].
    moves_per_year
        Changes of occupants, which shift the level [per account and year].
    closures_per_year
        Closures, after which nothing is used for a long time [per account and year].
    accounts_per_zone
        Mean size of a district metered area [accounts].
    intermittent_zones
        Share of the areas that are supplied only some hours a day.
    interruptions_per_year
        Days without supply [per area and year].
    persons_per_household
        Inhabitants of one household unit [persons].
    background_losses_m3
        Leakage too small to find [m³ per connection and day].
    longitude, latitude
        Centre of the utility [degrees].
    school_breaks
        School holidays as (first, last) pairs of (month, day), both included.
    recorded_hour
        Local hour of the next day at which a day's rows are recorded [h].
    faults
        Rates of leaks, frauds, meter faults and dirty rows.
    """

    accounts: int = 27_000
    days: int = 730
    start: date = date(2024, 1, 1)
    country: str = "PE"
    time_zone: str = "America/Lima"
    household_share: float = 0.84
    commercial_share: float = 0.09
    industrial_share: float = 0.01
    public_share: float = 0.02
    vacant_share: float = 0.04
    household_m3: float = 0.42
    heat_response: float = 0.02
    growth_per_year: float = 0.01
    new_accounts_per_year: float = 0.02
    moves_per_year: float = 0.06
    closures_per_year: float = 0.01
    accounts_per_zone: int = 450
    intermittent_zones: float = 0.3
    interruptions_per_year: float = 5.0
    persons_per_household: float = 3.6
    background_losses_m3: float = 0.06
    longitude: float = -77.0
    latitude: float = -12.05
    school_breaks: tuple[tuple[MonthDay, MonthDay], ...] = (
        ((1, 1), (3, 10)),
        ((7, 24), (8, 7)),
        ((12, 20), (12, 31)),
    )
    recorded_hour: int = 5
    faults: FaultRates = field(default_factory=FaultRates)

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            _within(name, getattr(self, name), least, most)
        total = sum(self.shares)
        if abs(total - 1) > 1e-6:
            raise UnknownSetting(
                Text(
                    "Las proporciones de las clases suman {found:g}; se espera 1.",
                    "The class shares sum to {found:g}; expected 1.",
                ),
                remedy=Text(
                    "Cambie household_share, commercial_share, industrial_share, public_share o vacant_share.",
                    "Change household_share, commercial_share, industrial_share, public_share or vacant_share.",
                ),
                found=total,
            )
        parse_time_zone(self.time_zone)

    @property
    def shares(self) -> tuple[float, ...]:
        """Shares of household, commercial, industrial, public and vacant accounts."""
        return (
            self.household_share,
            self.commercial_share,
            self.industrial_share,
            self.public_share,
            self.vacant_share,
        )

    @property
    def years(self) -> float:
        """Length of the period [years]."""
        return self.days / 365.25


_RANGES: dict[str, tuple[float, float]] = {
    "accounts": (1, 5_000_000),
    "days": (2, 7_305),
    "household_share": (0, 1),
    "commercial_share": (0, 1),
    "industrial_share": (0, 1),
    "public_share": (0, 1),
    "vacant_share": (0, 1),
    "household_m3": (0.01, 10),
    "heat_response": (-0.2, 0.2),
    "growth_per_year": (-0.5, 0.5),
    "new_accounts_per_year": (0, 0.5),
    "moves_per_year": (0, 5),
    "closures_per_year": (0, 5),
    "accounts_per_zone": (10, 100_000),
    "intermittent_zones": (0, 1),
    "interruptions_per_year": (0, 100),
    "persons_per_household": (0.5, 20),
    "background_losses_m3": (0, 5),
    "longitude": (-180, 180),
    "latitude": (-85, 85),
    "recorded_hour": (0, 23),
}


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise UnknownSetting(
            Text(
                "El ajuste de simulación {setting} es {found}; se espera de {least:g} a {most:g}.",
                "Simulation setting {setting} is {found}; expected {least:g} to {most:g}.",
            ),
            remedy=Text("Ponga {setting} dentro de ese rango.", "Set {setting} inside that range."),
            setting=name,
            found=value,
            least=least,
            most=most,
        )


NO_FAULTS = FaultRates(**{entry.name: 0 for entry in fields(FaultRates)})
