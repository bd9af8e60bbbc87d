"""Words in two languages: both are there, fill the same places, and are not one language twice by mistake."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from string import Formatter

import amuna

ROOT = Path(amuna.__file__).parent


@cache
def pairs() -> list[tuple[str, str, str]]:
    """Place, Spanish and English of every `Text(…, …)` whose words are written out."""
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Text" and len(node.args) == 2:
                spanish, english = node.args
                if isinstance(spanish, ast.Constant) and isinstance(english, ast.Constant):
                    place = f"{path.relative_to(ROOT)}:{node.lineno}"
                    found.append((place, str(spanish.value), str(english.value)))
    return found


def places(words: str) -> set[str]:
    """Names in braces, but not those of the environment, `${NAME}`; none where the words are no template."""
    try:
        template = re.sub(r"\$\{\w+\}", "", words)
        return {name for _, name, _, _ in Formatter().parse(template) if name is not None}
    except ValueError:
        return set()


def test_both_languages_fill_the_same_places() -> None:
    assert [where for where, es, en in pairs() if places(es) != places(en)] == []


def test_no_text_has_one_language_alone() -> None:
    assert [where for where, es, en in pairs() if bool(es.strip()) != bool(en.strip())] == []


def test_the_scan_sees_the_texts() -> None:
    assert len(pairs()) > 1_000
