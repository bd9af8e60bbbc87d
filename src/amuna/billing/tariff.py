"""Tariff: what a utility asks for water, as data with its source, its dates and its classes of customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from amuna.domain.errors import NotEnoughData
from amuna.domain.panel import Floats
from amuna.domain.text import Text

DEFAULT_SEGMENT = "household"


@dataclass(frozen=True)
class Block:
    """A stretch of a month's volume with one price.

    Parameters
    ----------
    up_to_m3
        Where it ends [m³/month]; None for the last.
    water_pen_per_m3, sewerage_pen_per_m3
        Price of each of its cubic metres before tax [PEN/m³].
    """

    up_to_m3: float | None
    water_pen_per_m3: float
    sewerage_pen_per_m3: float


@dataclass(frozen=True)
class TariffClass:
    """A class of customers.

    Parameters
    ----------
    name
        As the tariff calls it.
    segments
        Segments of ACCOUNTS that belong to it.
    fixed_pen_per_month
        Charge that does not depend on the volume, before tax [PEN/month].
    blocks
        In rising order.
    """

    name: str
    segments: tuple[str, ...]
    fixed_pen_per_month: float
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Rates:
    """What a class pays in a period of a certain length.

    Parameters
    ----------
    tariff, tariff_class
        Version of the tariff, and the class.
    days
        Length of the period [days].
    starts_m3
        Where each block starts in this period [m³], shape (n_blocks,), rising from 0.
    water_pen_per_m3, sewerage_pen_per_m3
        Price in each block before tax [PEN/m³], shape (n_blocks,).
    fixed_pen
        Fixed charge of the period before tax [PEN].
    igv_rate
        Tax on all of it, as a share.
    """

    tariff: str
    tariff_class: str
    days: int
    starts_m3: Floats
    water_pen_per_m3: Floats
    sewerage_pen_per_m3: Floats
    fixed_pen: float
    igv_rate: float


@dataclass(frozen=True)
class Tariff:
    """One version of a tariff.

    Parameters
    ----------
    name
        Name of this version.
    tariff
        Name that all its versions share.
    utility, currency
        Whose it is, and the currency of its amounts.
    source, source_url, source_date
        Where its figures come from, its address if it has one, and of which day that is.
    valid_from, valid_until
        First and last day it holds; None while no other follows.
    igv_rate
        Tax on all charges, as a share.
    month_days, month_tolerance_days
        A period whose length differs from a month's by no more than the tolerance is a month; blocks and fixed charge of
        others take their share of a month. Without `month_days` every period is a month.
    not_included
        Charges its figures lack: sewerage, fixed.
    classes
        Classes of customers.
    """

    name: str
    tariff: str
    utility: str
    currency: str
    source: str
    source_url: str
    source_date: date
    valid_from: date
    valid_until: date | None
    igv_rate: float
    month_days: int | None
    month_tolerance_days: int
    not_included: tuple[str, ...]
    classes: tuple[TariffClass, ...]

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on the day."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)

    def months(self, days: int) -> float:
        """How many months a period of so many days counts for."""
        if self.month_days is None or abs(days - self.month_days) <= self.month_tolerance_days:
            return 1.0
        return days / self.month_days

    def class_of(self, segment: str | None) -> TariffClass:
        """The class of a segment; an account without one counts as a household.

        Raises
        ------
        NotEnoughData
            If no class takes the segment.
        """
        wanted = segment or DEFAULT_SEGMENT
        for found in self.classes:
            if wanted in found.segments:
                return found
        raise NotEnoughData(
            Text(
                "La tarifa {tariff} no tiene clase para el segmento {segment!r}.",
                "Tariff {tariff} has no class for the segment {segment!r}.",
            ),
            remedy=Text(
                "Agregue una clase que lo incluya en segments: vea docs/billing.md.",
                "Add a class that lists it under segments: see docs/billing.md.",
            ),
            tariff=self.name,
            segment=wanted,
        )

    def rates(self, segment: str | None, *, days: int) -> Rates:
        """What accounts of a segment pay in a period of so many days."""
        chosen, months = self.class_of(segment), self.months(days)
        ends = [block.up_to_m3 for block in chosen.blocks if block.up_to_m3 is not None]
        return Rates(
            self.name,
            chosen.name,
            days,
            months * np.array([0.0, *ends]),
            np.array([block.water_pen_per_m3 for block in chosen.blocks]),
            np.array([block.sewerage_pen_per_m3 for block in chosen.blocks]),
            months * chosen.fixed_pen_per_month,
            self.igv_rate,
        )
