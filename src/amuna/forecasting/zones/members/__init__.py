"""The models that can have a part in the forecast of zones, by name; each in a module that is imported when asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

from amuna.domain.errors import MissingExtra
from amuna.forecasting.zones.port import FittedZoneForecaster, ZoneForecaster

_HOME = "amuna.forecasting.zones.members"


@dataclass(frozen=True)
class Member:
    """Where a model lives: a module of this package with `restore`, and its class."""

    module: str
    forecaster: str


MEMBERS = {
    "linear": Member("linear", "Linear"),
    "ridge": Member("ridge", "Ridge"),
    "trees": Member("trees", "Trees"),
    "arima": Member("arima", "Arima"),
    "lstm": Member("lstm", "Lstm"),
}

# Those that are combined where nothing else is asked for: chosen on folds, see docs/zones.md.
DEFAULT = ("ridge", "trees")


def make(names: tuple[str, ...]) -> list[ZoneForecaster]:
    """Forecasters of these names, with the settings they have by themselves.

    Raises
    ------
    MissingExtra
        If the library of one is not installed.
    """
    return [getattr(_module(name), MEMBERS[name].forecaster)() for name in names]


def installed(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the names whose libraries are here."""
    found = []
    for name in names:
        try:
            _module(name)
        except MissingExtra:
            continue
        found.append(name)
    return tuple(found)


def restore(name: str, texts: Mapping[str, str]) -> FittedZoneForecaster:
    """The fitted model that its `to_texts` took apart.

    Raises
    ------
    MissingExtra
        If its library is not installed.
    """
    fitted: FittedZoneForecaster = _module(name).restore(texts)
    return fitted


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{_HOME}.{MEMBERS[name].module}")
