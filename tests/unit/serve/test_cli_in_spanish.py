"""Every command has help of its own in Spanish: no help text, option or panel reads as its English one."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

ALIKE = {
    "consumption, forecasts, models, evidence, quarantine … (amuna export list)",
}
"""Words that read the same in both languages."""

TELL = """
import json
from amuna.serve.cli.main import command

def panel_of(place):
    named = getattr(place, "rich_help_panel", None)
    return named if isinstance(named, str) else None

def tell(place, path):
    told[path] = {"help": place.help, "panel": panel_of(place), "epilog": place.epilog}
    for each in place.params:
        told[f"{path} {each.name}"] = {"help": each.help, "panel": panel_of(each)}
    for name, each in getattr(place, "commands", {}).items():
        tell(each, f"{path} {name}")

told = {}
tell(command(), "amuna")
print(json.dumps(told))
"""

Words = dict[str, dict[str, str | None]]


def words(language: str) -> Words:
    """What every command and option says of itself, in a process of that language."""
    ran = subprocess.run(
        [sys.executable, "-c", TELL],
        env=os.environ | {"AMUNA_LANGUAGE": language},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found: Words = json.loads(ran.stdout)
    return found


@pytest.fixture(scope="module")
def spanish() -> Words:
    return words("es")


@pytest.fixture(scope="module")
def english() -> Words:
    return words("en")


def test_the_commands_are_the_same_in_both_languages(spanish: Words, english: Words) -> None:
    assert list(spanish) == list(english)
    assert len(spanish) > 150
    for path, said in english.items():
        assert said["help"], path
        assert [name for name, text in said.items() if text] == [
            name for name, text in spanish[path].items() if text
        ]


def test_no_help_reads_as_in_english(spanish: Words, english: Words) -> None:
    alike = [
        (path, name, text)
        for path, said in english.items()
        for name, text in said.items()
        if text and text == spanish[path][name] and text not in ALIKE
    ]
    assert alike == []
