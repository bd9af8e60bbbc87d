"""Every code of zones that the program writes has its words."""

from __future__ import annotations

from amuna.domain.zone_tables import ZONE_FORECASTS, ZONES
from amuna.forecasting.zones.features import feature_names
from amuna.forecasting.zones.members import MEMBERS
from amuna.serve.report.words import WORDS
from amuna.serve.report.zone_inputs import ZONE_INPUTS
from amuna.workflows.views.zone_totals import FROM_HOURS, FROM_TOTALS


def codes(described: str) -> set[str]:
    """The codes that a column's description lists."""
    return set(described.replace(" or ", ", ").split(", "))


def test_statuses_are_told_with_what_they_mean_and_what_to_do() -> None:
    described = ZONE_FORECASTS.columns[-1]
    assert described.name == "status"
    for kind in ("zone_status", "zone_status_meaning", "zone_status_remedy"):
        assert set(WORDS[kind]) == codes(described.help)


def test_kinds_of_zones_and_of_ranges_have_words() -> None:
    kinds = next(column.help for column in ZONES.columns if column.name == "kind")
    assert set(WORDS["zone_kind"]) == set(WORDS["zone_kind_meaning"]) == codes(kinds)
    assert set(WORDS["zone_range"]) == {FROM_TOTALS, FROM_HOURS}


def test_every_model_of_zones_has_words() -> None:
    assert set(MEMBERS) <= set(WORDS["zone_model"])
    assert WORDS["zone_model"].keys() == WORDS["zone_model_meaning"].keys()


def test_every_input_of_the_models_has_words_of_its_own() -> None:
    assert list(ZONE_INPUTS) == feature_names()
    for language in zip(*ZONE_INPUTS.values(), strict=True):
        assert len(set(language)) == len(ZONE_INPUTS)
