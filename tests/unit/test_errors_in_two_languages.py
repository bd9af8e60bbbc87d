"""Every error that Amuna raises says what is wrong and what fixes it in Spanish and in English, from the same facts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import amuna
from amuna.domain import errors

ROOT = Path(amuna.__file__).parent


def _modules() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(ROOT.rglob("*.py"))}


def _errors(modules: list[ast.Module]) -> dict[str, bool]:
    """Names of the classes of errors, each with whether it builds its words itself."""
    found = {
        name: "__init__" in vars(kind) and kind is not errors.AmunaError
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.AmunaError)
    }
    classes = [node for module in modules for node in ast.walk(module) if isinstance(node, ast.ClassDef)]
    known = 0
    while known < len(found):
        known = len(found)
        for each in classes:
            if any(isinstance(base, ast.Name) and base.id in found for base in each.bases):
                found[each.name] = any(
                    isinstance(part, ast.FunctionDef) and part.name == "__init__" for part in each.body
                )
    return found


def _constructions(module: ast.Module, kinds: dict[str, bool]) -> Iterator[ast.Call]:
    """Calls that give an error its words, also those of a class that builds them itself."""
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef) and node.name in kinds:
            yield from (call for call in _calls(node) if ast.unparse(call.func).endswith(".__init__"))
    yield from (
        call for call in _calls(module) if kinds.get(ast.unparse(call.func).rpartition(".")[2]) is False
    )


def _calls(node: ast.AST) -> list[ast.Call]:
    return [each for each in ast.walk(node) if isinstance(each, ast.Call)]


def _named_words(module: ast.Module) -> dict[str, ast.expr]:
    """What the module's constants are."""
    return {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _faults(call: ast.Call, named: dict[str, ast.expr]) -> Iterator[str]:
    """What is wrong with the words of an error."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    facts = None if None in given else set(given) - {"remedy", "problem"}
    told = [each for each in call.args if ast.unparse(each) != "self"]
    parts = [*told[:1], *(given[name] for name in ("problem", "remedy") if name in given)]
    if not parts:
        yield "no problem is told"
    for part in parts:
        for choice in _choices(part, named):
            yield from _faults_of_words(choice, facts)


def _choices(node: ast.expr, named: dict[str, ast.expr]) -> Iterator[ast.expr]:
    """The expression, or each that it may turn out to be."""
    if isinstance(node, ast.IfExp):
        yield from _choices(node.body, named)
        yield from _choices(node.orelse, named)
    elif isinstance(node, ast.Name) and node.id in named:
        yield from _choices(named[node.id], {})
    else:
        yield node


def _faults_of_words(node: ast.expr, facts: set[str] | None) -> Iterator[str]:
    if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
        yield f"a text of one language: {ast.unparse(node)}"
    if not isinstance(node, ast.Call):
        return
    function = ast.unparse(node.func)
    if function.endswith((".fill", ".format", ".join")):
        yield f"filled before its time: {ast.unparse(node)}"
    if function not in ("Text", "Text.both"):
        return
    texts = [each.value if isinstance(each, ast.Constant) else None for each in node.args]
    if any(isinstance(each, ast.JoinedStr) for each in node.args):
        yield f"places filled before their time: {ast.unparse(node)}"
    elif all(isinstance(text, str) for text in texts):
        yield from _faults_of_texts([str(text) for text in texts], facts)


def _faults_of_texts(texts: list[str], facts: set[str] | None) -> Iterator[str]:
    try:
        places = [_places(text) for text in texts]
    except ValueError as error:
        yield f"braces of no place ({error}): {texts[0]}"
        return
    if places[0] != places[-1]:
        yield f"other places in Spanish than in English: {texts[0]}"
    if facts is not None and not places[0] <= facts:
        yield f"no fact for {', '.join(sorted(places[0] - facts))}: {texts[0]}"
    if len(texts) == 2 and texts[0] == texts[1] and _has_words(texts[0]):
        yield f"English in both languages: {texts[0]}"


def _places(text: str) -> set[str]:
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(text) if name is not None}


def _has_words(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]{2}", "".join(before for before, *_ in Formatter().parse(text))))


MODULES = _modules()
KINDS = _errors(list(MODULES.values()))
ROOMS = sorted({path.relative_to(ROOT).parts[0].removesuffix(".py") for path in MODULES})


@pytest.mark.parametrize("room", ROOMS)
def test_the_errors_of_a_room_speak_both_languages(room: str) -> None:
    faults = [
        f"{path.relative_to(ROOT)}:{call.lineno}: {fault}"
        for path, module in MODULES.items()
        if path.relative_to(ROOT).parts[0].removesuffix(".py") == room
        for call in _constructions(module, KINDS)
        for fault in _faults(call, _named_words(module))
    ]
    assert faults == []


def test_every_error_says_what_to_do() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, module in MODULES.items()
        for call in _constructions(module, KINDS)
        if not {"remedy", None} & {given.arg for given in call.keywords}
        and ast.unparse(call) != "super().__init__(self.problem.en)"
    ]
    assert silent == []


def test_whatever_may_be_looked_for_in_vain_has_a_spanish_name() -> None:
    kinds = {
        str(ast.literal_eval(call.args[0]))
        for module in MODULES.values()
        for call in _calls(module)
        if ast.unparse(call.func) == "NotFound" and call.args and isinstance(call.args[0], ast.Constant)
    }
    assert {"account", "zone", "job", "training"} <= kinds
    unnamed = [kind for kind in kinds if f" aquí {kind} " in errors.NotFound(kind, "x").problem.es]
    assert unnamed == []


def test_every_error_is_looked_at() -> None:
    assert {"ColumnMismatch", "MissingExtra", "UserRefused", "WeakPassword"} <= set(KINDS)
    assert (KINDS["MissingExtra"], KINDS["ColumnMismatch"]) == (True, False)
    assert sum(len(list(_constructions(module, KINDS))) for module in MODULES.values()) > 200


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ('ColumnMismatch("No column.")', "a text of one language"),
        ('ColumnMismatch(f"No {column}.")', "a text of one language"),
        ("ColumnMismatch(WORDS.fill(column=column))", "filled before its time"),
        ('ColumnMismatch(Text(f"Sin {column}.", f"No {column}."))', "places filled before their time"),
        ('ColumnMismatch(Text("Sin {a}.", "No {b}."), a=1, b=2)', "other places"),
        ('ColumnMismatch(Text("Sin {a}.", "No {a}."), b=2)', "no fact for a"),
        ('ColumnMismatch(Text("Use {$a}.", "Use {"), a=2)', "braces of no place"),
        ('ColumnMismatch(Text("No {a}.", "No {a}."), a=2)', "English in both"),
        ('ColumnMismatch(Text("Sin {a}.", "No {a}."), remedy="Add it.", a=2)', "a text of one language"),
        ('_NO = Text("Sin {a}.", "No {a}.")\nColumnMismatch(_NO if x else y, b=2)', "no fact for a"),
        (
            'class Own(ColumnMismatch):\n    def __init__(self, a):\n        super().__init__("No a.")',
            "one language",
        ),
        ("errors.ColumnMismatch(file=2)", "no problem is told"),
    ],
)
def test_words_of_one_language_or_without_their_facts_are_found(source: str, fault: str) -> None:
    module = ast.parse(source)
    calls = _constructions(module, KINDS | {"Own": True})
    faults = [found for call in calls for found in _faults(call, _named_words(module))]
    assert len(faults) == 1
    assert fault in faults[0]


@pytest.mark.parametrize(
    "source",
    [
        'ColumnMismatch(Text("Sin {a!r}.", "No {a!r}."), remedy=Text("Haga {b:,}.", "Do {b:,}."), a=1, b=2)',
        'ColumnMismatch(Text("Sin {a}.", "No {a}."), **facts)',
        'ColumnMismatch(Text("{a}: {b}.", "{a}: {b}."), a=1, b=2)',
        'ColumnMismatch(Text.both("{a} unit"), remedy=_remedy(words), a=1)',
        'ColumnMismatch(error.problem, remedy=Text("Use ${{X}}.", "Write ${{X}}."))',
        'MissingExtra("keras", extra="lstm")',
    ],
)
def test_words_of_both_languages_from_facts_pass(source: str) -> None:
    module = ast.parse(source)
    calls = list(_constructions(module, KINDS))
    assert [fault for call in calls for fault in _faults(call, _named_words(module))] == []
