"""Whatever Amuna refuses is told in Spanish and English, with the same facts in both."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import amuna
from amuna.domain import errors
from amuna.domain.errors import AmunaError, NotFound

ROOT = Path(amuna.__file__).parent
ROOMS = ("domain", "forecasting", "simulation", "workflows")
OWN_WORDS = ("MissingExtra", "NotFound", "NotAllowed", "UnknownZone")
REFUSALS = {
    name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, AmunaError)
} | {
    "JobRunning",
    "TokenRefused",
    "UserRefused",
}
FILES = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]


def _calls(file: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, node


def _refusals(file: Path) -> Iterator[ast.Call]:
    for name, call in _calls(file):
        if name in REFUSALS and name not in OWN_WORDS:
            yield call


def _literal(words: ast.expr) -> tuple[str, str] | None:
    """Spanish and English of a Text that is written out on the spot."""
    if not (isinstance(words, ast.Call) and isinstance(words.func, ast.Name) and words.func.id == "Text"):
        return None
    parts = [part.value for part in words.args if isinstance(part, ast.Constant)]
    return (str(parts[0]), str(parts[1])) if len(parts) == 2 else None


def _places(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name is not None}


@pytest.mark.parametrize("room", ROOMS)
def test_no_refusal_is_told_in_one_language_alone(room: str) -> None:
    one_language = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for file in sorted((ROOT / room).rglob("*.py"))
        for call in _refusals(file)
        for words in (*call.args, *(given.value for given in call.keywords if given.arg == "remedy"))
        if isinstance(words, ast.JoinedStr | ast.Constant)
    ]
    assert one_language == []


def test_every_place_in_a_refusal_is_a_fact_of_it() -> None:
    wrong = []
    for file in FILES:
        for call in _refusals(file):
            facts = {given.arg for given in call.keywords}
            for words in (*call.args, *(given.value for given in call.keywords if given.arg == "remedy")):
                found = _literal(words)
                if found is None:
                    continue
                spanish, english = map(_places, found)
                if not spanish | english <= facts:
                    wrong.append(
                        f"{file.relative_to(ROOT)}:{words.lineno}: {sorted((spanish | english) - facts)} {found[1]}"
                    )
    assert wrong == []


def test_every_refusal_says_what_to_do() -> None:
    silent = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for file in FILES
        for call in _refusals(file)
        if not any(given.arg == "remedy" for given in call.keywords)
    ]
    assert silent == []


def test_whatever_may_be_looked_for_in_vain_has_a_spanish_name() -> None:
    kinds = {
        str(call.args[0].value)
        for file in sorted(ROOT.rglob("*.py"))
        for name, call in _calls(file)
        if name == "NotFound" and call.args and isinstance(call.args[0], ast.Constant)
    } | {"segment"}
    assert {"account", "zone", "job", "training"} <= kinds
    unnamed = [kind for kind in kinds if f"No se encuentra aquí {kind} " in NotFound(kind, "x").problem.es]
    assert unnamed == []
