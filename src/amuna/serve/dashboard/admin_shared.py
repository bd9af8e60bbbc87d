"""What the parts of administration share: asking for the permission, doing something, and telling how it went."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import dash_mantine_components as dmc
from dash import Output, html
from flask import request

from amuna.access.roles import Permission
from amuna.domain.errors import AmunaError
from amuna.domain.text import Text
from amuna.serve.auth.identify import access
from amuna.serve.dashboard.admin_words import PERMISSIONS, ROLES, refusal, word
from amuna.serve.dashboard.page import Component, Visit
from amuna.serve.dashboard.parts import notice
from amuna.serve.dashboard.visits import visit
from amuna.serve.desk import Desk

_SECRET_ONCE = Text("Copie esto ahora: no se vuelve a mostrar.", "Copy this now: it is not shown again.")


def administrator(desk: Desk) -> Visit:
    """Who asks in this callback, once it is clear that they administer.

    Raises
    ------
    NotAllowed
        If they do not.
    """
    seen = visit(desk)
    seen.principal.require(Permission.ADMIN)
    return seen


def done(seen: Visit, act: Callable[[], Component]) -> Component:
    """What `act` has to show, or why it was refused; the doors see the change at once."""
    try:
        shown = act()
    except AmunaError as error:
        return notice(seen, "bad", refusal(error))
    access().known.reread()
    return shown


def once(button: str) -> list[tuple[Output, bool, bool]]:
    """For a callback's `running`: its button rests meanwhile, so that a double click does not do it twice."""
    return [(Output(button, "disabled"), True, False)]


def link_notice(seen: Visit, text: Text, secret: str) -> Component:
    """A link that was just made, to be copied once."""
    return secret_notice(seen, text, f"{request.host_url}link/{secret}", label=Text("Enlace", "Link"))


def secret_notice(seen: Visit, text: Text, secret: str, *, label: Text) -> Component:
    """A secret that was just made, to be copied once."""
    shown = html.P([seen.say(label), ": ", html.Code(secret, className="admin-secret")])
    once = html.P(seen.say(_SECRET_ONCE), className="quiet")
    return notice(seen, "good", text, shown, once)


def role_choice(seen: Visit, *, id: str, value: str) -> Component:  # noqa: A002 - Dash's name for it
    """A choice of a role."""
    return dmc.Select(
        id=id,
        label=seen.say(Text("Rol", "Role")),
        data=[{"value": role, "label": seen.say(words)} for role, words in ROLES.items()],
        value=value,
        allowDeselect=False,
    )


def local(seen: Visit, instant: datetime) -> str:
    """An instant in the utility's time, so that it sorts."""
    return f"{instant.astimezone(seen.desk.zone):%Y-%m-%d %H:%M}"


def permissions(seen: Visit, codes: str) -> str:
    """Permissions in words, from their codes with blanks between."""
    return ", ".join(seen.say(word(PERMISSIONS, code)) for code in codes.split())


def words_of(text: str | None) -> list[str]:
    """What is written with blanks, commas or lines between."""
    return (text or "").replace(",", " ").split()
