"""Which language the command speaks."""

from __future__ import annotations

import pytest

from amuna.serve.cli.language import language_of


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "es_PE.UTF-8"}, "es"),
        ({"LANG": "es_PE.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "es_PE.UTF-8", "LC_ALL": ""}, "es"),
        ({"LANG": "C.UTF-8", "LC_MESSAGES": "es_ES.UTF-8"}, "es"),
        ({"LANG": "es_PE.UTF-8", "AMUNA_LANGUAGE": "en"}, "en"),
        ({"AMUNA_LANGUAGE": "es"}, "es"),
        ({"LANG": "qu_PE.UTF-8"}, "en"),
    ],
)
def test_the_environment_chooses(environment: dict[str, str], expected: str) -> None:
    assert language_of(environment) == expected
