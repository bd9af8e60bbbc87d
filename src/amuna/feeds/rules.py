"""Rules: which values a row may hold, and why each limit is where it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Rules:
    """What is possible.

    Parameters
    ----------
    max_daily_m3
        Largest consumption of an account in a day [m³]. A main of 600 mm carries 98,000 m³/day at 4 m/s, faster
        than any is run: nothing larger passes a customer's meter.
    jump_floor_m3
        Days below this are never called a jump [m³]; a meter that passes 1,000 m³/day is DN 65 or larger.
    jump_ratio
        A day above the floor and above this many times the account's median is impossible: meters measure over a
        range of at most Q4/Q1 = 1,250 (ISO 4064-1: R <= 1000), so the median day would not have turned that dial.
    jump_days
        Days above zero an account needs in the batch before its median counts.
    max_reading_m3
        Largest dial position [m³]: nine digits.
    max_flow_m3h
        Largest inflow of a zone [m³/h]: more than the 63,000 of Lima's largest plant, La Atarjea (17.5 m³/s).
    first_day
        Nothing was metered digitally before this day.
    future_tolerance
        How far a clock may run ahead.
    """

    max_daily_m3: float = 100_000.0
    jump_floor_m3: float = 1_000.0
    jump_ratio: float = 1_000.0
    jump_days: int = 7
    max_reading_m3: float = 1e9
    max_flow_m3h: float = 100_000.0
    first_day: date = date(1990, 1, 1)
    future_tolerance: timedelta = timedelta(hours=1)
