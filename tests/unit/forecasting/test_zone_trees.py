"""Trees of zones: the loss decides what they estimate."""

from __future__ import annotations

import numpy as np
from tests.zone_town import DAYS, town_data, town_flow, town_hours

from amuna.forecasting.zones.boosting import BoostSettings
from amuna.forecasting.zones.members.trees import Trees, restore

HELD_OUT = 35


def test_a_quantile_is_exceeded_as_often_as_it_says_on_days_not_learned_from() -> None:
    hours = town_hours(DAYS + 8)
    data = town_data(hours, town_flow(hours)[:, :DAYS])
    since = data.n_days - HELD_OUT
    origins = np.arange(since, data.n_days)
    inside = {}
    for level in (0.1, 0.5, 0.9):
        settings = BoostSettings(trees=60, smallest_leaf=40, loss="quantile", level=level)
        fitted = Trees(settings).fit(data, since)
        made = fitted.forecast(data, origins, 1)[:, :, 0]
        assert np.array_equal(restore(fitted.to_texts()).forecast(data, origins, 1)[:, :, 0], made)
        inside[level] = float((data.flow[:, origins] <= made).mean())
    assert 0.03 < inside[0.1] < 0.25
    assert 0.35 < inside[0.5] < 0.65
    assert 0.75 < inside[0.9] < 0.97
