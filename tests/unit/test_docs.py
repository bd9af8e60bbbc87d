"""Docs: links lead somewhere, commands exist, diagrams are drawn from their text."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.main import get_command

from amuna.serve.cli.main import app

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]

_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_SPAN = re.compile(r"`(amuna [^`]+)`")
_LINE = re.compile(r"^ *(?:\$ |\S*bin/)?(amuna (?:.*\S)?)", re.MULTILINE)

_FILE = re.compile(r"`((?:tests|benchmarks|deploy|src)/[\w/.-]+\.\w+)`")
_TEST = re.compile(r"`(test_\w+)`")
TESTS = {
    name
    for file in ROOT.glob("tests/**/test_*.py")
    for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)
}


def anchor(heading: str) -> str:
    """The fragment that GitHub gives a heading."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower().strip()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def wrong_links(page: Path) -> list[str]:
    """Relative links of a page to a file or heading that is not there."""
    wrong = []
    for target in _LINK.findall(_FENCED.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        headings = (
            _HEADING.findall(file.read_text(encoding="utf-8"))
            if file.suffix == ".md" and file.exists()
            else []
        )
        if not file.exists() or (fragment and fragment not in map(anchor, headings)):
            wrong.append(target)
    return wrong


def commands(page: Path) -> list[list[str]]:
    """The words of every amuna command a page shows, the parts of one that are joined apart."""
    text = page.read_text(encoding="utf-8")
    shown = _SPAN.findall(text)
    for block in _FENCED.findall(text):
        shown += _LINE.findall(block)
    return [
        part.split()
        for line in shown
        for part in re.split(r"&&|\||;|#", line)
        if part.split()[:1] == ["amuna"]
    ]


def wrong_words(words: list[str]) -> list[str]:
    """What of a command does not exist: its name, that of its group, or an option."""
    command = get_command(app)
    wrong = []
    place = iter(words[1:])
    for word in place:
        if word in ("-w", "--workspace"):
            next(place, None)
        elif word.startswith("-"):
            options = {
                name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)
            }
            wrong += [] if word.split("=")[0].rstrip(",.") in options | {"--help"} else [word]
        elif hasattr(command, "commands") and not word.isupper():
            if word.rstrip(",.") not in command.commands:
                return [*wrong, word]
            command = command.commands[word.rstrip(",.")]
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page: Path) -> None:
    assert wrong_links(page) == []


def test_a_link_to_nothing_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A title\n[a](gone.md) [b](#a-title) [c](page.md#no-title) [d](https://example.org)", "utf-8"
    )
    assert wrong_links(page) == ["gone.md", "page.md#no-title"]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_commands_exist(page: Path) -> None:
    wrong = {" ".join(words): found for words in commands(page) if (found := wrong_words(words))}
    assert wrong == {}


def test_a_command_that_does_not_exist_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "`amuna models praise` and\n```\nbin/amuna -w mine train --slowly && amuna fly\n```\n", "utf-8"
    )
    assert [wrong_words(words) for words in commands(page)] == [["praise"], ["--slowly"], ["fly"]]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_proofs_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    files = [name for name in _FILE.findall(text) if not (ROOT / name).exists()]
    tests = sorted(set(_TEST.findall(text)) - TESTS)
    assert (files, tests) == ([], [])


@pytest.mark.parametrize("source", sorted(ROOT.glob("docs/diagrams/*.dot")), ids=lambda file: file.stem)
def test_a_diagram_is_drawn_from_its_text(source: Path) -> None:
    labels = re.findall(r'label="([^"]+)"', source.read_text(encoding="utf-8"))
    lines = sorted(line.strip() for label in labels for line in re.split(r"\\[nl]", label) if line.strip())
    drawn = ET.parse(ROOT / "docs" / "images" / f"{source.stem}.svg")
    texts = drawn.iter("{http://www.w3.org/2000/svg}text")
    assert sorted(text.text.strip() for text in texts if text.text) == lines
