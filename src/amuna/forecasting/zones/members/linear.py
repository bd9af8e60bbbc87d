"""Elastic net, lasso or ridge over all zones on prepared features, for the first day ahead and for the later ones."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from amuna.domain.errors import MissingExtra, UnknownSetting
from amuna.domain.panel import Floats, Ints
from amuna.domain.text import Text
from amuna.forecasting.zones.members.target import WARM_UP, scaled_target, unscaled
from amuna.forecasting.zones.port import FIRST, HORIZON, LATER, Memories, ZoneData, lead_class

try:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import ElasticNet, Lasso, Ridge
    from sklearn.pipeline import Pipeline
except ImportError:
    raise MissingExtra("scikit-learn", extra="zones") from None

from amuna.forecasting.zones.prepare.formula import Formula, formula, from_text
from amuna.forecasting.zones.prepare.pipeline import PrepareSettings, preparation
from amuna.forecasting.zones.prepare.rows import DECOMPOSED, PLAIN, parts_of, row_names, rows

MEMORIES: Memories = (56.0, 5.0, 15.0)
_REGRESSIONS: dict[str, Any] = {"elastic_net": ElasticNet, "lasso": Lasso, "ridge": Ridge}
_KINDS = (PLAIN, DECOMPOSED)
_WINDOW, _EVERY = 420, 2
_LIMIT = 4.0
_FEWEST = 500  # rows to fit; with fewer the profile stands alone


@dataclass(frozen=True)
class LinearSettings:
    """How the member is built.

    Parameters
    ----------
    prepare
        Steps before the regression.
    features
        `plain`, or `decomposed`: with trend and seasons of each origin by MSTL, which costs 7 ms a zone and origin.
    regression
        `elastic_net`, `lasso` or `ridge`.
    penalty
        Of the regression, a row; in squared units of the target.
    """

    prepare: PrepareSettings = field(default_factory=PrepareSettings)
    features: str = PLAIN
    regression: str = "elastic_net"
    penalty: float = 0.01

    def __post_init__(self) -> None:
        for name, allowed in (("features", _KINDS), ("regression", tuple(_REGRESSIONS))):
            found = getattr(self, name)
            if found not in allowed:
                raise UnknownSetting(
                    Text(
                        "El modelo lineal no tiene {setting} {found!r}.",
                        "The linear member has no {setting} {found!r}.",
                    ),
                    remedy=Text("Elija uno de: {known}.", "Choose one of: {known}."),
                    setting=name,
                    found=found,
                    known=list(allowed),
                )


@dataclass(frozen=True)
class FittedLinear:
    """Formulas for the first day ahead and for the later ones; where there is none the profile stands alone.

    Parameters
    ----------
    features
        `plain` or `decomposed`.
    formulas
        By `first` and `later`.
    """

    features: str
    formulas: dict[str, Formula]

    def forecast(self, data: ZoneData, origins: Ints, n_days: int) -> Floats:
        """See `FittedZoneForecaster`."""
        past = data.history(MEMORIES)
        parts = parts_of(data, origins, kind=self.features, memories=MEMORIES)
        made = []
        for lead in range(n_days):
            scaled = np.zeros((len(data.zones), origins.size, 24))
            if lead_class(lead) in self.formulas:
                inputs = rows(data, origins, lead=lead, memories=MEMORIES, parts=parts)
                flat = self.formulas[lead_class(lead)].predict(inputs.reshape(-1, inputs.shape[-1]))
                scaled = np.clip(flat, -_LIMIT, _LIMIT).reshape(scaled.shape)
            made.append(unscaled(past, data.days, origins, scaled, lead=lead))
        return np.stack(made, axis=2)

    def to_texts(self) -> dict[str, str]:
        """The formulas as JSON, and what they are made for."""
        texts = {name: each.to_text() for name, each in self.formulas.items()}
        return {"settings": json.dumps({"features": self.features}), **texts}


@dataclass(frozen=True)
class Linear:
    """A linear model of all zones; needs the extra `zones`."""

    settings: LinearSettings = field(default_factory=LinearSettings)
    name: str = "linear"

    def fit(self, data: ZoneData, cutoff: int) -> FittedLinear:
        """See `ZoneForecaster`."""
        names = row_names(self.settings.features)
        formulas = {}
        for kind in (FIRST, LATER):
            inputs, target = training_rows(data, cutoff, kind=kind, features=self.settings.features)
            if len(target) >= _FEWEST:
                formulas[kind] = formula(fitted_pipeline(inputs, target, names, self.settings), names)
        return FittedLinear(self.settings.features, formulas)


def training_rows(data: ZoneData, cutoff: int, *, kind: str, features: str) -> tuple[Floats, Floats]:
    """Rows of every second origin of the last 420 days, and the scaled deviations that followed, where they are known.

    For the later days ahead each origin gives two of the six.

    Returns
    -------
    tuple
        Shape (n_rows, n_features), and (n_rows,), which days at or after `cutoff` never enter.
    """
    origins = np.arange(cutoff - 1, max(WARM_UP, cutoff - _WINDOW) - 1, -_EVERY)[::-1]
    parts = parts_of(data, origins, kind=features, memories=MEMORIES)
    inputs, targets = [], []
    for lead in [0] if kind == FIRST else range(1, HORIZON):
        every_third = (np.arange(origins.size) + lead) % 3 == 0
        chosen = np.flatnonzero((origins + lead < cutoff) & (every_third | (lead == 0)))
        some = None if parts is None else parts.of(chosen)
        made = rows(data, origins[chosen], lead=lead, memories=MEMORIES, parts=some)
        seen = scaled_target(data.history(MEMORIES), data, origins[chosen], lead=lead)
        known = np.isfinite(seen)
        inputs.append(made[known])
        targets.append(np.clip(seen[known], -_LIMIT, _LIMIT))
    return np.concatenate(inputs), np.concatenate(targets)


def fitted_pipeline(
    inputs: Floats, target: Floats, names: tuple[str, ...], settings: LinearSettings
) -> Pipeline:
    """Preparation and regression, fitted on the rows of one fold.

    Parameters
    ----------
    inputs
        Shape (n_rows, n_features), nan where missing.
    target
        Scaled deviations, shape (n_rows,).
    names
        Of the columns.
    settings
        How.
    """
    pipeline = Pipeline(
        [("prepare", preparation(names, settings.prepare)), ("model", _regression(settings, len(target)))]
    )
    with warnings.catch_warnings():
        # A descent that stops early is a regression all the same; its weight in the combination is earned on held-out days.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return pipeline.fit(inputs, target)


def restore(texts: Mapping[str, str]) -> FittedLinear:
    """The model that `to_texts` took apart."""
    features = json.loads(texts["settings"])["features"]
    return FittedLinear(features, {name: from_text(texts[name]) for name in (FIRST, LATER) if name in texts})


def _regression(settings: LinearSettings, n_rows: int) -> Any:
    kind = _REGRESSIONS[settings.regression]
    return kind(settings.penalty * n_rows) if kind is Ridge else kind(settings.penalty, precompute=True)
