"""The language of the one who asks: what they chose, what their user says, what their browser prefers, Spanish."""

from __future__ import annotations

from flask import g, has_request_context, request

from amuna.domain.text import Text
from amuna.serve.auth.cookies import LANGUAGE

LANGUAGES = ("es", "en")


def language() -> str:
    """`es` or `en`."""
    if not has_request_context():
        return LANGUAGES[0]
    chosen = request.cookies.get(LANGUAGE)
    if chosen in LANGUAGES:
        return str(chosen)
    held = g.get("held")
    if held is not None and held.language:
        return str(held.language)
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def say(text: Text, /, **values: str) -> str:
    """A text in the language of the one who asks, its named places filled."""
    found = text.es if language() == "es" else text.en
    return found.format(**values) if values else found
