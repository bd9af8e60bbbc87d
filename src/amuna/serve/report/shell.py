"""The shell of a page: one file with its style sheet, script and words inside, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from amuna.serve.report.strings import STRINGS, say
from amuna.serve.report.text import html


def shell(*, title: str, version: str, headline: str, sections: Iterable[str]) -> str:
    """A page as HTML around its headline and sections."""
    return Template(_file("page.html")).substitute(
        title=escape(title),
        style=_file("page.css"),
        script=_file("page.js"),
        words=_words(),
        skip=html(say("page.skip")),
        language=escape(f"{say('page.language').es} / {say('page.language').en}"),
        headline=headline,
        sections="".join(sections),
        made=html(say("page.made", version=version)),
    )


def write_whole(text: str, out: Path) -> Path:
    """Write a text to a file in one step; the file's folder is made if it is missing."""
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(out.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(out)
    return out


def _words() -> str:
    """The strings that the script needs, as JSON that cannot end its script element."""
    read = {key.removeprefix("read."): text for key, text in STRINGS.items() if key.startswith("read.")}
    chosen = {
        "es": {key: text.es for key, text in read.items()},
        "en": {key: text.en for key, text in read.items()},
    }
    return json.dumps(chosen, ensure_ascii=False).replace("<", "\\u003c")


def _file(name: str) -> str:
    return (files("amuna.serve.report") / name).read_text(encoding="utf-8")
