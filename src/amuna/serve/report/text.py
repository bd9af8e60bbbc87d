"""Texts as HTML: every sentence stands there in Spanish and English; style sheet and script choose which is seen."""

from __future__ import annotations

import re
from html import escape

from amuna.domain.text import Text

_STRONG = re.compile(r"\*([^*]+)\*")
_UNIT = re.compile(r"(?<=\d) (?=%|m³)")  # a number and its unit stay on one line


def html(text: Text | str) -> str:
    """HTML of a text; what reads the same in both languages, and any plain string, is marked as not to translate."""
    if isinstance(text, str):
        return f'<span translate="no">{_safe(text)}</span>'
    if text.es == text.en:
        return html(text.en)
    return (
        f'<span class="t" lang="es">{_safe(text.es)}</span><span class="t" lang="en">{_safe(text.en)}</span>'
    )


def rich(text: Text) -> str:
    """HTML of a text whose parts between asterisks stand out; only for texts without data from outside."""
    return _STRONG.sub(r"<strong>\1</strong>", html(text))


def svg_text(text: Text | str) -> str:
    """What stands inside an SVG text element."""
    if isinstance(text, str):
        return f'<tspan translate="no">{_safe(text)}</tspan>'
    if text.es == text.en:
        return svg_text(text.en)
    return f'<tspan class="t" lang="es">{_safe(text.es)}</tspan><tspan class="t" lang="en">{_safe(text.en)}</tspan>'


def _safe(text: str) -> str:
    return escape(_UNIT.sub("\u202f", text))
