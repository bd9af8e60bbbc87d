"""Ages, as people say them."""

from __future__ import annotations

import pytest

from amuna.serve.dashboard.data_feeds import ago


@pytest.mark.parametrize(
    ("age_s", "said"),
    [(-5, "ahora"), (59, "ahora"), (120, "2 min"), (7200, "2 h"), (90_000, "1 día"), (200_000, "2 días")],
)
def test_an_age_has_one_unit(age_s: float, said: str) -> None:
    assert ago(age_s).es.replace("\u202f", " ") == said
