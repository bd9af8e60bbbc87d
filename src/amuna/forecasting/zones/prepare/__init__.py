"""From features to inputs of linear models: scikit-learn steps that are fitted inside each fold; needs the extra `zones`."""

from __future__ import annotations

from importlib.util import find_spec

from amuna.domain.errors import MissingExtra

if find_spec("sklearn") is None:
    raise MissingExtra("scikit-learn", extra="zones")
