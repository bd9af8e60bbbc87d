"""The page of administration: users, tokens, settings, who did what, and erasing an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from amuna.access.roles import Permission
from amuna.domain.text import Text
from amuna.serve.dashboard import (
    admin_audit,
    admin_erase,
    admin_settings,
    admin_tokens,
    admin_user,
    admin_users,
)
from amuna.serve.dashboard.choices import choices
from amuna.serve.dashboard.page import Component, Page, Visit
from amuna.serve.dashboard.parts import stack
from amuna.serve.dashboard.visits import ROOT
from amuna.serve.desk import Desk

_PARTS: tuple[tuple[str, Text, Callable[[Visit], Component]], ...] = (
    ("users", Text("Usuarios", "Users"), admin_users.layout),
    ("tokens", Text("Fichas", "Tokens"), admin_tokens.layout),
    ("settings", Text("Ajustes", "Settings"), admin_settings.layout),
    ("audit", Text("Bitácora", "Audit log"), admin_audit.layout),
    ("erasure", Text("Borrar una cuenta", "Erase an account"), admin_erase.layout),
)
_LABEL = Text("Partes de la administración", "Parts of the administration")


def layout(seen: Visit) -> Component:
    """The part that the address names, the users where it names none; a user where it names one."""
    name = seen.rest[0] if seen.rest else "users"
    shown = next((part for place, _, part in _PARTS if place == name), admin_users.layout)
    if name == "users" and len(seen.rest) > 1:
        shown = admin_user.layout
    ways = [(title, f"{ROOT}admin/{place}", place == name) for place, title, _ in _PARTS]
    return stack(choices(seen, _LABEL, ways, tabs=True), shown(seen))


def callbacks(dashboard: Any, desk: Desk) -> None:
    """Those of all parts."""
    for part in (admin_users, admin_user, admin_tokens, admin_audit, admin_erase):
        part.callbacks(dashboard, desk)


PAGE = Page(
    name="admin",
    title=Text("Administración", "Administration"),
    permission=Permission.ADMIN,
    layout=layout,
    callbacks=callbacks,
    icon='<circle cx="9" cy="8" r="3.500"/><path d="M2.500 20c.6-4 3.200-6 6.500-6 1.800 0 3.300.5 4.500 1.600"/><circle cx="17.500" cy="17.500" r="2.500"/><path d="M17.500 13v2M17.500 20v2M13 17.500h2M20 17.500h2"/>',
)
