"""Which models of zones are combined, by the setting."""

from __future__ import annotations

from dataclasses import replace

import pytest

from amuna.config.settings import Settings
from amuna.domain.errors import UnknownSetting
from amuna.wiring.zones import zone_forecasters


def test_models_are_those_named_in_their_order_and_the_default_ones_otherwise() -> None:
    named = zone_forecasters(replace(Settings(), zones_models="trees, ridge"))
    assert [each.name for each in named] == ["trees", "ridge"]
    assert "ridge" in [each.name for each in zone_forecasters(Settings())]


def test_a_model_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(UnknownSetting, match=r"'oracle'; there are arima, .*trees"):
        zone_forecasters(replace(Settings(), zones_models="ridge, oracle"))
