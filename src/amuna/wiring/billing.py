"""What water costs, from the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amuna.config import FILE_NAME, Settings

if TYPE_CHECKING:
    from amuna.billing.catalogue import Catalogue


def tariffs(settings: Settings) -> Catalogue:
    """The tariffs that come with Amuna and those of the workspace.

    Raises
    ------
    UnknownSetting
        If one of them is not whole and sound, or two versions of one hold on the same day.
    """
    from amuna.billing.catalogue import catalogue

    return catalogue(settings.tariffs, place=FILE_NAME)
