"""A fitted pipeline as plain numbers: what a store keeps, and what forecasts are made of without scikit-learn's objects."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from sklearn.pipeline import Pipeline

from amuna.domain.panel import Floats, Ints
from amuna.forecasting.zones.prepare.impute import (
    GroupMeans,
    RidgeImputer,
    SeasonalImputer,
    fill_by_group,
    fill_by_ridge,
)
from amuna.forecasting.zones.prepare.terms import by_group

Part: TypeAlias = dict[str, Any]  # lists of numbers by name: what json gives back
_CHUNK = 20_000


@dataclass(frozen=True)
class Formula:
    """Bounds kept, gaps filled, terms made of the columns, and their weighted sum.

    Parameters
    ----------
    fill
        Tables of the imputation.
    low, high
        Bounds of the columns, shape (n_features,).
    parts
        How the terms are made, in order.
    names
        Of the terms.
    weights
        Of the terms, shape (n_terms,).
    constant
        What is added to the sum.
    """

    fill: Part
    low: Floats
    high: Floats
    parts: tuple[Part, ...]
    names: tuple[str, ...]
    weights: Floats
    constant: float

    def predict(self, rows: Floats) -> Floats:
        """The sums, shape (n_rows,); `rows` as the pipeline was fitted on, nan where missing."""
        starts = range(0, len(rows), _CHUNK)
        return np.concatenate([self._predict(rows[start : start + _CHUNK]) for start in starts])

    def _predict(self, rows: Floats) -> Floats:
        known = _filled(np.clip(rows, self.low, self.high), self.fill)
        terms = np.hstack([_terms(known, part) for part in self.parts])
        return np.asarray(terms @ self.weights + self.constant, dtype=np.float64)

    def to_text(self) -> str:
        """As JSON; every float comes back as it was."""
        return json.dumps(vars(self), default=np.ndarray.tolist)


def from_text(text: str) -> Formula:
    """The formula that `to_text` wrote."""
    found = json.loads(text)
    arrays = {name: np.array(found[name]) for name in ("low", "high", "weights")}
    parts, names = tuple(found["parts"]), tuple(found["names"])
    return Formula(**(found | arrays | {"parts": parts, "names": names}))


def formula(fitted: Pipeline, names: tuple[str, ...]) -> Formula:
    """What a fitted pipeline does, as numbers.

    Parameters
    ----------
    fitted
        Two steps: `prepare`, from `preparation`, and `model`, a linear model.
    names
        Of the columns of the rows it was fitted on.
    """
    prepare, model = fitted["prepare"], fitted["model"]
    steps = prepare.named_steps
    parts = tuple(_part(made, columns) for _, made, columns in steps["terms"].transformers_)
    scale = steps["scale"]
    chosen = steps["select"].get_support() if "select" in steps else np.ones(scale.mean_.size, dtype=bool)
    weights = np.zeros(scale.mean_.size)
    weights[chosen] = model.coef_ / scale.scale_[chosen]
    unbounded = np.full(len(names), np.finfo(np.float64).max)
    cap = steps.get("cap")
    return Formula(
        _tables(steps["impute"]),
        cap.low_ if cap is not None else -unbounded,
        cap.high_ if cap is not None else unbounded,
        parts,
        tuple(name for part in parts for name in _names(part, names)),
        weights,
        float(model.intercept_ - scale.mean_ @ weights),
    )


def _tables(imputer: SeasonalImputer | RidgeImputer) -> Part:
    if isinstance(imputer, RidgeImputer):
        return {
            "mean": imputer.mean_.tolist(),
            "deviation": imputer.deviation_.tolist(),
            "inverse": imputer.inverse_.tolist(),
        }
    return {
        "by": list(imputer.by),
        "groups": imputer.groups_.tolist(),
        "means": imputer.means_.tolist(),
        "torn": imputer.torn_.tolist(),
        "column": imputer.column_.tolist(),
    }


def _filled(rows: Floats, fill: Part) -> Floats:
    if "inverse" in fill:
        return fill_by_ridge(rows, **{name: np.array(each) for name, each in fill.items()})
    keys: Ints = rows[:, fill["by"]].astype(np.int64)
    means = np.array(fill["means"]).reshape(len(fill["groups"]), -1)
    torn = np.array(fill["torn"], dtype=np.int64)
    return fill_by_group(
        rows, keys, GroupMeans(np.array(fill["groups"]), means, torn, np.array(fill["column"]))
    )


def _part(made: Any, columns: list[int]) -> Part:
    """What makes the terms of one branch of `terms`."""
    if hasattr(made, "categories_"):
        return {"columns": columns, "categories": [each.tolist() for each in made.categories_]}
    if hasattr(made, "groups"):
        return {"columns": columns, "groups": made.groups}
    if isinstance(made, Pipeline):
        return _scaling(made["scale"]) | {"columns": columns, "powers": made["products"].powers_.tolist()}
    return _scaling(made) | {"columns": columns}


def _scaling(scaler: Any) -> Part:
    centre = scaler.mean_ if hasattr(scaler, "mean_") else scaler.center_
    return {"centre": centre.tolist(), "scale": scaler.scale_.tolist()}


def _terms(rows: Floats, part: Part) -> Floats:
    """Terms of one branch, shape (n_rows, n_terms of it)."""
    values = rows[:, part["columns"]]
    if "categories" in part:
        each = [values[:, [i]] == np.array(categories) for i, categories in enumerate(part["categories"])]
        return np.hstack(each).astype(np.float64)
    if "groups" in part:
        return by_group(values, part["groups"])
    scaled = (values - np.array(part["centre"])) / np.array(part["scale"])
    if "powers" not in part:
        return scaled
    return np.stack([(scaled ** np.array(power)).prod(axis=1) for power in part["powers"]], axis=1)


def _names(part: Part, names: tuple[str, ...]) -> list[str]:
    """Names of the terms of one branch."""
    own = [names[column] for column in part["columns"]]
    if "categories" in part:
        return [
            f"{name} = {value:g}"
            for name, values in zip(own, part["categories"], strict=True)
            for value in values
        ]
    if "groups" in part:
        *values, which = own
        return [f"{name}, {which} {low}-{high - 1}" for low, high in part["groups"] for name in values]
    if "powers" not in part:
        return own
    return [
        " x ".join(name for name, power in zip(own, powers, strict=True) for _ in range(power))
        for powers in part["powers"]
    ]
