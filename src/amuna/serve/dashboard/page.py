"""What a page of the dashboard is, and what a visit to it knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from amuna.access.roles import Permission, Principal
from amuna.domain.text import Text
from amuna.serve.desk import Desk

Component = Any


@dataclass(frozen=True)
class Visit:
    """A person in front of a page.

    Parameters
    ----------
    desk
        What the page reads from.
    principal
        Who looks.
    language
        `es` or `en`.
    rest
        Parts of the path after the page's name: `/app/accounts/A1` has `("A1",)`.
    query
        The address's query.
    """

    desk: Desk
    principal: Principal
    language: str
    rest: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)

    def say(self, text: Text | str, **values: Text | str) -> str:
        """A text in the visitor's language, its named places filled."""
        if isinstance(text, str):
            return text
        filled = text.fill(**values) if values else text
        return filled.es if self.language == "es" else filled.en


@dataclass(frozen=True)
class Page:
    """A page of the dashboard.

    Parameters
    ----------
    name
        Its place under /app/.
    title
        Its name in the navigation.
    permission
        Who may open it.
    layout
        Its content, complete: nothing of it waits for a callback.
    callbacks
        Registers what happens on interaction; each callback asks `visit()` of serve/dashboard/visits.py who asks.
    icon
        Body of a 24 x 24 SVG icon: path elements.
    views
        Further addresses of the page, such as `models?see=drift`, that are worth finding before anyone asks.
    """

    name: str
    title: Text
    permission: Permission
    layout: Callable[[Visit], Component]
    callbacks: Callable[[Any, Desk], None] | None = None
    icon: str = ""
    views: tuple[str, ...] = ()
