"""What water costs, from the settings."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from amuna.config.settings import FILE_NAME, Settings

if TYPE_CHECKING:
    from amuna.billing.catalogue import Catalogue
    from amuna.workflows.alarms import Price


def tariffs(settings: Settings) -> Catalogue:
    """The tariffs that come with Amuna and those of the workspace.

    Raises
    ------
    UnknownSetting
        If one of them is not whole and sound, or two versions of one hold on the same day.
    """
    from amuna.billing.catalogue import catalogue

    return catalogue(settings.tariffs, place=FILE_NAME)


def price(settings: Settings, day: date) -> Price:
    """What volumes of 30 days cost by the tariff of a day, for the money of alarms.

    Raises
    ------
    UnknownSetting
        If a tariff is not whole and sound, or the chosen one is not there.
    """
    from amuna.workflows.alarm_price import alarm_price

    return alarm_price(tariffs(settings).on(settings.billing_tariff, day).tariff)
